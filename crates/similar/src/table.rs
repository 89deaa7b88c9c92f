//! The customers as of an instant.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use springtide_core::event::{Profile, Segment};
use springtide_core::time::Millis;

use crate::size::Size;

/// What an account's latest profile says.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Latest {
    /// Together with the id what tells it from earlier ones (SPEC 3.1); of two with both the same the greater rest counts.
    at: Millis,
    id: Box<str>,
    /// Whether it is a customer: it pays, and owns something.
    pub counts: bool,
    pub segment: Segment,
    pub industry: Option<Arc<str>>,
    pub size: Size,
    /// Sorted, each once.
    pub products: Box<[Arc<str>]>,
}

/// The accounts, each as its latest profile at or before an instant says.
///
/// A function of the set of profiles that it was told, whatever their order.
///
/// ```
/// use springtide_similar::{Limits, Table};
/// let table = Table::new(1_772_409_600_000);
/// assert_eq!(table.suggestions(&Limits::DEFAULT).seen.customers, 0);
/// ```
#[derive(Debug)]
pub struct Table {
    as_of: Millis,
    pub(crate) accounts: HashMap<Box<str>, Latest>,
    /// The names of products and industries, each kept once.
    names: HashSet<Arc<str>>,
}

impl Table {
    /// An empty one; profiles after `as_of` are not looked at (SPEC 3.2).
    pub fn new(as_of: Millis) -> Table {
        Table { as_of, accounts: HashMap::new(), names: HashSet::new() }
    }

    /// Takes a profile in; one that is not the account's latest changes nothing.
    pub fn tell(&mut self, account: &str, profile: &Profile) {
        let is_old = |known: &Latest| (known.at, known.id.as_bytes()) > (profile.at, profile.id.as_bytes());
        if profile.at > self.as_of || self.accounts.get(account).is_some_and(is_old) {
            return;
        }
        let told = self.read(profile);
        match self.accounts.get_mut(account) {
            Some(known) if *known >= told => {}
            Some(known) => *known = told,
            None => drop(self.accounts.insert(account.into(), told)),
        }
    }

    /// Forgets an account (SPEC 7.3).
    pub fn forget(&mut self, account: &str) {
        self.accounts.remove(account);
    }

    /// How many accounts it knows.
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    fn read(&mut self, profile: &Profile) -> Latest {
        let mut products: Vec<Arc<str>> = profile.products.iter().map(|name| self.name(name)).collect();
        products.sort_unstable();
        products.dedup();
        Latest {
            at: profile.at,
            id: profile.id.clone(),
            counts: profile.mrr > 0.0 && !products.is_empty(),
            segment: profile.segment,
            industry: profile.industry.as_deref().map(|name| self.name(name)),
            size: Size::of(profile),
            products: products.into(),
        }
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.names.insert(Arc::clone(&name));
        name
    }
}
