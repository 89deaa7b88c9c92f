//! Accounts that signed up in one quarter: how they kept and grew.

use std::collections::BTreeMap;

use serde::Serialize;
use springtide_core::time::{DAY_MS, Millis};

use crate::figures::{change, percent};
use crate::history::{Change, as_of};
use crate::period::{Quarter, months_after};
use crate::retention::Retention;

/// An account's beginning is known where its first profile comes at most so long after it signed up.
pub(crate) const BEGINNING_MS: Millis = 31 * DAY_MS;

/// Accounts that signed up in one quarter (UTC), in one currency.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cohort {
    /// The quarter of `signed_up_at`, such as `2025-Q3`; `unknown` for accounts that have none.
    pub cohort: String,
    /// What those that paid at the period's start pay at its end.
    #[serde(flatten)]
    pub retention: Retention,
    /// How they had grown 6 months after they signed up.
    pub after_6_months: Growth,
    /// How they had grown 12 months after they signed up.
    pub after_12_months: Growth,
}

/// How far accounts had grown so many calendar months after they signed up, whenever that was. It looks at accounts
/// whose beginning is known (a profile within 31 days of `signed_up_at`), that paid by then, and for which those
/// months are over before the period's end.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Growth {
    /// How many accounts it looks at.
    pub accounts: u64,
    /// What they paid a month at first: each one's first `mrr` over 0.
    pub landing_mrr: f64,
    /// What those that pay more than at first pay more.
    pub expansion_mrr: f64,
    /// Expansion ÷ landing × 100; absent where there is nobody.
    pub expansion_percent: Option<f64>,
}

impl Growth {
    fn add(&mut self, landing: f64, later: f64) {
        self.accounts += 1;
        self.landing_mrr += landing;
        self.expansion_mrr += change(landing, later).max(0.0);
    }

    fn finish(mut self) -> Growth {
        self.expansion_percent = percent(self.expansion_mrr, self.landing_mrr);
        self
    }
}

/// The cohorts of one currency; accounts without a quarter come last.
#[derive(Default)]
pub(crate) struct Cohorts {
    by_quarter: BTreeMap<(bool, Option<Quarter>), Cohort>,
}

impl Cohorts {
    /// The cohort of a quarter.
    pub(crate) fn of(&mut self, quarter: Option<Quarter>) -> &mut Cohort {
        self.by_quarter.entry((quarter.is_none(), quarter)).or_default()
    }

    /// Adds what an account of a quarter first paid, and what so many months later.
    pub(crate) fn grown(&mut self, quarter: Quarter, months: i64, grown: (f64, f64)) {
        let cohort = self.of(Some(quarter));
        let growth = if months == 6 { &mut cohort.after_6_months } else { &mut cohort.after_12_months };
        growth.add(grown.0, grown.1);
    }

    pub(crate) fn finish(self) -> Vec<Cohort> {
        let named = |((_, quarter), cohort): ((bool, Option<Quarter>), Cohort)| Cohort {
            cohort: quarter.map_or_else(|| "unknown".to_owned(), |quarter| quarter.to_string()),
            retention: cohort.retention.finish(),
            after_6_months: cohort.after_6_months.finish(),
            after_12_months: cohort.after_12_months.finish(),
        };
        self.by_quarter.into_iter().map(named).collect()
    }
}

/// What an account that signed up at an instant first paid and what it paid so many months after that, with the
/// currency; `None` where it doesn't count, or the currency changed.
pub(crate) fn growth(
    changes: &[Change],
    signed_up_at: Millis,
    months: i64,
    to: Millis,
) -> Option<(&str, f64, f64)> {
    let then = months_after(signed_up_at, months);
    let known = changes.first().is_some_and(|first| first.at.saturating_sub(signed_up_at) <= BEGINNING_MS);
    let landing = &changes.iter().find(|change| change.terms.mrr > 0.0)?.terms;
    let paid_by_then = changes.iter().any(|change| change.at <= then && change.terms.mrr > 0.0);
    let later = as_of(changes, then).filter(|_| known && then < to && paid_by_then)?;
    let same = later.currency == landing.currency || later.mrr <= 0.0;
    same.then_some((&landing.currency, landing.mrr, later.mrr))
}
