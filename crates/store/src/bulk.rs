//! Changes of one partition in great numbers, as a changelog brings them back: the last of each key, in the order of keys.

use std::cmp::Ordering;

use crate::kv::{Entry, Table};

/// Changes on their way into a store, by [`Store::restore`](crate::Store::restore).
///
/// ```
/// use springtide_store::{Bulk, Entry, Table};
///
/// let mut bulk = Bulk::default();
/// for (key, value) in [(b"b", Some(&b"1"[..])), (b"a", Some(b"2")), (b"b", None)] {
///     bulk.push(Table::State, key, value);
/// }
/// bulk.sort();
/// let last: Vec<Entry> = bulk.entries().collect();
/// assert_eq!(last[0], Entry { table: Table::State, key: b"a".into(), value: Some(b"2".into()) });
/// assert_eq!(last[1], Entry { table: Table::State, key: b"b".into(), value: None });
/// ```
#[derive(Clone, Debug, Default)]
pub struct Bulk {
    /// Keys and values, one after the other.
    bytes: Vec<u8>,
    /// By table, in the order of [`Table::ALL`].
    tables: [Vec<Slot>; Table::ALL.len()],
}

/// One change.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The first bytes of the key that differ, once they are known: most comparisons end here.
    differs: u128,
    /// Where the key begins; the value follows it.
    at: usize,
    key_bytes: u32,
    value_bytes: u32,
}

/// In the place of a value's length: the key is taken away.
const GONE: u32 = u32::MAX;

impl Slot {
    fn key<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        &bytes[self.at..][..self.key_bytes as usize]
    }

    fn value<'b>(&self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let from = self.at + self.key_bytes as usize;
        (self.value_bytes != GONE).then(|| &bytes[from..][..self.value_bytes as usize])
    }
}

fn place(table: Table) -> usize {
    match table {
        Table::About => 0,
        Table::State => 1,
        Table::Deadlines => 2,
    }
}

impl Bulk {
    /// Adds a change, which goes over earlier ones of the same key. A key is not empty. Neither key nor value may have
    /// 4 GiB; Kafka's have no 2.
    pub fn push(&mut self, table: Table, key: &[u8], value: Option<&[u8]>) {
        let length = |part: &[u8]| u32::try_from(part.len()).unwrap_or(GONE - 1);
        self.tables[place(table)].push(Slot {
            differs: 0,
            at: self.bytes.len(),
            key_bytes: length(key),
            value_bytes: value.map_or(GONE, length),
        });
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value.unwrap_or_default());
    }

    /// How much memory it takes, about.
    pub fn size(&self) -> usize {
        self.bytes.len() + self.tables.iter().map(Vec::len).sum::<usize>() * size_of::<Slot>()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        *self = Bulk::default();
    }

    /// Puts the changes of each table in the order of their keys, and leaves the last of each.
    pub fn sort(&mut self) {
        for slots in &mut self.tables {
            sort(slots, &self.bytes);
        }
    }

    /// Changes of a table as they lie.
    pub(crate) fn of(&self, table: Table) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.tables[place(table)].iter().map(|slot| (slot.key(&self.bytes), slot.value(&self.bytes)))
    }

    /// Changes as they lie, table by table.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        Table::ALL.into_iter().flat_map(|table| {
            let entry = move |(key, value): (&[u8], Option<&[u8]>)| Entry {
                table,
                key: key.to_vec(),
                value: value.map(<[u8]>::to_vec),
            };
            self.of(table).map(entry)
        })
    }
}

fn sort(slots: &mut Vec<Slot>, bytes: &[u8]) {
    let Some(first) = slots.first().map(|slot| slot.key(bytes)) else { return };
    let shared = slots.iter().fold(first.len(), |shared, slot| {
        let key = slot.key(bytes);
        if key.starts_with(&first[..shared]) { shared } else { alike(&first[..shared], key) }
    });
    for slot in slots.iter_mut() {
        let mut head = [0; 16];
        let rest = &slot.key(bytes)[shared..];
        let known = rest.len().min(head.len());
        head[..known].copy_from_slice(&rest[..known]);
        slot.differs = u128::from_be_bytes(head);
    }
    let keys = |one: &Slot, other: &Slot| match one.differs.cmp(&other.differs) {
        Ordering::Equal => one.key(bytes)[shared..].cmp(&other.key(bytes)[shared..]),
        differ => differ,
    };
    // Of one key the latest first, which is the one that is left.
    slots.sort_unstable_by(|one, other| keys(one, other).then(other.at.cmp(&one.at)));
    slots.dedup_by(|later, kept| keys(later, kept) == Ordering::Equal);
}

/// How many bytes two keys begin with in common.
fn alike(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map_in_which_the_last_wins(
            changes in prop::collection::vec(("[a\0é]{0,4}", "[a\0]{0,20}", prop::option::of("[xy]{0,3}")), 0..40), start in "b{0,2}",
        ) {
            let (mut bulk, mut map) = (Bulk::default(), BTreeMap::new());
            for (short, long, value) in changes {
                let key = format!("{start}{short}{long}").into_bytes();
                // The store has no such key.
                if key.is_empty() {
                    continue;
                }
                let value = value.map(String::into_bytes);
                bulk.push(Table::State, &key, value.as_deref());
                map.insert(key, value);
            }
            bulk.sort();
            let entries: Vec<_> = bulk.entries().map(|entry| (entry.key, entry.value)).collect();
            prop_assert_eq!(entries, map.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn each_table_has_its_own() {
        let mut bulk = Bulk::default();
        bulk.push(Table::Deadlines, b"key", Some(b"value"));
        assert!(bulk.size() > b"keyvalue".len());
        assert_eq!(bulk.of(Table::Deadlines).count(), 1);
        assert_eq!(bulk.of(Table::State).count(), 0);
        bulk.clear();
        assert_eq!(bulk.size(), 0);
    }
}
