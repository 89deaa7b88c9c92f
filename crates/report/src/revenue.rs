//! What customers pay a month and how that changed, from the profiles' `mrr` over time.

use std::collections::BTreeMap;

use serde::Serialize;
use springtide_core::event::Segment;

use crate::cohort::{Cohort, Cohorts, growth};
use crate::figures::percent;
use crate::history::{Change, as_of, signed_up};
use crate::period::{Quarter, Scope};
use crate::report::Gaps;
use crate::retention::Retention;

/// Monthly recurring revenue in one currency, over the period.
///
/// An account *paid at the start* what its profile as of just before [`Scope::from`] says. Where its first profile comes
/// within the period though it signed up before, it is taken to have paid from the start what it is first seen to pay
/// ([`Gaps::first_seen_within`]). All others that pay at the end are *new*, or *came back* where they had been seen to
/// pay before and paid nothing at the start. `start + expansion − contraction − churn + new + reactivated = end`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Revenue {
    /// ISO 4217 code, as profiles have it.
    pub currency: String,
    /// All segments and cohorts.
    pub total: Retention,
    /// What new accounts pay at the end, whatever they first paid.
    pub new_mrr: f64,
    /// How many are new.
    pub new_accounts: u64,
    /// What those that came back pay at the end. It is in neither NRR nor GRR.
    pub reactivated_mrr: f64,
    /// How many came back.
    pub reactivated_accounts: u64,
    /// What all pay at the end.
    pub end_mrr: f64,
    /// Expansion's share of all MRR that was added: expansion + new + reactivated. The three shares make 100; absent where
    /// nothing was added.
    pub expansion_share_percent: Option<f64>,
    /// The new accounts' share of it.
    pub new_share_percent: Option<f64>,
    /// The share of those that came back.
    pub reactivated_share_percent: Option<f64>,
    /// By the segment that an account had when the period began, or when it was first seen in it.
    pub segments: Vec<SegmentRow>,
    /// By the quarter in which an account signed up.
    pub cohorts: Vec<Cohort>,
}

/// The retention of one segment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SegmentRow {
    /// `enterprise`, `mid_market` or `smb`.
    pub segment: &'static str,
    /// What its accounts that paid at the start pay at the end.
    #[serde(flatten)]
    pub retention: Retention,
}

/// The segment of an account for the whole period: the one it had when that began, or when it was first seen
/// in it. Growing out of a segment would else take the growth away from where it was won.
pub(crate) fn segment(changes: &[Change], scope: &Scope) -> Option<Segment> {
    let before = as_of(changes, scope.from.saturating_sub(1));
    before.or(changes.first().map(|first| &first.terms)).map(|terms| terms.segment)
}

/// Adds accounts up, currency by currency.
#[derive(Default)]
pub(crate) struct Ledger {
    currencies: BTreeMap<String, (Revenue, BTreeMap<Segment, Retention>, Cohorts)>,
}

/// What an account paid at the two ends of the period, and between.
struct Ends<'a> {
    start: f64,
    /// The most that it paid from the start on.
    most: f64,
    end: f64,
    currency: &'a str,
    paid_before: bool,
}

impl Ledger {
    /// Adds an account, of which these are the changes before the period's end.
    pub(crate) fn add(&mut self, changes: &[Change], scope: &Scope, gaps: &mut Gaps) {
        let signed_up_at = signed_up(changes);
        gaps.without_sign_up += u64::from(signed_up_at.is_none() && !changes.is_empty());
        let quarter = signed_up_at.map(Quarter::of);
        for (months, signed_up_at) in [6, 12].into_iter().filter_map(|months| Some((months, signed_up_at?))) {
            if let Some((currency, landing, later)) = growth(changes, signed_up_at, months, scope.to) {
                let cohorts = &mut self.currency(currency).2;
                cohorts.grown(Quarter::of(signed_up_at), months, (landing, later));
            }
        }
        if let (Some(ends), Some(segment)) = (ends(changes, scope, gaps), segment(changes, scope)) {
            self.add_ends(&ends, segment, quarter);
        }
    }

    fn currency(&mut self, currency: &str) -> &mut (Revenue, BTreeMap<Segment, Retention>, Cohorts) {
        self.currencies.entry(currency.to_owned()).or_default()
    }

    fn add_ends(&mut self, ends: &Ends<'_>, segment: Segment, quarter: Option<Quarter>) {
        let (revenue, segments, cohorts) = self.currency(ends.currency);
        revenue.end_mrr += ends.end;
        if ends.start > 0.0 {
            revenue.total.add(ends.start, ends.most, ends.end);
            segments.entry(segment).or_default().add(ends.start, ends.most, ends.end);
            cohorts.of(quarter).retention.add(ends.start, ends.most, ends.end);
        } else if ends.paid_before {
            revenue.reactivated_mrr += ends.end;
            revenue.reactivated_accounts += 1;
        } else {
            revenue.new_mrr += ends.end;
            revenue.new_accounts += 1;
        }
    }

    /// One block a currency.
    pub(crate) fn finish(self) -> Vec<Revenue> {
        let block = |(currency, (revenue, segments, cohorts))| {
            let revenue: Revenue = revenue;
            let segments: BTreeMap<Segment, Retention> = segments;
            let cohorts: Cohorts = cohorts;
            let total = revenue.total.finish();
            let added = total.expansion_mrr + revenue.new_mrr + revenue.reactivated_mrr;
            let row = |(segment, retention): (Segment, Retention)| SegmentRow {
                segment: segment.name(),
                retention: retention.finish(),
            };
            Revenue {
                currency,
                expansion_share_percent: percent(total.expansion_mrr, added),
                new_share_percent: percent(revenue.new_mrr, added),
                reactivated_share_percent: percent(revenue.reactivated_mrr, added),
                segments: segments.into_iter().map(row).collect(),
                cohorts: cohorts.finish(),
                total,
                ..revenue
            }
        };
        self.currencies.into_iter().map(block).collect()
    }
}

/// `None` where the account paid at neither end, or in two currencies.
fn ends<'a>(changes: &'a [Change], scope: &Scope, gaps: &mut Gaps) -> Option<Ends<'a>> {
    let (first, last) = (changes.first()?, changes.last()?);
    let before = as_of(changes, scope.from.saturating_sub(1));
    let signed_up_before = signed_up(changes).is_some_and(|at| at < scope.from);
    let first_seen = before.is_none() && signed_up_before && first.terms.mrr > 0.0;
    gaps.first_seen_within += u64::from(first_seen);
    let start = before.or(first_seen.then_some(&first.terms)).filter(|terms| terms.mrr > 0.0);
    let end = Some(&last.terms).filter(|terms| terms.mrr > 0.0);
    if let (Some(start), Some(end)) = (start, end)
        && start.currency != end.currency
    {
        gaps.currency_changed += 1;
        return None;
    }
    let currency = &start.or(end)?.currency;
    let within =
        changes.iter().filter(|change| change.at >= scope.from && change.terms.currency == *currency);
    let start = start.map_or(0.0, |terms| terms.mrr);
    let paid_before = changes.iter().any(|change| change.at < scope.from && change.terms.mrr > 0.0);
    Some(Ends {
        start,
        most: within.map(|change| change.terms.mrr).fold(start, f64::max),
        end: end.map_or(0.0, |terms| terms.mrr),
        currency,
        paid_before,
    })
}
