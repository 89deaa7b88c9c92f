//! When did a gate hold? For a person to look at, day by day (SPEC 9.1).

use super::account::Account;
use super::stream::profile_at;
use crate::expr::{Env, Expr};
use crate::rules::Rules;
use crate::time::{Millis, day_of, start_of};

/// So many days are looked at, at most.
const MOST_DAYS: i64 = 400;

/// A gate, and when it held.
#[derive(Clone, Debug, PartialEq)]
pub struct GateTold {
    /// The gate in words.
    pub gate: String,
    /// The plays behind it.
    pub plays: Vec<usize>,
    /// Where it held: from the first instant on, up to but without the last.
    pub held: Vec<(Millis, Millis)>,
}

impl Account {
    /// Each gate of the rules, and when it held between the first profile that is remembered and an instant, for 400 days
    /// at most. It is asked at each profile and at each UTC midnight, and taken to stay so until it is asked again.
    pub fn gates(&self, rules: &Rules, until: Millis) -> Vec<GateTold> {
        let asked = self.instants(until);
        let mut told: Vec<GateTold> = Vec::new();
        for (id, play) in rules.plays.iter().enumerate() {
            let gate = play.gate.to_string();
            match told.iter_mut().find(|known| known.gate == gate) {
                Some(known) => known.plays.push(id),
                None => told.push(GateTold { gate, plays: vec![id], held: self.held(&play.gate, &asked) }),
            }
        }
        told
    }

    /// When a gate is asked, with the last instant as the end.
    fn instants(&self, until: Millis) -> Vec<Millis> {
        let first = self.profiles.first().map_or(until, |profile| profile.at);
        let from = first.max(start_of(day_of(until).saturating_sub(MOST_DAYS)));
        let days = (day_of(from).saturating_add(1)..=day_of(until)).map(start_of);
        let profiles = self.profiles.iter().map(|profile| profile.at);
        let mut asked: Vec<Millis> = profiles.chain(days).filter(|at| (from..until).contains(at)).collect();
        asked.extend([from.min(until), until]);
        asked.sort_unstable();
        asked.dedup();
        asked
    }

    fn held(&self, gate: &Expr, asked: &[Millis]) -> Vec<(Millis, Millis)> {
        let mut held: Vec<(Millis, Millis)> = Vec::new();
        for (from, to) in asked.iter().zip(asked.iter().skip(1)) {
            let profile = profile_at(&self.profiles, *from).map(|profile| &**profile);
            let env = Env { account: &self.id, event: None, profile, now: *from };
            if profile.is_none() || !gate.holds(&env) {
                continue;
            }
            match held.last_mut() {
                Some((_, end)) if end == from => *end = *to,
                _ => held.push((*from, *to)),
            }
        }
        held
    }
}
