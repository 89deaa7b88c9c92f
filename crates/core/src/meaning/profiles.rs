//! An account's profiles, packed while nobody looks at them.
//!
//! Most accounts lie in memory for the sake of usage that no profile has a say in. A profile's forty fields and texts
//! take three times the memory of their bytes, so they are unpacked when they are first read, and packed again when the
//! account has been written.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::rest::{Bytes, USUAL_BYTES};
use super::signal::insert_ordered;
use crate::event::Profile;
use crate::time::Millis;

/// Profiles in the order of SPEC 3.1; reads as a slice of them. Only packed ones may be serialised.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Profiles {
    /// Of use while nobody has them open.
    packed: Bytes,
    /// Boxed, so that it takes no room while it is shut.
    #[serde(skip)]
    open: OnceCell<Box<Opened>>,
    count: u32,
    last_at: Millis,
}

/// Profiles, unpacked.
#[derive(Clone, Default)]
struct Opened(Vec<Arc<Profile>>);

impl Profiles {
    /// Of profiles in the order of SPEC 3.1.
    pub fn new(profiles: Vec<Arc<Profile>>) -> Profiles {
        let mut opened = Profiles { open: OnceCell::from(Box::new(Opened(profiles))), ..Profiles::default() };
        opened.changed();
        opened
    }

    /// When the last of them holds from.
    pub fn last_at(&self) -> Option<Millis> {
        (self.count > 0).then_some(self.last_at)
    }

    /// How many there are; does not unpack them.
    pub fn count(&self) -> usize {
        self.count as usize
    }

    /// Those at or after an instant; does not unpack them where there are none.
    pub fn since(&self, from: Millis) -> &[Arc<Profile>] {
        if self.last_at().is_none_or(|last| last < from) {
            return &[];
        }
        &self[self.partition_point(|profile| profile.at < from)..]
    }

    /// Appends the last.
    pub fn push(&mut self, profile: Arc<Profile>) {
        self.opened().push(profile);
        self.changed();
    }

    /// Puts one in its place; false where it is there already.
    pub(super) fn insert(&mut self, profile: Arc<Profile>) -> bool {
        let inserted = insert_ordered(self.opened(), profile);
        self.changed();
        inserted
    }

    /// Drops those that were superseded before an instant.
    pub(super) fn forget_superseded(&mut self, before: Millis) {
        if self.count > 1 {
            let opened = self.opened();
            let current = opened.partition_point(|profile| profile.at < before).saturating_sub(1);
            opened.drain(..current);
            self.changed();
        }
    }

    /// Packs them, if anybody has opened them.
    pub(super) fn pack(&mut self) {
        let Some(opened) = self.open.take() else { return };
        if self.packed.0.is_empty() && self.count > 0 {
            // A vector takes all it is given, and a profile has no shape that is refused.
            let room = Vec::with_capacity(USUAL_BYTES);
            let packed = postcard::to_extend(&opened.0, room).unwrap_or_else(|error| unreachable!("{error}"));
            self.packed = Bytes(packed.into_boxed_slice());
        }
    }

    fn opened(&mut self) -> &mut Vec<Arc<Profile>> {
        self.unpacked();
        // All of them were just opened.
        &mut self.open.get_mut().unwrap_or_else(|| unreachable!("opened before")).0
    }

    fn changed(&mut self) {
        let (count, last) = self.open.get().map_or((0, None), |all| (all.0.len(), all.0.last()));
        let last_at = last.map_or(Millis::MIN, |last| last.at);
        // No memory holds more of one account.
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        (self.packed, self.count, self.last_at) = (Bytes::default(), count, last_at);
    }

    fn all(&self) -> &[Arc<Profile>] {
        if self.count == 0 { &[] } else { self.unpacked() }
    }

    fn unpacked(&self) -> &Vec<Arc<Profile>> {
        let unpack = || {
            if self.packed.0.is_empty() {
                return Box::default();
            }
            // Our own bytes, of this process.
            let all = postcard::from_bytes(&self.packed.0);
            Box::new(Opened(all.unwrap_or_else(|error| unreachable!("{error}"))))
        };
        &self.open.get_or_init(unpack).0
    }
}

impl Deref for Profiles {
    type Target = [Arc<Profile>];

    fn deref(&self) -> &[Arc<Profile>] {
        self.all()
    }
}

impl PartialEq for Profiles {
    fn eq(&self, other: &Profiles) -> bool {
        self.all() == other.all()
    }
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::fixtures::profile;

    #[test]
    fn what_was_packed_reads_the_same() {
        let mut profiles = Profiles::default();
        for (at, is_new) in [(5, true), (9, true), (7, true), (9, false)] {
            assert_eq!(profiles.insert(Arc::new(profile(at))), is_new, "{at}");
            profiles.pack();
        }
        let times = |profiles: &Profiles| profiles.iter().map(|profile| profile.at).collect::<Vec<_>>();
        assert_eq!(times(&profiles), [5, 7, 9]);
        profiles.pack();
        assert_eq!((profiles.count(), profiles.last_at(), profiles.since(8).len()), (3, Some(9), 1));
        profiles.pack();
        assert!(profiles.since(10).is_empty() && profiles.open.get().is_none(), "nobody needed to look");
        profiles.forget_superseded(9);
        profiles.pack();
        assert_eq!(times(&profiles), [7, 9]);
        assert_eq!(profiles, Profiles::new(vec![Arc::new(profile(7)), Arc::new(profile(9))]));
    }
}
