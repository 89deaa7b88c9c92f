//! Events and profiles that several parts of an account hold: written once where an account is laid to rest.
//!
//! One reading may lie in two logs, be a signal of three detectors, and be evidence of a play. In what is stored each
//! of these has its own copy, since each is written when it changes. An account at rest is written and read as a whole
//! ([`sharing`]): there all but the first are a number, which makes it a quarter smaller, and those who are woken share
//! again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{DeserializeOwned, Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::event::{Activity, Ordered, Profile};
use crate::time::Millis;

/// What was written or read so far of one account.
#[derive(Default)]
pub(super) struct Shelves {
    activities: Shelf<Activity>,
    profiles: Shelf<Profile>,
}

/// The different ones, in the order in which they came.
pub(super) struct Shelf<T> {
    all: Vec<Arc<T>>,
    /// The place of the last of each instant.
    by_time: BTreeMap<Millis, u32>,
}

thread_local! {
    /// Serialisation hands nothing down; it is there while [`sharing`] works.
    static SHELVES: RefCell<Option<Shelves>> = const { RefCell::new(None) };
}

/// Has what `work` writes or reads be written or read once.
pub(super) fn sharing<R>(work: impl FnOnce() -> R) -> R {
    SHELVES.set(Some(Shelves::default()));
    let done = work();
    SHELVES.set(None);
    done
}

/// What may be shared.
pub(super) trait Sharable: Ordered + PartialEq + Serialize + DeserializeOwned {
    /// Where they stand.
    fn shelf(shelves: &mut Shelves) -> &mut Shelf<Self>
    where
        Self: Sized;
}

impl Sharable for Activity {
    fn shelf(shelves: &mut Shelves) -> &mut Shelf<Activity> {
        &mut shelves.activities
    }
}

impl Sharable for Profile {
    fn shelf(shelves: &mut Shelves) -> &mut Shelf<Profile> {
        &mut shelves.profiles
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Shelf<T> {
        Shelf { all: Vec::new(), by_time: BTreeMap::new() }
    }
}

impl<T: Ordered + PartialEq> Shelf<T> {
    /// Which one it is, counted from one; 0 for one that is new.
    fn number(&mut self, item: &Arc<T>) -> u32 {
        let known = self.by_time.get(&item.at()).copied();
        let is_same = |number: &u32| {
            self.all.get(*number as usize - 1).is_some_and(|known| Arc::ptr_eq(known, item) || known == item)
        };
        if let Some(number) = known.filter(is_same) {
            return number;
        }
        self.all.push(Arc::clone(item));
        // No account in memory has four milliards of events.
        self.by_time.insert(item.at(), self.all.len() as u32);
        0
    }
}

/// Does something with a shelf, where there is one.
fn with_shelf<T: Sharable, R>(work: impl FnOnce(&mut Shelf<T>) -> R) -> Option<R> {
    SHELVES.with_borrow_mut(|shelves| shelves.as_mut().map(|shelves| work(T::shelf(shelves))))
}

/// One that may be shared.
struct Shared<T>(Arc<T>);

struct Borrowed<'a, T>(&'a Arc<T>);

impl<T: Sharable> Serialize for Borrowed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match with_shelf(|shelf| shelf.number(self.0)) {
            None => self.0.serialize(serializer),
            Some(0) => (0_u32, &**self.0).serialize(serializer),
            Some(number) => (number,).serialize(serializer),
        }
    }
}

impl<'de, T: Sharable> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match with_shelf::<T, ()>(|_| ()) {
            None => Arc::deserialize(deserializer).map(Shared),
            Some(()) => deserializer.deserialize_tuple(2, Numbered(PhantomData)),
        }
    }
}

/// Reads a number, and what follows it where it is 0.
struct Numbered<T>(PhantomData<T>);

impl<'de, T: Sharable> Visitor<'de> for Numbered<T> {
    type Value = Shared<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or 0 and what it stands for")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Shared<T>, A::Error> {
        let missing = || A::Error::custom("cut off");
        let number: u32 = parts.next_element()?.ok_or_else(missing)?;
        if number > 0 {
            let known = with_shelf(|shelf: &mut Shelf<T>| shelf.all.get(number as usize - 1).cloned());
            return known.flatten().map(Shared).ok_or_else(|| A::Error::custom("unknown"));
        }
        let new = Arc::new(parts.next_element::<T>()?.ok_or_else(missing)?);
        with_shelf(|shelf| shelf.all.push(Arc::clone(&new)));
        Ok(Shared(new))
    }
}

/// For a field that holds one.
pub(super) mod one {
    use super::*;

    pub(in crate::meaning) fn serialize<T, S>(item: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Sharable,
        S: Serializer,
    {
        Borrowed(item).serialize(serializer)
    }

    pub(in crate::meaning) fn deserialize<'de, T, D>(deserializer: D) -> Result<Arc<T>, D::Error>
    where
        T: Sharable,
        D: Deserializer<'de>,
    {
        Shared::deserialize(deserializer).map(|shared| shared.0)
    }
}

/// For a field that holds many.
pub(super) mod many {
    use super::*;

    pub(in crate::meaning) fn serialize<T, S>(items: &[Arc<T>], serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Sharable,
        S: Serializer,
    {
        serializer.collect_seq(items.iter().map(Borrowed))
    }

    pub(in crate::meaning) fn deserialize<'de, T, D>(deserializer: D) -> Result<Vec<Arc<T>>, D::Error>
    where
        T: Sharable,
        D: Deserializer<'de>,
    {
        let shared: Vec<Shared<T>> = Vec::deserialize(deserializer)?;
        Ok(shared.into_iter().map(|shared| shared.0).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Kind, Value};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Account {
        #[serde(with = "many")]
        log: Vec<Arc<Activity>>,
        #[serde(with = "one")]
        signal: Arc<Activity>,
    }

    fn event(at: Millis, user: &str) -> Arc<Activity> {
        let values = [Value::Text(user.into())].into();
        Arc::new(Activity { at, id: "e-1".into(), kind: Kind::UserActivity, values })
    }

    /// Two events of one instant, of which one is held twice, and is equal to a third that is another copy.
    fn account() -> Account {
        Account {
            log: vec![event(5, "ann"), event(5, "bob"), event(7, "ann"), event(7, "ann")],
            signal: event(7, "ann"),
        }
    }

    #[test]
    fn what_is_held_often_is_written_once_and_shared_by_who_reads_it() {
        let account = account();
        let apart = postcard::to_allocvec(&account).unwrap();
        let shared = sharing(|| postcard::to_allocvec(&account)).unwrap();
        let one = postcard::to_allocvec(&account.signal).unwrap().len();
        assert_eq!(shared.len(), apart.len() - 2 * one + 5, "five numbers for two events");
        let woken: Account = sharing(|| postcard::from_bytes(&shared)).unwrap();
        assert_eq!(woken, account);
        assert!(Arc::ptr_eq(&woken.log[2], &woken.log[3]) && Arc::ptr_eq(&woken.log[2], &woken.signal));
    }

    #[test]
    fn what_is_stored_is_as_it_would_be_without() {
        let account = account();
        let stored = postcard::to_allocvec(&account).unwrap();
        assert_eq!(stored, postcard::to_allocvec(&(&account.log, &account.signal)).unwrap());
        assert_eq!(postcard::from_bytes::<Account>(&stored).unwrap(), account);
        // A number that nothing stands for.
        assert!(sharing(|| postcard::from_bytes::<Account>(&[1, 3])).is_err());
    }
}
