//! The changelog of opportunities as a reader sees it, and what may never happen in it.

use std::collections::{BTreeMap, BTreeSet};

use springtide_core::meaning::opportunity::{Opportunity, Status};
use uuid::Uuid;

/// What a reader knows: the latest revision of each id.
#[derive(Clone, Debug, Default)]
pub struct Changelog {
    latest: BTreeMap<Uuid, Opportunity>,
}

impl Changelog {
    /// Takes revisions in the order of emission; says which one breaks a promise to readers.
    pub fn take(&mut self, emitted: Vec<Opportunity>) -> Result<(), String> {
        for opportunity in emitted {
            let known = self.latest.get(&opportunity.id);
            if let Some(broken) = broken(known, &opportunity) {
                return Err(format!("{broken}: {opportunity:#?}\nafter {known:#?}"));
            }
            self.latest.insert(opportunity.id, opportunity);
        }
        self.no_two_of_an_instant()
    }

    fn no_two_of_an_instant(&self) -> Result<(), String> {
        let mut known = BTreeMap::new();
        for open in self.open() {
            if let Some(other) = known.insert((&open.account, &open.play, open.opened_at), open.id) {
                return Err(format!("one opening, two ids: {other} and {open:#?}"));
            }
        }
        Ok(())
    }

    /// What stands.
    pub fn open(&self) -> impl Iterator<Item = &Opportunity> {
        self.latest.values().filter(|opportunity| opportunity.status == Status::Open)
    }

    /// Drops an account's rows, as their tombstones do; returns their ids.
    pub fn erase(&mut self, account: &str) -> BTreeSet<Uuid> {
        let gone = self.latest.extract_if(.., |_, known| &*known.account == account);
        gone.map(|(id, _)| id).collect()
    }

    /// How many ids were ever given.
    pub fn ids(&self) -> usize {
        self.latest.len()
    }

    /// Whether anything was ever withdrawn.
    pub fn any_withdrawn(&self) -> bool {
        self.latest.values().any(|opportunity| opportunity.status == Status::Withdrawn)
    }
}

fn broken(known: Option<&Opportunity>, new: &Opportunity) -> Option<&'static str> {
    let Some(known) = known else {
        return match (new.revision, new.status) {
            (1, Status::Open) => None,
            (1, Status::Withdrawn) => Some("withdrawn before it was open"),
            _ => Some("the first revision is not 1"),
        };
    };
    if known.status == Status::Withdrawn {
        Some("a withdrawn id came back")
    } else if new.revision != known.revision + 1 {
        Some("a gap in the revisions")
    } else if (&known.account, &known.play) != (&new.account, &new.play) {
        Some("one id for two plays")
    } else if (Opportunity { revision: known.revision, ..new.clone() }) == *known {
        Some("a revision that says the same as before")
    } else {
        None
    }
}
