//! The report as a whole.

use serde::Serialize;
use springtide_core::event::Segment;
use springtide_core::time::Millis;

use crate::deal::{Deal, Standing};
use crate::figures::instant;
use crate::funnel::{Counter, Funnel};
use crate::history::{Change, as_of};
use crate::motions::{Closer, Motions, cost, yearly_amount};
use crate::pace::{Pace, Watch};
use crate::period::Scope;
use crate::plays::{Judge, PlayRow};
use crate::reporter::{Account, Reporter};
use crate::retention::Retention;
use crate::revenue::{Ledger, Revenue, segment};

/// From this difference of NRR and GRR on, in points, few accounts may carry NRR.
const CARRIED_POINTS: f64 = 30.0;

/// What a period came to. Serialized, it is the object that `springtide report --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The period's first instant.
    #[serde(serialize_with = "instant")]
    pub from: Millis,
    /// The first instant after it.
    #[serde(serialize_with = "instant")]
    pub to: Millis,
    /// The segments that it is about; all, where there is none.
    pub segments: Vec<Segment>,
    /// Accounts with a profile before the period's end.
    pub accounts: u64,
    /// From a signal to a sale.
    pub funnel: Funnel,
    /// What customers pay, by currency.
    pub revenue: Vec<Revenue>,
    /// Close rates, sales and their cost.
    #[serde(flatten)]
    pub motions: Motions,
    /// How fast things go.
    #[serde(flatten)]
    pub pace: Pace,
    /// How often each play is right.
    pub plays: Vec<PlayRow>,
    /// Where NRR rests on few accounts.
    pub warnings: Vec<Warning>,
    /// What the figures leave out, or had to guess.
    pub gaps: Gaps,
}

/// NRR exceeds GRR by 30 points or more: expansion hides what is lost, and may come from few accounts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Warning {
    /// ISO 4217 code.
    pub currency: String,
    /// `total`, `segment` or `cohort`.
    pub by: &'static str,
    /// Which segment or cohort; `all` for the total.
    pub of: String,
    /// NRR less GRR.
    pub points: f64,
    /// For a person.
    pub words: String,
}

/// What the figures leave out, or had to guess.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Gaps {
    /// Accounts whose first profile is within the period though they signed up before: taken to have paid from the
    /// start what they are first seen to pay.
    pub first_seen_within: u64,
    /// Accounts without `signed_up_at`: in no quarter's cohort, and new where first seen within the period.
    pub without_sign_up: u64,
    /// Accounts that pay in another currency at the end than at the start: in no retention figure.
    pub currency_changed: u64,
    /// Deals of opportunities that are not known: in no funnel.
    pub unknown_opportunities: u64,
    /// Deals that were found by account and play, because they name an opportunity that is not known.
    pub found_by_play: u64,
    /// Withdrawn opportunities that have outcomes: in no funnel, but among what was won, lost and dismissed.
    pub withdrawn_with_outcomes: u64,
    /// Won deals without an `amount`.
    pub won_without_amount: u64,
    /// Won deals without a `cost`.
    pub won_without_cost: u64,
    /// Won and lost deals of accounts that had no profile then, so no currency: in no sum of money.
    pub closed_without_currency: u64,
}

/// What the figures are gathered in.
#[derive(Default)]
struct Gathered {
    accounts: u64,
    funnel: Counter,
    ledger: Ledger,
    closer: Closer,
    watch: Watch,
    judge: Judge,
    gaps: Gaps,
}

impl Report {
    pub(crate) fn of(reporter: &Reporter, scope: &Scope) -> Report {
        let mut gathered = Gathered::default();
        for account in reporter.accounts() {
            gathered.account(reporter, account, scope);
        }
        let revenue = gathered.ledger.finish();
        Report {
            from: scope.from,
            to: scope.to,
            segments: scope.segments.clone(),
            accounts: gathered.accounts,
            funnel: gathered.funnel.finish(),
            warnings: revenue.iter().flat_map(warnings).collect(),
            revenue,
            motions: gathered.closer.finish(),
            pace: gathered.watch.finish(),
            plays: gathered.judge.finish(),
            gaps: gathered.gaps,
        }
    }
}

impl Gathered {
    fn account(&mut self, reporter: &Reporter, account: &Account, scope: &Scope) {
        let history = account.history();
        let changes = history.before(scope.to);
        let wanted = |segment| scope.segments.contains(&segment);
        if !scope.segments.is_empty() && !segment(changes, scope).is_some_and(wanted) {
            return;
        }
        self.accounts += u64::from(!changes.is_empty());
        self.ledger.add(changes, scope, &mut self.gaps);
        self.watch.add_account(changes, scope);
        for deal in account.work.deals(scope.to) {
            self.deal(reporter, &deal, changes, scope);
        }
    }

    fn deal(&mut self, reporter: &Reporter, deal: &Deal<'_>, changes: &[Change], scope: &Scope) {
        let motion = deal.opportunity.map(|opened| opened.motion).or_else(|| reporter.motion(deal.play));
        self.funnel.add(deal, scope);
        self.watch.add_deal(deal, scope);
        self.judge.add(deal, motion, scope);
        self.gap(deal, scope);
        let Some(end) = deal.end().filter(|end| scope.holds(end.at)) else {
            return;
        };
        let currency = as_of(changes, end.at).map(|terms| &*terms.currency);
        self.closer.add(deal, motion, currency);
        let won = deal.standing() == Standing::Won;
        let closed = won || deal.standing() == Standing::Lost;
        self.gaps.won_without_amount += u64::from(won && yearly_amount(deal).is_none());
        self.gaps.won_without_cost += u64::from(won && cost(deal).is_none());
        self.gaps.closed_without_currency += u64::from(closed && currency.is_none());
    }

    /// Only deals that somebody touched within the period are worth a word.
    fn gap(&mut self, deal: &Deal<'_>, scope: &Scope) {
        if !deal.outcomes.iter().any(|outcome| scope.holds(outcome.at)) {
            return;
        }
        self.gaps.unknown_opportunities += u64::from(deal.opportunity.is_none());
        self.gaps.found_by_play += u64::from(deal.by_play);
        self.gaps.withdrawn_with_outcomes += u64::from(deal.opportunity.is_some_and(|opened| !opened.open));
    }
}

/// Of one segment or cohort alone the total has said it.
fn warnings(revenue: &Revenue) -> impl Iterator<Item = Warning> {
    let (segments, cohorts) = (revenue.segments.iter(), revenue.cohorts.iter());
    let segments = segments.filter(|_| revenue.segments.len() > 1);
    let cohorts = cohorts.filter(|_| revenue.cohorts.len() > 1);
    let segments = segments.map(|row| ("segment", row.segment, &row.retention));
    let cohorts = cohorts.map(|row| ("cohort", &*row.cohort, &row.retention));
    let all = std::iter::once(("total", "all", &revenue.total)).chain(segments).chain(cohorts);
    all.filter_map(|(by, of, retention)| warning(&revenue.currency, by, of, retention))
}

fn warning(currency: &str, by: &'static str, of: &str, retention: &Retention) -> Option<Warning> {
    let (nrr, grr) = (retention.nrr_percent?, retention.grr_percent?);
    // Of sums of doubles: 30 points are 30 points.
    let points = Some(nrr - grr).filter(|points| *points >= CARRIED_POINTS - 1e-9)?;
    let whose = match by {
        "total" => "all accounts".to_owned(),
        "segment" => format!("the segment {}", of.replace('_', " ")),
        _ => format!("the cohort {of}"),
    };
    let carried = match (retention.expanded_accounts, retention.largest_three_percent) {
        (1, _) => format!("one account of {} brings all of the expansion", retention.accounts),
        (few @ 2..=3, _) => format!("{few} accounts of {} bring all of the expansion", retention.accounts),
        (many, share) => format!(
            "{many} accounts of {} expanded, and three of them bring {:.0} % of it",
            retention.accounts,
            share.unwrap_or_default()
        ),
    };
    let words = format!(
        "{currency}, {whose}: NRR ({nrr:.1} %) exceeds GRR ({grr:.1} %) by {points:.0} points: {carried}"
    );
    Some(Warning { currency: currency.to_owned(), by, of: of.to_owned(), points, words })
}
