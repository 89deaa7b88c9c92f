//! An account as bytes, for as long as it lies in memory and nothing happens to it.
//!
//! A resting account takes a third of the memory, and waking it costs a third of what reading it from a disk's cache
//! does. The bytes hold what memory holds, which may be ahead of what is stored.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::account::{Account, PlayState, Schedule};
use super::profiles::{Packed, Profiles};
use super::signal::Timeline;
use super::stream::Stream;
use crate::event::Outcome;
use crate::rules::DetectorId;
use crate::sorted::SortedMap;
use crate::time::Millis;

/// Room for most accounts, so that they are not moved as they are written.
pub(super) const USUAL_BYTES: usize = 1_000;

/// An account at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resting(Box<[u8]>);

/// All that is remembered of an account which has nothing to settle or to write.
#[derive(Serialize, Deserialize)]
struct Remembered {
    profiles: Packed,
    outcomes: Vec<Arc<Outcome>>,
    streams: SortedMap<usize, Stream>,
    timeline: Timeline,
    timers_done: SortedMap<DetectorId, BTreeSet<Millis>>,
    plays: SortedMap<usize, PlayState>,
    rows: BTreeSet<Uuid>,
    pruned_to: Millis,
    next_timer: Option<Millis>,
    schedule: Schedule,
}

impl Account {
    /// Lays it to rest. It must have nothing to settle, and nothing to write.
    pub fn to_rest(self) -> Resting {
        let remembered = Remembered {
            profiles: self.profiles.into_packed(),
            outcomes: self.outcomes,
            streams: self.streams,
            timeline: self.timeline,
            timers_done: self.timers_done,
            plays: self.plays,
            rows: self.rows,
            pruned_to: self.pruned_to,
            next_timer: self.next_timer,
            schedule: self.schedule,
        };
        // A vector takes all it is given, and nothing remembered has a shape that is refused.
        let room = Vec::with_capacity(USUAL_BYTES);
        let bytes = postcard::to_extend(&remembered, room).unwrap_or_else(|error| unreachable!("{error}"));
        Resting(bytes.into_boxed_slice())
    }
}

impl Resting {
    /// How many bytes it takes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it takes none, which no account does.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The account as it was when it was laid to rest.
    pub fn wake(&self, id: &str) -> Account {
        // Our own bytes, of this process.
        let remembered: Remembered =
            postcard::from_bytes(&self.0).unwrap_or_else(|error| unreachable!("{error}"));
        let mut account = Account::new(id);
        account.profiles = Profiles::from(remembered.profiles);
        account.outcomes = remembered.outcomes;
        account.streams = remembered.streams;
        account.timeline = remembered.timeline;
        account.timers_done = remembered.timers_done;
        account.plays = remembered.plays;
        account.rows = remembered.rows;
        account.pruned_to = remembered.pruned_to;
        account.next_timer = remembered.next_timer;
        account.schedule = remembered.schedule;
        account
    }
}

/// Bytes that are written and read as one piece.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Bytes(pub(super) Box<[u8]>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(AnyBytes)
    }
}

struct AnyBytes;

impl Visitor<'_> for AnyBytes {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes(bytes.into()))
    }
}
