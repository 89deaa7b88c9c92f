//! Whether an event was seen a short while ago: the same again, or the same id with other content.
//!
//! Neither changes a result (the state is made of sets), so this only counts: `id_reused` and repeats among the
//! last few thousand ids, in bounded memory. An id that comes back after more than that is not noticed.

use crate::event::{Event, Fact, Topic};

const SLOTS: usize = 4_096;

/// How an event relates to those seen a short while ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing of its id.
    Fresh,
    /// The same event.
    Repeated,
    /// Its id, with other content: another event (SPEC 3.1).
    Reused,
}

/// The latest event of each slot.
#[derive(Debug)]
pub(super) struct Recent {
    slots: Vec<Option<(u64, Fact)>>,
}

impl Recent {
    pub(super) fn new() -> Recent {
        Recent { slots: vec![None; SLOTS] }
    }

    pub(super) fn note(&mut self, event: &Event) -> Seen {
        let hash = fingerprint(event.topic(), &event.account, event.fact.id());
        // The remainder is below the number of slots.
        let slot = &mut self.slots[(hash % SLOTS as u64) as usize];
        let seen = match slot {
            Some((known, fact)) if *known == hash && *fact == event.fact => return Seen::Repeated,
            Some((known, _)) if *known == hash => Seen::Reused,
            _ => Seen::Fresh,
        };
        *slot = Some((hash, event.fact.clone()));
        seen
    }
}

/// FNV-1a over topic, account and id.
fn fingerprint(topic: Topic, account: &str, id: &str) -> u64 {
    let bytes = [topic as u8].into_iter().chain(account.bytes()).chain([0]).chain(id.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
