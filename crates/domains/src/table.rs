//! Which account a domain belongs to.
//!
//! It belongs to the account whose latest profile lists it, else to the one that lists the longest domain above it, as
//! subsidiaries' are (`mail.eu.acme.com` is `acme.com`'s). Of two that list the same one it is that which has been a customer
//! for longer (`signed_up_at`, else the profile's instant), then the one with the smaller id. Both are read off the latest
//! profiles alone, so that what compaction takes changes nothing; and a customer's date does not move each time that a
//! profile is written again, as the profile's instant would.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use springtide_core::event::Profile;
use springtide_core::time::Millis;

use crate::name::{normalised, parents};
use crate::public::Public;

/// What an account's latest profile says.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Latest {
    /// Together with the id what tells it from earlier ones (SPEC 3.1); of two with both the same the greater rest counts.
    at: Millis,
    id: Box<str>,
    since: Millis,
    /// In their order, each once.
    domains: Vec<Arc<str>>,
}

/// Those who list a domain, in their order: the owner first. Mostly it is one.
type Claims = Vec<(Millis, Arc<str>)>;

/// Several accounts list one domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contest {
    /// The domain.
    pub domain: Arc<str>,
    /// Whose it is.
    pub owner: Arc<str>,
    /// One of the others.
    pub other: Arc<str>,
}

/// What a profile changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Domains that somebody lists now, and nobody did.
    pub gained: Vec<Arc<str>>,
    /// Domains that were one account's, and are listed by two now.
    pub contested: Vec<Contest>,
}

/// Whose domains are.
///
/// ```
/// use springtide_domains::{Public, Table};
/// let table = Table::new(Public::default());
/// assert_eq!(table.owner("mail.acme.com"), None);
/// ```
#[derive(Debug)]
pub struct Table {
    public: Public,
    accounts: HashMap<Arc<str>, Latest>,
    claims: HashMap<Arc<str>, Claims>,
    contested: usize,
}

impl Table {
    /// An empty one.
    pub fn new(public: Public) -> Table {
        Table { public, accounts: HashMap::new(), claims: HashMap::new(), contested: 0 }
    }

    /// Domains that are nobody's.
    pub fn public(&self) -> &Public {
        &self.public
    }

    /// Takes a profile in, in any order; one that is not the account's latest changes nothing. What it lists that is no domain,
    /// or a public one, is left out.
    pub fn tell(&mut self, account: &str, profile: &Profile) -> Changed {
        let told = self.read(profile);
        if self.accounts.get(account).is_some_and(|latest| *latest >= told) {
            return Changed::default();
        }
        let before = self.accounts.remove_entry(account);
        let account = before.as_ref().map_or_else(|| Arc::from(account), |(account, _)| Arc::clone(account));
        let mut changed = Changed::default();
        if let Some((_, before)) = &before {
            // What it goes on to list under the same date is left as it is.
            let stays = |domain: &Arc<str>| before.since == told.since && told.domains.contains(domain);
            let given_up = before.domains.iter().filter(|domain| !stays(domain));
            given_up.for_each(|domain| self.take_back(domain, before.since, &account));
        }
        for domain in &told.domains {
            self.claim(domain, told.since, &account, &mut changed);
        }
        if let Some((_, before)) = before {
            // It had it under another date: that is no news.
            changed.gained.retain(|domain| !before.domains.contains(domain));
            changed.contested.retain(|contest| !before.domains.contains(&contest.domain));
        }
        self.accounts.insert(account, told);
        changed
    }

    /// Forgets an account: what it listed is others', or nobody's (SPEC 7.3).
    pub fn forget(&mut self, account: &str) {
        if let Some((account, latest)) = self.accounts.remove_entry(account) {
            latest.domains.iter().for_each(|domain| self.take_back(domain, latest.since, &account));
        }
    }

    /// The account that a domain in its one form belongs to.
    pub fn owner(&self, domain: &str) -> Option<&str> {
        let claims = parents(domain).find_map(|name| self.claims.get(name))?;
        claims.first().map(|(_, account)| &**account)
    }

    /// How many domains several accounts list.
    pub fn contested(&self) -> usize {
        self.contested
    }

    /// How many domains somebody lists.
    pub fn len(&self) -> usize {
        self.claims.len()
    }

    /// Whether nobody lists any.
    pub fn is_empty(&self) -> bool {
        self.claims.is_empty()
    }

    /// The domains that several accounts list, in no order.
    pub fn contests(&self) -> impl Iterator<Item = Contest> {
        let contest = |(domain, claims): (&Arc<str>, &Claims)| {
            let [owner, other] = first_two(claims)?;
            Some(Contest { domain: Arc::clone(domain), owner, other })
        };
        self.claims.iter().filter_map(contest)
    }

    fn read(&self, profile: &Profile) -> Latest {
        let names: BTreeSet<String> =
            profile.domains.iter().filter_map(|text| normalised(text).ok()).collect();
        let names = names.into_iter().filter(|name| !self.public.has(name));
        let known = |name: String| match self.claims.get_key_value(&*name) {
            Some((known, _)) => Arc::clone(known),
            None => name.into(),
        };
        Latest {
            at: profile.at,
            id: profile.id.clone(),
            since: profile.signed_up_at.unwrap_or(profile.at),
            domains: names.map(known).collect(),
        }
    }

    fn claim(&mut self, domain: &Arc<str>, since: Millis, account: &Arc<str>, changed: &mut Changed) {
        let claims = self.claims.entry(Arc::clone(domain)).or_default();
        let claim = (since, Arc::clone(account));
        let Err(at) = claims.binary_search(&claim) else { return };
        claims.reserve_exact(1);
        claims.insert(at, claim);
        match claims.len() {
            1 => changed.gained.push(Arc::clone(domain)),
            2 => {
                self.contested += 1;
                if let Some([owner, other]) = first_two(claims) {
                    changed.contested.push(Contest { domain: Arc::clone(domain), owner, other });
                }
            }
            _ => {}
        }
    }

    fn take_back(&mut self, domain: &Arc<str>, since: Millis, account: &Arc<str>) {
        let Some(claims) = self.claims.get_mut(domain) else { return };
        let Ok(at) = claims.binary_search(&(since, Arc::clone(account))) else { return };
        claims.remove(at);
        match claims.len() {
            0 => drop(self.claims.remove(domain)),
            1 => self.contested -= 1,
            _ => {}
        }
    }
}

fn first_two(claims: &Claims) -> Option<[Arc<str>; 2]> {
    let [(_, owner), (_, other), ..] = &claims[..] else { return None };
    Some([Arc::clone(owner), Arc::clone(other)])
}
