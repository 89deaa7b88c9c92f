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

/// Counts by product, all zero between two uses; one for all groups.
pub(crate) struct Counts(Vec<u32>);

impl Counts {
    /// For so many products.
    pub fn of(products: usize) -> Counts {
        Counts(vec![0; products])
    }

    /// Counts a product; says whether it is the first time.
    fn add(&mut self, product: Product) -> bool {
        self.0.get_mut(product as usize).is_some_and(|count| {
            *count += 1;
            *count == 1
        })
    }

    fn take(&mut self, product: Product) -> usize {
        self.0.get_mut(product as usize).map_or(0, |count| std::mem::take(count) as usize)
    }
}

/// The accounts of a group, each a sorted set of products.
pub(crate) struct Group<'a> {
    sets: &'a [&'a [Product]],
    /// By product, the accounts that own it, each with the bits of its set.
    owners: HashMap<Product, Vec<(u64, u32)>>,
}

impl<'a> Group<'a> {
    pub fn new(sets: &'a [&'a [Product]]) -> Group<'a> {
        let mut owners = HashMap::<Product, Vec<(u64, u32)>>::new();
        for (at, set) in (0_u32..).zip(sets) {
            let owner = (bits(set), at);
            set.iter().for_each(|product| owners.entry(*product).or_default().push(owner));
        }
        Group { sets, owners }
    }

    /// Of an account of the group that owns this set; nothing where it has too few of them.
    ///
    /// It looks at the owners of the rarest of its products, at no others.
    pub fn peers(&self, set: &[Product], limits: &Limits, counts: &mut Counts) -> Option<Peers> {
        let owners = |product: &Product| self.owners.get(product).map_or(&[][..], Vec::as_slice);
        let rarest = set.iter().map(owners).min_by_key(|owners| owners.len())?;
        // The account itself is among them.
        if rarest.len() <= limits.min_peers {
            return None;
        }
        let wanted = bits(set);
        let likely = rarest.iter().filter(|(bits, _)| bits & wanted == wanted);
        let sets = likely.filter_map(|(_, at)| self.sets.get(*at as usize).copied());
        let (mut count, mut seen) = (0_usize, Vec::new());
        for other in sets.filter(|other| includes(other, set)) {
            count += 1;
            seen.extend(other.iter().copied().filter(|product| counts.add(*product)));
        }
        seen.sort_unstable();
        let owned = seen.into_iter().map(|product| (product, counts.take(product)));
        let owned = owned.filter(|(product, _)| set.binary_search(product).is_err()).collect();
        let count = count.checked_sub(1).filter(|count| *count >= limits.min_peers)?;
        Some(Peers { count, owned })
    }
}

/// A bit a product, several to one where there are more than 64: a set that lacks another's bits does not include it.
fn bits(set: &[Product]) -> u64 {
    set.iter().fold(0, |bits, product| bits | 1 << (product % 64))
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
        let mut counts = Counts::of(4);
        let mut peers = |set: &[Product], min_peers| {
            group.peers(set, &Limits { min_peers, ..Limits::DEFAULT }, &mut counts)
        };
        assert_eq!(peers(&[1], 4), None);
        assert_eq!(peers(&[1, 2], 2), None, "the owners of each would suffice");
        assert_eq!(peers(&[7], 0), None);
        assert_eq!(peers(&[1], 3), Some(Peers { count: 3, owned: vec![(2, 2), (3, 2)] }));
        assert_eq!(peers(&[1, 2], 1), Some(Peers { count: 1, owned: vec![(3, 1)] }));
    }
}
