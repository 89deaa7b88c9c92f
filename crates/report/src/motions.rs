//! Deals that came to an end: close rates, what was sold, and what that cost.

use std::collections::BTreeMap;

use serde::Serialize;
use springtide_core::rules::Motion;

use crate::deal::{Deal, Standing};
use crate::figures::{amount, ratio, share};

/// Deals whose last outcome is within the period and ends them, whenever they opened. Those of opportunities that are
/// not known, or were withdrawn since, count as well: somebody won or lost them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Motions {
    /// By motion.
    pub motions: Vec<MotionRow>,
    /// What expansions cost, by currency.
    pub acquisition: Vec<Acquisition>,
}

/// The deals of one motion.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MotionRow {
    /// `seat`, `upsell`, `cross_sell`, `usage` or `add_on`; `unknown` for deals of plays that the rules don't have.
    pub motion: &'static str,
    /// Won.
    pub won: u64,
    /// Lost.
    pub lost: u64,
    /// Dismissed: never pursued, so not in the close rate.
    pub dismissed: u64,
    /// Won ÷ (won + lost) × 100; absent where none was closed.
    pub close_rate_percent: Option<f64>,
    /// What was won, by the currency of the account's profile as of then.
    pub sales: Vec<Sales>,
}

/// What was won in one currency.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sales {
    /// ISO 4217 code.
    pub currency: String,
    /// Won deals whose `closed_won` outcome has an `amount`.
    pub expansions: u64,
    /// The sum of those amounts, a year.
    pub yearly_amount: f64,
    /// A twelfth of it: a month.
    pub mrr: f64,
}

/// Expansion CAC: what an expansion costs, in one currency.
///
/// A deal's cost is the `cost` that the last of its outcomes with one tells. Deals without are left out on both sides.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Acquisition {
    /// ISO 4217 code of the account's profile as of then.
    pub currency: String,
    /// Cost of the deals won and lost: what was spent in vain is part of what a sale costs.
    pub cost: f64,
    /// Won deals with a cost.
    pub expansions: u64,
    /// Cost ÷ expansions; absent where no deal with a cost was won.
    pub expansion_cac: Option<f64>,
}

/// Adds deals up.
#[derive(Default)]
pub(crate) struct Closer {
    motions: BTreeMap<Option<Motion>, (MotionRow, BTreeMap<String, Sales>)>,
    acquisition: BTreeMap<String, Acquisition>,
}

impl Closer {
    /// Adds a deal that came to its end within the period, of an account that pays in a currency.
    pub(crate) fn add(&mut self, deal: &Deal<'_>, motion: Option<Motion>, currency: Option<&str>) {
        let (row, sales) = self.motions.entry(motion).or_default();
        match deal.standing() {
            Standing::Won => row.won += 1,
            Standing::Lost => row.lost += 1,
            _ => {
                row.dismissed += 1;
                return;
            }
        }
        let Some(currency) = currency else {
            return;
        };
        let won = deal.standing() == Standing::Won;
        if let Some(yearly) = yearly_amount(deal).filter(|_| won) {
            let sales = sales.entry(currency.to_owned()).or_default();
            sales.expansions += 1;
            sales.yearly_amount += amount(yearly);
        }
        if let Some(cost) = cost(deal) {
            let acquisition = self.acquisition.entry(currency.to_owned()).or_default();
            acquisition.cost += amount(cost);
            acquisition.expansions += u64::from(won);
        }
    }

    pub(crate) fn finish(self) -> Motions {
        let row =
            |(motion, (row, sales)): (Option<Motion>, (MotionRow, BTreeMap<String, Sales>))| MotionRow {
                motion: motion.map_or("unknown", Motion::name),
                close_rate_percent: share(row.won, row.won + row.lost),
                sales: sales
                    .into_iter()
                    .map(|(currency, sales)| Sales { currency, mrr: sales.yearly_amount / 12.0, ..sales })
                    .collect(),
                ..row
            };
        let mut motions: Vec<_> = self.motions.into_iter().collect();
        motions.sort_by_key(|(motion, _)| (motion.is_none(), *motion));
        let acquisition = self.acquisition.into_iter().map(|(currency, sum)| Acquisition {
            currency,
            expansion_cac: ratio(sum.cost, sum.expansions as f64),
            ..sum
        });
        Motions { motions: motions.into_iter().map(row).collect(), acquisition: acquisition.collect() }
    }
}

/// The yearly amount that a sale's last outcome tells.
pub(crate) fn yearly_amount(deal: &Deal<'_>) -> Option<f64> {
    deal.outcomes.last().and_then(|last| last.amount)
}

/// What was spent on a deal, as last told.
pub(crate) fn cost(deal: &Deal<'_>) -> Option<f64> {
    deal.outcomes.iter().rev().find_map(|outcome| outcome.cost)
}
