//! How fast things go, and whether they do accounts good.

use serde::Serialize;
use springtide_core::time::{DAY_MS, HOUR_MS, Millis};

use crate::cohort::BEGINNING_MS;
use crate::deal::Deal;
use crate::figures::{mean, median, share};
use crate::history::{Change, HEALTH_LATER_MS, rises, signed_up};
use crate::period::Scope;

/// How long things take, and how accounts fare.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Pace {
    /// From the trigger to the first touch.
    pub first_touch: FirstTouch,
    /// From signing up to the first expansion.
    pub time_to_expand: TimeToExpand,
    /// Health around expansions.
    pub health: ExpansionHealth,
}

/// From when an opportunity opened to its first outcome of any stage, against its `act_by`: of the opportunities that
/// opened within the period and were not withdrawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FirstTouch {
    /// Touched at `act_by` or before.
    pub in_time: u64,
    /// Touched later.
    pub late: u64,
    /// Not touched, and `act_by` is over at the period's end.
    pub overdue: u64,
    /// Not touched, with time left.
    pub waiting: u64,
    /// In time ÷ (in time + late + overdue) × 100; absent where nothing was due.
    pub in_time_percent: Option<f64>,
    /// The median of the hours to the first touch, of those touched; absent where none was.
    pub median_hours: Option<f64>,
    /// The median of the hours that `act_by` leaves, of all; absent where there is none.
    pub median_hours_allowed: Option<f64>,
}

/// From `signed_up_at` to an account's first expansion, of the first expansions within the period.
///
/// The first expansion is the earliest of: an `mrr` that rises from over 0, in one currency, and a
/// `last_expansion_at`. It counts where it must be the first: the account's beginning is known (a profile within 31
/// days of signing up), or its first profile had no `last_expansion_at` and a later one has.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TimeToExpand {
    /// How many accounts.
    pub accounts: u64,
    /// Absent where there is none, as the mean.
    pub median_days: Option<f64>,
    /// Mean of the days.
    pub mean_days: Option<f64>,
}

/// Health scores as of just before an account's `mrr` rose from over 0 and as of 90 days after, of the rises within the
/// period.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ExpansionHealth {
    /// Expansions with both scores.
    pub expansions: u64,
    /// Mean before; absent where there is none, as the others.
    pub mean_before: Option<f64>,
    /// Mean 90 days after.
    pub mean_after: Option<f64>,
    /// After less before, in points.
    pub change: Option<f64>,
    /// Expansions after which 90 days are not over at the period's end.
    pub pending: u64,
    /// Expansions that lack a score.
    pub without_score: u64,
}

/// Gathers what the figures are made of.
#[derive(Default)]
pub(crate) struct Watch {
    first_touch: FirstTouch,
    hours: Vec<f64>,
    hours_allowed: Vec<f64>,
    days: Vec<f64>,
    before: Vec<f64>,
    after: Vec<f64>,
    pending: u64,
    without_score: u64,
}

impl Watch {
    /// Adds an opportunity.
    pub(crate) fn add_deal(&mut self, deal: &Deal<'_>, scope: &Scope) {
        let opened = deal.opportunity.filter(|opened| opened.open && scope.holds(opened.opened_at));
        let Some(opened) = opened else {
            return;
        };
        let hours = |until: Millis| until.saturating_sub(opened.opened_at).max(0) as f64 / HOUR_MS as f64;
        self.hours_allowed.push(hours(opened.act_by));
        let touched = deal.outcomes.first().map(|first| first.at);
        self.hours.extend(touched.map(hours));
        let counts = &mut self.first_touch;
        *match touched {
            Some(at) if at <= opened.act_by => &mut counts.in_time,
            Some(_) => &mut counts.late,
            None if opened.act_by < scope.to => &mut counts.overdue,
            None => &mut counts.waiting,
        } += 1;
    }

    /// Adds an account, of which these are the changes before the period's end.
    pub(crate) fn add_account(&mut self, changes: &[Change], scope: &Scope) {
        self.days.extend(days_to_expand(changes, scope));
        for rise in rises(changes).filter(|rise| scope.holds(rise.at)) {
            if rise.at.saturating_add(HEALTH_LATER_MS) >= scope.to {
                self.pending += 1;
            } else if let (Some(before), Some(after)) = (rise.health_before, rise.health_later) {
                self.before.push(before);
                self.after.push(after);
            } else {
                self.without_score += 1;
            }
        }
    }

    pub(crate) fn finish(self) -> Pace {
        let counts = self.first_touch;
        let due = counts.in_time + counts.late + counts.overdue;
        let (before, after) = (mean(&self.before), mean(&self.after));
        Pace {
            first_touch: FirstTouch {
                in_time_percent: share(counts.in_time, due),
                median_hours: median(self.hours),
                median_hours_allowed: median(self.hours_allowed),
                ..counts
            },
            time_to_expand: TimeToExpand {
                accounts: self.days.len() as u64,
                mean_days: mean(&self.days),
                median_days: median(self.days),
            },
            health: ExpansionHealth {
                expansions: self.before.len() as u64,
                mean_before: before,
                mean_after: after,
                change: before.zip(after).map(|(before, after)| after - before),
                pending: self.pending,
                without_score: self.without_score,
            },
        }
    }
}

fn days_to_expand(changes: &[Change], scope: &Scope) -> Option<f64> {
    let (first, signed_up_at) = (changes.first()?, signed_up(changes)?);
    let told = || changes.iter().filter_map(|change| change.terms.last_expansion_at);
    let begun = first.at.saturating_sub(signed_up_at) <= BEGINNING_MS;
    let told_later = first.terms.last_expansion_at.is_none() && told().next().is_some();
    let expanded = rises(changes).map(|rise| rise.at).chain(told()).filter(|at| *at >= signed_up_at).min()?;
    let counts = (begun || told_later) && scope.holds(expanded);
    counts.then(|| expanded.saturating_sub(signed_up_at) as f64 / DAY_MS as f64)
}
