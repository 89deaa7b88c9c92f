//! What people did with an opportunity, found under either pack as `springtide report` finds deals.
//!
//! Outcomes name their opportunity by id. An id is made of account, play and `opened_at`, so under another pack the opening
//! may have another one. Outcomes of an id that a pack did not give go to the account's latest opening of the play
//! that they name, in the 90 days before, that has no outcomes of its own.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;
use springtide_core::event::{Ordered, Outcome, Stage};
use springtide_core::time::{DAY_MS, Millis};

use crate::figures::{median, share};
use crate::side::{Found, Side};

/// How long after it opened an opportunity takes outcomes that name another id.
const SAME_DEAL_MS: Millis = 90 * DAY_MS;

/// How a deal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Won so long after the opening.
    Won(Millis),
    Lost,
    Dismissed,
}

/// Outcomes of one opportunity, by the id that they name, in the order of SPEC 3.1.
type Deals = BTreeMap<Box<str>, Vec<Arc<Outcome>>>;

/// Takes in what people did.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    accounts: BTreeMap<Box<str>, Deals>,
}

impl Outcomes {
    /// Takes an outcome; again, it changes nothing.
    pub fn take(&mut self, account: &str, outcome: &Arc<Outcome>) {
        let deals = match self.accounts.get_mut(account) {
            Some(deals) => deals,
            None => self.accounts.entry(account.into()).or_default(),
        };
        let known = match deals.get_mut(&outcome.opportunity) {
            Some(known) => known,
            None => deals.entry(outcome.opportunity.clone()).or_default(),
        };
        if let Err(at) = known.binary_search_by(|known| known.order(outcome)) {
            known.insert(at, Arc::clone(outcome));
        }
    }

    /// Takes over what was taken of other accounts.
    pub fn absorb(&mut self, other: Outcomes) {
        self.accounts.extend(other.accounts);
    }

    /// All deals that ended.
    pub(crate) fn ended(&self) -> Ended {
        let mut ended = Ended::default();
        for last in self.accounts.values().flat_map(Deals::values).filter_map(|outcomes| outcomes.last()) {
            ended.count(end(last, last.at));
        }
        ended
    }

    /// How the deal of each opening ended, by position.
    pub(crate) fn ends(&self, account: &str, side: &Side, found: &[Found]) -> Vec<Option<End>> {
        let mut ends = vec![None; found.len()];
        let Some(deals) = self.accounts.get(account) else {
            return ends;
        };
        let ids: HashMap<String, usize> =
            found.iter().enumerate().map(|(at, found)| (found.id.to_string(), at)).collect();
        let mut taken = HashSet::new();
        let mut unknown: Vec<&Vec<Arc<Outcome>>> = Vec::new();
        for (id, outcomes) in deals {
            match ids.get(&**id).copied() {
                Some(at) => {
                    taken.insert(at);
                    ends[at] = outcomes.last().and_then(|last| end(last, found[at].opened_at));
                }
                None => unknown.push(outcomes),
            }
        }
        // The ids' order settles those of one instant.
        unknown.sort_by_key(|outcomes| outcomes.first().map(|first| first.at));
        for outcomes in unknown {
            let (Some(first), Some(last)) = (outcomes.first(), outcomes.last()) else { continue };
            let means = |found: &Found| {
                let age = first.at.saturating_sub(found.opened_at);
                side.name(found.play) == &*first.play && (0..SAME_DEAL_MS).contains(&age)
            };
            let free = (0..found.len()).filter(|at| !taken.contains(at) && means(&found[*at]));
            if let Some(at) = free.max_by_key(|at| found[*at].opened_at) {
                taken.insert(at);
                ends[at] = end(last, found[at].opened_at);
            }
        }
        ends
    }
}

fn end(last: &Outcome, opened_at: Millis) -> Option<End> {
    match last.stage {
        Stage::ClosedWon => Some(End::Won(last.at.saturating_sub(opened_at))),
        Stage::ClosedLost => Some(End::Lost),
        Stage::Dismissed => Some(End::Dismissed),
        _ => None,
    }
}

/// Deals that ended, by how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Closed won.
    pub won: u64,
    /// Closed lost.
    pub lost: u64,
    /// Dismissed.
    pub dismissed: u64,
}

impl Ended {
    /// All of them.
    pub fn total(self) -> u64 {
        self.won + self.lost + self.dismissed
    }

    fn count(&mut self, end: Option<End>) {
        match end {
            Some(End::Won(_)) => self.won += 1,
            Some(End::Lost) => self.lost += 1,
            Some(End::Dismissed) => self.dismissed += 1,
            None => {}
        }
    }
}

/// What a pack caught of the deals that ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Caught {
    /// How many, by how they ended.
    #[serde(flatten)]
    pub ended: Ended,
    /// Won ÷ (won + lost + dismissed) × 100.
    pub precision_percent: Option<f64>,
    /// From the opening to the last outcome of the deals won.
    pub median_days_to_win: Option<f64>,
}

/// What both packs caught.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Worth {
    /// The old pack.
    pub old: Caught,
    /// The new one.
    pub new: Caught,
    /// Precision of the new pack ÷ precision of the old one.
    pub lift: Option<f64>,
}

/// Adds up deals of one pack.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catch {
    ended: Ended,
    days: Vec<f64>,
}

impl Catch {
    pub(crate) fn take(&mut self, end: Option<End>) {
        self.ended.count(end);
        if let Some(End::Won(after_ms)) = end {
            self.days.push(after_ms as f64 / DAY_MS as f64);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ended.total() == 0
    }

    fn caught(&mut self) -> Caught {
        let ended = self.ended;
        let precision_percent = share(ended.won, ended.total());
        Caught { ended, precision_percent, median_days_to_win: median(&mut self.days) }
    }
}

/// What both caught.
pub(crate) fn worth([old, new]: &mut [Catch; 2]) -> Worth {
    let (old, new) = (old.caught(), new.caught());
    let lift = match (old.precision_percent, new.precision_percent) {
        (Some(old), Some(new)) if old > 0.0 => Some(new / old),
        _ => None,
    };
    Worth { old, new, lift }
}
