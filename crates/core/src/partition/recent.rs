//! Whether an event was seen a short while ago: the same again, or the same id with other content.
//!
//! Neither changes a result (the state is made of sets), so this only counts: `id_reused` and repeats among the
//! last few thousand ids, in bounded memory. An id that comes back after more than that is not noticed.

use std::hash::{Hash, Hasher};

use crate::event::{Activity, Event, Fact, Outcome, Profile, Value};

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

/// The latest event of a slot, by hashes: of its account, its id and all that it says.
#[derive(Clone, Copy, Debug)]
struct Noted {
    account: u64,
    id: u64,
    content: u64,
}

/// The latest event of each slot.
#[derive(Debug)]
pub struct Recent {
    slots: Vec<Option<Noted>>,
}

impl Default for Recent {
    fn default() -> Self {
        Recent { slots: vec![None; SLOTS] }
    }
}

impl Recent {
    /// Notes an event; says how it relates to those noted before.
    pub fn note(&mut self, event: &Event) -> Seen {
        let account = hash_of(&*event.account);
        let id = hash_of((account, event.topic() as u8, event.fact.id()));
        let content = content(&event.fact);
        // The remainder is below the number of slots.
        let slot = &mut self.slots[(id % SLOTS as u64) as usize];
        let seen = match slot {
            Some(known) if known.id == id && known.content == content => return Seen::Repeated,
            Some(known) if known.id == id => Seen::Reused,
            _ => Seen::Fresh,
        };
        *slot = Some(Noted { account, id, content });
        seen
    }

    /// Forgets the events of an account.
    pub(super) fn forget(&mut self, account: &str) {
        let account = hash_of(account);
        for slot in &mut self.slots {
            if slot.as_ref().is_some_and(|known| known.account == account) {
                *slot = None;
            }
        }
    }
}

/// A hash of all that a fact says.
fn content(fact: &Fact) -> u64 {
    let mut hash = Mixed::default();
    match fact {
        Fact::Activity(activity) => hash_activity(activity, &mut hash),
        Fact::Profile(profile) => hash_profile(profile, &mut hash),
        Fact::Outcome(outcome) => hash_outcome(outcome, &mut hash),
    }
    hash.finish()
}

fn hash_activity(Activity { at, id: _, kind, values }: &Activity, hash: &mut Mixed) {
    (at, *kind as u8).hash(hash);
    for value in values {
        match value {
            Value::Absent => 0_u8.hash(hash),
            Value::Number(number) => (1_u8, number.to_bits()).hash(hash),
            Value::Text(text) => (2_u8, text).hash(hash),
        }
    }
}

fn hash_profile(profile: &Profile, hash: &mut Mixed) {
    let bits = |number: Option<f64>| number.map(f64::to_bits);
    let Profile { at, id: _, name, domains, segment, industry, plan, signed_up_at, mrr, currency, .. } =
        profile;
    (at, name, domains, segment, industry, plan, signed_up_at, mrr.to_bits(), currency).hash(hash);
    let Profile { seats_licensed, price_per_seat, limits, health_score, first_value_at, .. } = profile;
    (bits(*seats_licensed), bits(*price_per_seat), bits(*health_score), first_value_at).hash(hash);
    limits.iter().for_each(|(meter, limit)| (meter, limit.to_bits()).hash(hash));
    let Profile { renewal_at, last_expansion_at, champion, products, buyer_departments, .. } = profile;
    (renewal_at, last_expansion_at, champion, products, buyer_departments).hash(hash);
    let Profile { owners, external_ids, .. } = profile;
    (owners.len(), external_ids.len()).hash(hash);
    owners.iter().chain(external_ids.iter()).for_each(|pair| pair.hash(hash));
}

fn hash_outcome(outcome: &Outcome, hash: &mut Mixed) {
    let Outcome { at, id: _, opportunity, play, stage, until, amount, cost, reason, actor } = outcome;
    (at, opportunity, play, stage, until, reason, actor).hash(hash);
    (amount.map(f64::to_bits), cost.map(f64::to_bits)).hash(hash);
}

/// A quick hash, eight bytes a step: what meets by chance, or by a bad will, is counted wrong and does no other harm.
#[derive(Default)]
struct Mixed(u64);

impl Mixed {
    fn step(&mut self, word: u64) {
        // The multiplier of FxHash (rustc); the rotation brings what it moved up back down.
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.step(u64::from_le_bytes(*word)));
        let last = rest.iter().rev().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        self.step(last ^ (rest.len() as u64) << 56);
    }

    fn write_u8(&mut self, byte: u8) {
        self.step(u64::from(byte));
    }

    fn write_u64(&mut self, word: u64) {
        self.step(word);
    }

    fn write_i64(&mut self, word: i64) {
        self.step(word as u64);
    }

    fn write_usize(&mut self, word: usize) {
        self.step(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

fn hash_of(parts: impl Hash) -> u64 {
    let mut hash = Mixed::default();
    parts.hash(&mut hash);
    hash.finish()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::meaning::fixtures::profile;

    #[test]
    fn what_was_forgotten_is_fresh_again() {
        let of = |account: &str| Event { account: account.into(), fact: Fact::Profile(Arc::new(profile(0))) };
        let mut recent = Recent::default();
        assert_eq!(
            ["acme", "bolt", "acme"].map(|account| recent.note(&of(account))),
            [Seen::Fresh, Seen::Fresh, Seen::Repeated]
        );
        recent.forget("acme");
        assert_eq!(["acme", "bolt"].map(|account| recent.note(&of(account))), [Seen::Fresh, Seen::Repeated]);
    }
}
