//! What the accounts that paid at a period's start pay at its end.

use serde::Serialize;

use crate::figures::{change, percent};

/// What the accounts that paid when the period began pay when it ends, in one currency, a month.
///
/// An account's *expansion* is how far its `mrr` came above what it paid at the start, at the most; its *contraction* is how
/// far below that height it ends. So what was sold and lost again is both, going up again after going down makes the loss
/// good, and an account that left and came back within the period did not leave. One that pays nothing at the end is
/// *churn* by what it paid at the start, whatever came between. No account loses more than it paid at the start:
/// expansion goes no higher than what it pays at the end. So GRR lies between 0 and 100, and NRR − GRR is the
/// expansion rate.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Retention {
    /// Accounts with an `mrr` over 0 at the start.
    pub accounts: u64,
    /// What they paid then.
    pub start_mrr: f64,
    /// Expansion MRR.
    pub expansion_mrr: f64,
    /// How many expanded.
    pub expanded_accounts: u64,
    /// Contraction of those that still pay.
    pub contraction_mrr: f64,
    /// How many contracted; some of them had expanded before.
    pub contracted_accounts: u64,
    /// What those that pay nothing any more paid at the start.
    pub churned_mrr: f64,
    /// How many left.
    pub churned_accounts: u64,
    /// Expansion ÷ start × 100; absent where nobody paid at the start, as the next two.
    pub expansion_rate_percent: Option<f64>,
    /// (Start + expansion − contraction − churn) ÷ start × 100.
    pub nrr_percent: Option<f64>,
    /// (Start − contraction − churn) ÷ start × 100.
    pub grr_percent: Option<f64>,
    /// How much of the expansion the three accounts with most of it bring; absent without expansion.
    pub largest_three_percent: Option<f64>,
    #[serde(skip)]
    largest: [f64; 3],
}

impl Retention {
    /// Adds an account that paid `start`, then `most` at the most, and pays `end`.
    pub(crate) fn add(&mut self, start: f64, most: f64, end: f64) {
        self.accounts += 1;
        self.start_mrr += start;
        if end <= 0.0 {
            self.churned_mrr += start;
            self.churned_accounts += 1;
            return;
        }
        let expansion = change(start, most).clamp(0.0, end);
        let contraction = change(end, start + expansion).max(0.0);
        self.expansion_mrr += expansion;
        self.contraction_mrr += contraction;
        self.contracted_accounts += u64::from(contraction > 0.0);
        if expansion > 0.0 {
            self.expanded_accounts += 1;
            self.rank(expansion);
        }
    }

    fn rank(&mut self, more: f64) {
        if let Some(least) = self.largest.last_mut().filter(|least| **least < more) {
            *least = more;
            self.largest.sort_by(|a, b| b.total_cmp(a));
        }
    }

    /// Works the shares out, once all accounts are in.
    pub(crate) fn finish(mut self) -> Retention {
        let kept = self.start_mrr - self.contraction_mrr - self.churned_mrr;
        self.expansion_rate_percent = percent(self.expansion_mrr, self.start_mrr);
        self.nrr_percent = percent(kept + self.expansion_mrr, self.start_mrr);
        // Sums of doubles may end a hair outside.
        self.grr_percent = percent(kept, self.start_mrr).map(|grr| grr.clamp(0.0, 100.0));
        self.largest_three_percent =
            percent(self.largest.iter().sum(), self.expansion_mrr).map(|share| share.min(100.0));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retention(accounts: &[[f64; 3]]) -> Retention {
        let mut retention = Retention::default();
        accounts.iter().for_each(|[start, most, end]| retention.add(*start, *most, *end));
        retention.finish()
    }

    #[test]
    fn of_1000_with_300_more_50_less_and_50_lost_nrr_is_120_and_grr_90() {
        let found = retention(&[
            [400.0, 700.0, 700.0],
            [200.0, 200.0, 150.0],
            [50.0, 50.0, 0.0],
            [350.0, 350.0, 350.0],
        ]);
        assert_eq!((found.nrr_percent, found.grr_percent), (Some(120.0), Some(90.0)));
        assert_eq!(found.expansion_rate_percent, Some(30.0));
        assert_eq!((found.start_mrr, found.expansion_mrr), (1_000.0, 300.0));
        assert_eq!((found.contraction_mrr, found.churned_mrr), (50.0, 50.0));
        assert_eq!(
            (found.accounts, found.expanded_accounts, found.contracted_accounts, found.churned_accounts),
            (4, 1, 1, 1)
        );
    }

    #[test]
    fn expansion_is_the_height_and_contraction_what_is_lost_from_there() {
        for (account, expansion, contraction, churn) in [
            ([1_000.0, 1_300.0, 1_200.0], 300.0, 100.0, 0.0),
            ([1_000.0, 1_300.0, 900.0], 300.0, 400.0, 0.0),
            ([1_000.0, 1_000.0, 900.0], 0.0, 100.0, 0.0),
            ([1_000.0, 1_300.0, 0.0], 0.0, 0.0, 1_000.0),
            ([1_000.0, 5_000.0, 500.0], 500.0, 1_000.0, 0.0),
            ([1_000.0, 1_000.004, 1_000.004], 0.0, 0.0, 0.0),
        ] {
            let found = retention(&[account]);
            let parts = (found.expansion_mrr, found.contraction_mrr, found.churned_mrr);
            assert_eq!(parts, (expansion, contraction, churn), "{account:?}");
        }
    }

    #[test]
    fn without_start_there_is_no_rate() {
        let found = retention(&[]);
        assert_eq!((found.nrr_percent, found.grr_percent, found.expansion_rate_percent), (None, None, None));
    }

    #[test]
    fn three_accounts_may_bring_all_or_a_part() {
        for (more, want) in [
            (&[1.0][..], Some(100.0)),
            (&[], None),
            (&[10.0, 40.0, 20.0, 30.0], Some(90.0)),
            (&[25.0, 25.0, 25.0, 25.0], Some(75.0)),
        ] {
            let accounts: Vec<[f64; 3]> =
                more.iter().map(|more| [100.0, 100.0 + more, 100.0 + more]).collect();
            assert_eq!(retention(&accounts).largest_three_percent, want, "{more:?}");
        }
    }
}
