//! Accounts of one segment, industry and size: who owns what, and what the peers of a set of products own.

use std::collections::HashMap;

use crate::limits::Limits;

/// A product's number, in the order of names.
pub(crate) type Product = u32;

/// What the peers of an account own besides what it owns.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Peers {
    /// How many there are.
    pub count: usize,
    /// The products that it lacks, with how many of them own each, in the order of names.
    pub owned: Vec<(Product, usize)>,
}

/// The accounts of a group, each a sorted set of products.
pub(crate) struct Group<'a> {
    sets: &'a [&'a [Product]],
    /// By product, the accounts that own it.
    owners: HashMap<Product, Vec<u32>>,
}

impl<'a> Group<'a> {
    pub fn new(sets: &'a [&'a [Product]]) -> Group<'a> {
        let mut owners = HashMap::<Product, Vec<u32>>::new();
        for (at, set) in (0_u32..).zip(sets) {
            set.iter().for_each(|product| owners.entry(*product).or_default().push(at));
        }
        Group { sets, owners }
    }

    /// Of an account of the group that owns this set; nothing where it has too few of them.
    ///
    /// It takes what the owners of the rarest of its products own, no more.
    pub fn peers(&self, set: &[Product], limits: &Limits) -> Option<Peers> {
        let owners = |product: &Product| self.owners.get(product).map_or(&[][..], Vec::as_slice);
        let rarest = set.iter().map(owners).min_by_key(|owners| owners.len())?;
        // The account itself is among them.
        if rarest.len() <= limits.min_peers {
            return None;
        }
        let of = |at: &u32| self.sets.get(*at as usize).copied();
        let alike = rarest.iter().filter_map(of).filter(|other| includes(other, set));
        let mut counts = HashMap::<Product, usize>::new();
        let mut count = 0;
        for other in alike {
            count += 1;
            let lacking = other.iter().filter(|product| set.binary_search(product).is_err());
            lacking.for_each(|product| *counts.entry(*product).or_default() += 1);
        }
        let count = usize::checked_sub(count, 1).filter(|count| *count >= limits.min_peers)?;
        let mut owned: Vec<(Product, usize)> = counts.into_iter().collect();
        owned.sort_unstable();
        Some(Peers { count, owned })
    }
}

/// Whether a sorted set has all of another.
fn includes(set: &[Product], all: &[Product]) -> bool {
    let mut rest = set.iter();
    all.iter().all(|wanted| rest.by_ref().find(|product| *product >= wanted) == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_includes_what_it_has() {
        for (set, all, wanted) in [
            (&[1, 3, 5][..], &[3][..], true),
            (&[1, 3, 5], &[1, 5], true),
            (&[1, 3, 5], &[], true),
            (&[1, 3, 5], &[2], false),
            (&[1, 3, 5], &[5, 6], false),
            (&[], &[1], false),
        ] {
            assert_eq!(includes(set, all), wanted, "{set:?} {all:?}");
        }
    }

    #[test]
    fn peers_own_all_of_it_and_are_not_oneself() {
        let sets: Vec<&[Product]> = vec![&[1], &[1, 2], &[1, 2, 3], &[2, 3], &[1, 3]];
        let group = Group::new(&sets);
        let limits = |min_peers| Limits { min_peers, ..Limits::DEFAULT };
        assert_eq!(group.peers(&[1], &limits(3)), Some(Peers { count: 3, owned: vec![(2, 2), (3, 2)] }));
        assert_eq!(group.peers(&[1, 2], &limits(1)), Some(Peers { count: 1, owned: vec![(3, 1)] }));
        assert_eq!(group.peers(&[1], &limits(4)), None);
        assert_eq!(group.peers(&[1, 2], &limits(2)), None, "the owners of each would suffice");
        assert_eq!(group.peers(&[7], &limits(0)), None);
    }
}
