//! Counts of openings by what became of them, with the deals that they caught.

use serde::Serialize;

use crate::deal::{Catch, End, Worth, worth};
use crate::difference::What;

/// How many openings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Under the old pack: same + changed + lost.
    pub old: u64,
    /// Under the new one: same + changed + gained.
    pub new: u64,
    /// Under both, alike.
    pub same: u64,
    /// Under both, with differences.
    pub changed: u64,
    /// Under the new pack alone.
    pub gained: u64,
    /// Under the old pack alone.
    pub lost: u64,
}

/// The openings of a play, a segment, or a play in a segment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The play, where the row is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub play: Option<String>,
    /// The segment, where the row is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<&'static str>,
    /// `old` or `new` where the play is in that pack alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_in: Option<&'static str>,
    /// How many.
    #[serde(flatten)]
    pub counts: Counts,
    /// What they caught of the deals that ended; absent where that is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<Worth>,
}

/// Adds up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) counts: Counts,
    caught: [Catch; 2],
}

impl Tally {
    /// Takes an opening, and how its deal ended under each pack.
    pub(crate) fn take(&mut self, what: What, ends: [Option<End>; 2]) {
        let Counts { old, new, same, changed, gained, lost } = &mut self.counts;
        let (count, sides) = match what {
            What::Same => (same, [1, 1]),
            What::Changed => (changed, [1, 1]),
            What::Gained => (gained, [0, 1]),
            What::Lost => (lost, [1, 0]),
        };
        *count += 1;
        *old += sides[0];
        *new += sides[1];
        self.caught.iter_mut().zip(ends).for_each(|(caught, end)| caught.take(end));
    }

    /// What the deals come to; `None` where neither pack caught one.
    pub(crate) fn worth(&mut self) -> Option<Worth> {
        let some = self.caught.iter().any(|caught| !caught.is_empty());
        some.then(|| worth(&mut self.caught))
    }

    /// What the deals come to, be it nothing.
    pub(crate) fn all_worth(&mut self) -> Worth {
        worth(&mut self.caught)
    }
}
