//! Where the revisions of each opportunity stand in their topic.
//!
//! A revision takes 32 bytes, an opportunity up to 34 more: half a million revisions of as many opportunities take 35 MB, a
//! million would take 70. Those that were read before that are forgotten.

use std::collections::{HashMap, VecDeque};

use springtide_inbox::Place;
use uuid::Uuid;

/// So many revisions are known, the ones that were read last.
pub(super) const MOST_KNOWN: usize = 500_000;

/// What stands for an opportunity: half of its id, which is as good as random. Whoever reads a revision sees whose it is.
type Half = u64;

fn half(id: Uuid) -> Half {
    id.as_u64_pair().0 ^ id.as_u64_pair().1
}

/// Where revisions stand, by opportunity.
#[derive(Debug, Default)]
pub(super) struct Revisions {
    known: VecDeque<Revision>,
    /// The number of the first that is known; each next one has the next number.
    first: u64,
    /// The number of each opportunity's last.
    last: HashMap<Half, u64>,
}

#[derive(Debug)]
struct Revision {
    place: Place,
    of: Half,
    /// The number of the one before it of the same opportunity.
    before: Option<std::num::NonZeroU64>,
}

impl Revisions {
    /// Takes one in, behind all others of its opportunity.
    pub fn put(&mut self, id: Uuid, place: Place, most: usize) {
        if self.known.len() >= most.max(1)
            && let Some(oldest) = self.known.pop_front()
        {
            if self.last.get(&oldest.of) == Some(&self.first) {
                self.last.remove(&oldest.of);
            }
            self.first += 1;
        }
        let (of, number) = (half(id), self.first + self.known.len() as u64);
        // Numbered from 1 here: 0 is none.
        let before = self.last.insert(of, number).and_then(|before| std::num::NonZeroU64::new(before + 1));
        self.known.push_back(Revision { place, of, before });
    }

    /// Those of an opportunity that are known, the latest first.
    pub fn of(&self, id: Uuid) -> impl Iterator<Item = Place> {
        let find = |number: u64| number.checked_sub(self.first).and_then(|at| self.known.get(at as usize));
        let last = self.last.get(&half(id)).copied().and_then(find);
        std::iter::successors(last, move |revision| revision.before.and_then(|one| find(one.get() - 1)))
            .map(|revision| revision.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(revisions: &Revisions, number: u128) -> Vec<i64> {
        revisions.of(Uuid::from_u128(number)).map(|place| place.offset).collect()
    }

    #[test]
    fn each_has_its_own_the_latest_first_and_the_oldest_are_forgotten() {
        let mut revisions = Revisions::default();
        for (offset, number) in [1, 2, 1, 3, 1, 2].into_iter().enumerate() {
            revisions.put(Uuid::from_u128(number), Place { partition: 0, offset: offset as i64 }, 4);
        }
        assert_eq!(offsets(&revisions, 1), [4, 2]);
        assert_eq!(offsets(&revisions, 2), [5]);
        assert_eq!(offsets(&revisions, 3), [3]);
        assert!(offsets(&revisions, 4).is_empty());
        for offset in 6..9 {
            revisions.put(Uuid::from_u128(5), Place { partition: 0, offset }, 4);
        }
        assert!(offsets(&revisions, 1).is_empty() && offsets(&revisions, 3).is_empty());
        assert_eq!(offsets(&revisions, 2), [5]);
        assert_eq!((revisions.known.len(), revisions.last.len()), (4, 2));
    }

    #[test]
    fn a_revision_takes_what_is_said() {
        assert_eq!(size_of::<Revision>(), 32);
        assert_eq!(size_of::<(Half, u64)>(), 16);
    }
}
