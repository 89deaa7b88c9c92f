//! Whether an event was seen a short while ago: the same again, or the same id with other content.
//!
//! Neither changes a result (the state is made of sets), so this only counts: `id_reused` and repeats among the
//! last few thousand ids, in bounded memory. An id that comes back after more than that is not noticed.

use crate::event::{Event, Fact};

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

/// The latest event of a slot.
#[derive(Clone, Debug)]
struct Noted {
    account: u64,
    id: u64,
    fact: Fact,
}

/// The latest event of each slot.
#[derive(Debug)]
pub(super) struct Recent {
    slots: Vec<Option<Noted>>,
}

impl Recent {
    pub(super) fn new() -> Recent {
        Recent { slots: vec![None; SLOTS] }
    }

    pub(super) fn note(&mut self, event: &Event) -> Seen {
        let account = fnv(FNV_START, event.account.bytes());
        let id = fnv(account, [0, event.topic() as u8].into_iter().chain(event.fact.id().bytes()));
        // The remainder is below the number of slots.
        let slot = &mut self.slots[(id % SLOTS as u64) as usize];
        let seen = match slot {
            Some(known) if known.id == id && known.fact == event.fact => return Seen::Repeated,
            Some(known) if known.id == id => Seen::Reused,
            _ => Seen::Fresh,
        };
        *slot = Some(Noted { account, id, fact: event.fact.clone() });
        seen
    }

    /// Forgets the events of an account.
    pub(super) fn forget(&mut self, account: &str) {
        let account = fnv(FNV_START, account.bytes());
        for slot in &mut self.slots {
            if slot.as_ref().is_some_and(|known| known.account == account) {
                *slot = None;
            }
        }
    }
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, from the hash of what comes before.
fn fnv(hash: u64, bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::meaning::fixtures::profile;

    #[test]
    fn what_was_forgotten_is_fresh_again() {
        let of = |account: &str| Event { account: account.into(), fact: Fact::Profile(Arc::new(profile(0))) };
        let mut recent = Recent::new();
        assert_eq!(
            ["acme", "bolt", "acme"].map(|account| recent.note(&of(account))),
            [Seen::Fresh, Seen::Fresh, Seen::Repeated]
        );
        recent.forget("acme");
        assert_eq!(["acme", "bolt"].map(|account| recent.note(&of(account))), [Seen::Fresh, Seen::Repeated]);
    }
}
