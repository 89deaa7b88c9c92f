//! What one pack opened, as little of each as a comparison needs: a year of many accounts has millions.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use springtide_core::event::Segment;
use springtide_core::meaning::opportunity::{Opportunity, Status};
use springtide_core::rules::{Rules, Urgency};
use springtide_core::time::Millis;
use uuid::Uuid;

/// What is kept of an opportunity: its last revision.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) id: Uuid,
    pub(crate) opened_at: Millis,
    pub(crate) updated_at: Millis,
    pub(crate) act_by: Millis,
    pub(crate) score: f64,
    pub(crate) urgency: Urgency,
    pub(crate) segment: Segment,
    pub(crate) play: Name,
    role: Name,
    owner: Option<Name>,
    detectors: u32,
}

/// A name that many opportunities have, by its number.
pub(crate) type Name = u32;

/// Values, each once, by their number.
#[derive(Clone, Debug)]
struct Numbered<T> {
    all: Vec<T>,
    known: BTreeMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Numbered { all: Vec::new(), known: BTreeMap::new() }
    }
}

impl<T: Ord + Clone> Numbered<T> {
    fn number<Q: Ord + ?Sized>(&mut self, value: &Q) -> u32
    where
        T: Borrow<Q> + for<'q> From<&'q Q>,
    {
        if let Some(number) = self.known.get(value) {
            return *number;
        }
        let (value, number) = (T::from(value), self.all.len() as u32);
        self.all.push(value.clone());
        self.known.insert(value, number);
        number
    }
}

/// An account, as far as a pack opened something for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) name: Box<str>,
    /// In the order in which they came.
    pub(crate) found: Vec<Found>,
}

/// Takes in what a pack opened.
///
/// An opportunity takes about a hundred bytes, names and sets of detectors are kept once.
#[derive(Clone, Debug, Default)]
pub struct Side {
    pub(crate) rules_version: Box<str>,
    /// The plays that the pack has, with their cooldowns.
    pub(crate) plays: HashMap<Box<str>, Millis>,
    pub(crate) accounts: BTreeMap<Arc<str>, Known>,
    names: Numbered<Arc<str>>,
    detectors: Numbered<Arc<[Name]>>,
}

impl Side {
    /// A pack that opened nothing yet.
    pub fn new(rules: &Rules) -> Side {
        let plays = rules.plays.iter().map(|play| (play.name.clone(), play.cooldown_ms)).collect();
        Side { rules_version: rules.version.clone(), plays, ..Side::default() }
    }

    /// Takes the next revision of an opportunity; those of one opportunity come in order.
    pub fn take(&mut self, opportunity: &Opportunity) {
        let found = self.found(opportunity);
        let account = match self.accounts.get_mut(&*opportunity.account) {
            Some(account) => account,
            None => self.accounts.entry((&*opportunity.account).into()).or_default(),
        };
        if account.name != opportunity.account_name {
            account.name = opportunity.account_name.clone();
        }
        let known = account.found.iter().rposition(|known| known.id == opportunity.id);
        match (known, opportunity.status) {
            (Some(at), Status::Open) => account.found[at] = found,
            (Some(at), Status::Withdrawn) => drop(account.found.remove(at)),
            (None, Status::Open) => account.found.push(found),
            (None, Status::Withdrawn) => {}
        }
    }

    /// Takes over what was taken of other accounts, under the same pack.
    pub fn absorb(&mut self, other: Side) {
        let names: Vec<Name> = other.names.all.iter().map(|name| self.names.number(&**name)).collect();
        let renamed = |name: Name| names.get(name as usize).copied().unwrap_or_default();
        let sets = other.detectors.all.iter().map(|numbers| {
            let mut numbers: Vec<Name> = numbers.iter().map(|name| renamed(*name)).collect();
            numbers.sort_unstable();
            self.detectors.number(&numbers[..])
        });
        let sets: Vec<u32> = sets.collect();
        for (account, mut known) in other.accounts {
            for found in &mut known.found {
                found.play = renamed(found.play);
                found.role = renamed(found.role);
                found.owner = found.owner.map(renamed);
                found.detectors = sets.get(found.detectors as usize).copied().unwrap_or_default();
            }
            self.accounts.insert(account, known);
        }
    }

    fn found(&mut self, opportunity: &Opportunity) -> Found {
        let mut detectors: Vec<Name> =
            opportunity.evidence.iter().map(|line| self.names.number(&*line.detector)).collect();
        detectors.sort_unstable();
        Found {
            id: opportunity.id,
            opened_at: opportunity.opened_at,
            updated_at: opportunity.updated_at,
            act_by: opportunity.act_by,
            score: opportunity.score,
            urgency: opportunity.urgency,
            segment: opportunity.segment,
            play: self.names.number(&*opportunity.play),
            role: self.names.number(&*opportunity.role),
            owner: opportunity.owner.as_deref().map(|owner| self.names.number(owner)),
            detectors: self.detectors.number(&detectors[..]),
        }
    }

    /// A name by its number.
    pub(crate) fn name(&self, name: Name) -> &str {
        self.names.all.get(name as usize).map_or("", |name| &**name)
    }

    /// The role and the owner that an opportunity goes to.
    pub(crate) fn route(&self, found: &Found) -> (&str, Option<&str>) {
        (self.name(found.role), found.owner.map(|owner| self.name(owner)))
    }

    /// The detectors in an opportunity's evidence, by name.
    pub(crate) fn detectors(&self, found: &Found) -> Vec<&str> {
        let numbers = self.detectors.all.get(found.detectors as usize).map_or(&[][..], |numbers| &**numbers);
        let mut names: Vec<&str> = numbers.iter().map(|number| self.name(*number)).collect();
        names.sort_unstable();
        names
    }
}
