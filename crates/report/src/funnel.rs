//! The way from a signal to a sale.

use serde::Serialize;

use crate::deal::{Deal, Standing};
use crate::figures::share;
use crate::period::Scope;

/// The stages, in order.
const STAGES: [&str; 6] = ["signal", "qualified", "discovery", "proposal", "negotiation", "closed_won"];

/// The opportunities that opened within the period and were not withdrawn, by how far they had come at its end.
///
/// One that reached a stage has passed those before it, whether or not an outcome said so: the funnel never grows.
/// `closed_won` counts those that stand as won: whose last outcome it is. Lost, dismissed and snoozed ones stay in the
/// stages that they had reached, and are counted in [`Funnel::standings`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Funnel {
    /// `signal`, `qualified`, `discovery`, `proposal`, `negotiation`, `closed_won`.
    pub stages: Vec<FunnelStage>,
    /// Closed won ÷ signals × 100; absent without signals.
    pub won_of_signals_percent: Option<f64>,
    /// Closed won ÷ qualified × 100; absent where none was qualified.
    pub won_of_qualified_percent: Option<f64>,
    /// Where they stand at the period's end: the counts make those of `signal`.
    pub standings: Standings,
    /// Opportunities that opened within the period and were withdrawn since. They are in none of the counts above.
    pub withdrawn: u64,
}

/// One stage of the funnel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunnelStage {
    /// Its name.
    pub stage: &'static str,
    /// How many came at least so far.
    pub opportunities: u64,
    /// In a hundred of the stage before; absent for the first, and where none came so far.
    pub of_previous_percent: Option<f64>,
    /// In a hundred of all signals.
    pub of_signals_percent: Option<f64>,
}

/// What the last outcome of each opportunity says.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Standings {
    /// No outcome at all.
    pub untouched: u64,
    /// `qualified` to `negotiation`.
    pub in_progress: u64,
    /// `snoozed`, whether or not its `until` is over.
    pub snoozed: u64,
    /// `dismissed`.
    pub dismissed: u64,
    /// `closed_lost`.
    pub lost: u64,
    /// `closed_won`.
    pub won: u64,
}

/// Counts opportunities.
#[derive(Default)]
pub(crate) struct Counter {
    reached: [u64; 6],
    standings: Standings,
    withdrawn: u64,
}

impl Counter {
    pub(crate) fn add(&mut self, deal: &Deal<'_>, scope: &Scope) {
        let Some(opened) = deal.opportunity.filter(|opened| scope.holds(opened.opened_at)) else {
            return;
        };
        if !opened.open {
            self.withdrawn += 1;
            return;
        }
        self.reached.iter_mut().take(deal.passed() + 1).for_each(|count| *count += 1);
        let standings = &mut self.standings;
        *match deal.standing() {
            Standing::Untouched => &mut standings.untouched,
            Standing::InProgress => &mut standings.in_progress,
            Standing::Snoozed => &mut standings.snoozed,
            Standing::Dismissed => &mut standings.dismissed,
            Standing::Lost => &mut standings.lost,
            Standing::Won => &mut standings.won,
        } += 1;
    }

    pub(crate) fn finish(self) -> Funnel {
        let [signals, qualified, .., won] = self.reached;
        let mut before = None;
        let mut stage = |(stage, opportunities): (&'static str, u64)| FunnelStage {
            stage,
            opportunities,
            of_previous_percent: before
                .replace(opportunities)
                .and_then(|before| share(opportunities, before)),
            of_signals_percent: share(opportunities, signals),
        };
        Funnel {
            stages: STAGES.into_iter().zip(self.reached).map(&mut stage).collect(),
            won_of_signals_percent: share(won, signals),
            won_of_qualified_percent: share(won, qualified),
            standings: self.standings,
            withdrawn: self.withdrawn,
        }
    }
}
