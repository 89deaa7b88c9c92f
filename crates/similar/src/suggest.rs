//! What accounts may want next, from what their peers own.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use springtide_core::event::Segment;

use crate::group::{Counts, Group, Peers, Product};
use crate::limits::Limits;
use crate::size::Size;
use crate::table::{Latest, Table};

/// How many standard deviations what is seen of the peers may be off: of two thousand products that mean nothing one passes.
const DEVIATIONS: f64 = 3.291;

/// A product that an account lacks and its peers own.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The product.
    pub product: Arc<str>,
    /// How many peers the account has.
    pub peers: usize,
    /// How many of them own it.
    pub owners: usize,
    /// How many other customers there are.
    pub all: usize,
    /// How many of them own it.
    pub owners_of_all: usize,
}

impl Suggestion {
    /// The share of the peers that own it.
    pub fn support(&self) -> f64 {
        share(self.owners, self.peers)
    }

    /// How many times as often as all others they own it.
    pub fn lift(&self) -> f64 {
        self.support() / share(self.owners_of_all, self.all)
    }

    /// The share that the peers show beyond doubt (Wilson's lower bound): few peers show less than many with the same share.
    pub fn certain_support(&self) -> f64 {
        let (peers, support) = (self.peers as f64, self.support());
        let spread = DEVIATIONS * DEVIATIONS / peers;
        let root = (support * (1.0 - support) / peers + spread / (4.0 * peers)).sqrt();
        (support + spread / 2.0 - DEVIATIONS * root) / (1.0 + spread)
    }

    fn meets(&self, limits: &Limits) -> bool {
        self.owners >= limits.min_owners
            && self.support() >= limits.min_support
            && self.lift() >= limits.min_lift
            && self.certain_support() > share(self.owners_of_all, self.all)
    }

    /// The better supported before others, then the one that is rarer among all, then by name.
    fn before(&self, other: &Suggestion) -> Ordering {
        let by_support = other.certain_support().total_cmp(&self.certain_support());
        by_support
            .then(self.owners_of_all.cmp(&other.owners_of_all))
            .then_with(|| self.product.cmp(&other.product))
    }
}

fn share(some: usize, all: usize) -> f64 {
    some as f64 / all as f64
}

/// How many accounts of each sort there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Those whose profile is known.
    pub accounts: usize,
    /// Those that pay and own something; all others are looked at in nothing.
    pub customers: usize,
    /// Customers of no industry, which are like nobody.
    pub without_industry: usize,
    /// Customers with too few peers.
    pub withheld: usize,
    /// Customers whose peers own nothing more often than all do.
    pub like_all: usize,
    /// Customers that something is suggested for.
    pub told: usize,
}

/// What is suggested.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suggested {
    /// By account, in the order of ids: the products, the best first.
    pub by_account: Vec<(Box<str>, Vec<Suggestion>)>,
    /// How many accounts of each sort there were.
    pub seen: Seen,
}

/// A customer, with its products as numbers.
struct Customer<'t> {
    account: &'t str,
    latest: &'t Latest,
    set: Box<[Product]>,
}

/// Who owns what among all.
struct All<'t> {
    customers: usize,
    /// By product, in the order of names: its name and how many own it.
    products: Vec<(&'t Arc<str>, usize)>,
}

impl Table {
    /// Works out what each account may want next; the same for the same profiles.
    pub fn suggestions(&self, limits: &Limits) -> Suggested {
        let (all, customers) = self.customers();
        let seen = Seen { accounts: self.accounts.len(), customers: customers.len(), ..Seen::default() };
        let mut suggested = Suggested { seen, by_account: Vec::new() };
        let mut groups = HashMap::<(Segment, &Arc<str>, &Size), Vec<&Customer<'_>>>::new();
        for customer in &customers {
            match &customer.latest.industry {
                Some(industry) => {
                    let key = (customer.latest.segment, industry, &customer.latest.size);
                    groups.entry(key).or_default().push(customer);
                }
                None => suggested.seen.without_industry += 1,
            }
        }
        let mut counts = Counts::of(all.products.len());
        groups.values().for_each(|group| suggested.take(group, &all, limits, &mut counts));
        suggested.by_account.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        suggested
    }

    fn customers(&self) -> (All<'_>, Vec<Customer<'_>>) {
        let counting = || self.accounts.iter().filter(|(_, latest)| latest.counts);
        let mut owners = BTreeMap::<&Arc<str>, usize>::new();
        for product in counting().flat_map(|(_, latest)| &latest.products) {
            *owners.entry(product).or_default() += 1;
        }
        let products: Vec<_> = owners.into_iter().collect();
        let numbers: HashMap<&str, Product> =
            products.iter().zip(0..).map(|((name, _), number)| (&***name, number)).collect();
        let customers: Vec<_> = counting()
            .map(|(account, latest)| {
                let set = latest.products.iter().filter_map(|name| numbers.get(&**name).copied());
                Customer { account, latest, set: set.collect() }
            })
            .collect();
        (All { customers: customers.len(), products }, customers)
    }
}

impl Suggested {
    /// Works out a group; accounts with the same products are told the same.
    fn take(&mut self, group: &[&Customer<'_>], all: &All<'_>, limits: &Limits, counts: &mut Counts) {
        let sets: Vec<&[Product]> = group.iter().map(|customer| &*customer.set).collect();
        let known = Group::new(&sets);
        let mut told = HashMap::<&[Product], Option<Vec<Suggestion>>>::new();
        for customer in group {
            let best = told.entry(&customer.set).or_insert_with(|| {
                known.peers(&customer.set, limits, counts).map(|peers| best(&peers, all, limits))
            });
            match best {
                None => self.seen.withheld += 1,
                Some(none) if none.is_empty() => self.seen.like_all += 1,
                Some(best) => {
                    self.seen.told += 1;
                    self.by_account.push((customer.account.into(), best.clone()));
                }
            }
        }
    }
}

fn best(peers: &Peers, all: &All<'_>, limits: &Limits) -> Vec<Suggestion> {
    let suggestion = |(product, owners): &(Product, usize)| {
        let (name, owners_of_all) = all.products.get(*product as usize)?;
        // The account itself is none of the others, and does not own it.
        let others = all.customers.saturating_sub(1);
        Some(Suggestion {
            product: Arc::clone(name),
            peers: peers.count,
            owners: *owners,
            all: others,
            owners_of_all: *owners_of_all,
        })
    };
    let mut best: Vec<Suggestion> =
        peers.owned.iter().filter_map(suggestion).filter(|one| one.meets(limits)).collect();
    best.sort_unstable_by(Suggestion::before);
    best.truncate(limits.most);
    best
}
