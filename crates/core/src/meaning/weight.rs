//! About how much memory an account takes: how many things it holds, times what one of each takes.
//!
//! A test holds the figures to what an allocator says, within a factor of two. They are for a share of memory to be
//! kept, not for accounting.

use super::account::Account;

/// An account of which nothing is known, with its place among others.
const ACCOUNT_BYTES: usize = 600;
/// A stream with its watches.
const STREAM_BYTES: usize = 300;
/// An event of a log, with its text.
const EVENT_BYTES: usize = 250;
/// A key, user or day that a watch remembers.
const REMEMBERED_BYTES: usize = 100;
/// A signal; its event is most often in a log too.
const SIGNAL_BYTES: usize = 100;
/// An opening with its evidence.
const OPENING_BYTES: usize = 500;
/// A profile, packed.
const PROFILE_BYTES: usize = 250;
/// An outcome.
const OUTCOME_BYTES: usize = 250;
/// An id, of a row or of an opening that is gone.
const ID_BYTES: usize = 32;

impl Account {
    /// About how many bytes of memory it takes; what has arrived and is not settled is left out. The time to tell
    /// follows the number of streams and plays, not of events.
    pub fn weight_bytes(&self) -> usize {
        let streams = self.streams.values().map(|stream| {
            STREAM_BYTES + stream.log.len() * EVENT_BYTES + stream.remembered() * REMEMBERED_BYTES
        });
        let plays = self
            .plays
            .values()
            .map(|play| play.openings.len() * OPENING_BYTES + play.retired.len() * ID_BYTES);
        ACCOUNT_BYTES
            + streams.sum::<usize>()
            + plays.sum::<usize>()
            + self.timeline.len() * SIGNAL_BYTES
            + self.profiles.count() * PROFILE_BYTES
            + self.outcomes.len() * OUTCOME_BYTES
            + self.rows.len() * ID_BYTES
    }
}
