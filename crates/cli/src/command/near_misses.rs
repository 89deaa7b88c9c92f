//! `springtide near-misses`: accounts that were one condition short of a play at an instant.
//!
//! Each account is gone through by the engine up to the instant, and its state is asked what `springtide explain` says of
//! it. The state is the one that a pipeline keeps by the default lateness, so both say the same.

mod text;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Value, json};
use springtide_core::event::Event;
use springtide_core::meaning::explain::{NearMiss, PlayExplanation, explain_state};
use springtide_core::meaning::opportunity::{Input as Found, Opportunity};
use springtide_core::partition::Lateness;
use springtide_core::rules::Rules;
use springtide_core::time::{DAY_MS, Day, Millis, format_rfc3339};

use super::{check, explain};
use crate::args::NearMissesArgs;
use crate::failure::Failure;
use crate::input::{Input, Taker};
use crate::progress;
use crate::replay::{Facts, Life, Pace, Shelved, Shelves, Sink, Step, Visitor, threads, visit};
use crate::text::{counted, note, say};

/// Only what stands at the instant is asked for, so an account takes in this much at once.
const STEP_DAYS: Day = 7;

/// What is said of one account and play.
struct Listed {
    words: String,
    object: Value,
}

/// The nearest first, then by account and play.
type Place = (Reverse<u64>, Box<str>, Box<str>);

/// The near misses of some accounts.
#[derive(Default)]
struct Misses {
    listed: BTreeMap<Place, Listed>,
    /// All of them, listed or not, by play.
    by_play: BTreeMap<Box<str>, u64>,
    /// Accounts that have any.
    accounts: u64,
}

impl Misses {
    fn put(&mut self, place: Place, listed: Listed, limit: usize) {
        self.listed.insert(place, listed);
        if self.listed.len() > limit {
            self.listed.pop_last();
        }
    }

    fn absorb(&mut self, others: Misses, limit: usize) {
        others.listed.into_iter().for_each(|(place, listed)| self.put(place, listed, limit));
        for (play, count) in others.by_play {
            *self.by_play.entry(play).or_default() += count;
        }
        self.accounts += others.accounts;
    }

    fn total(&self) -> u64 {
        self.by_play.values().sum()
    }
}

/// What is asked.
#[derive(Clone, Copy)]
struct Asked<'a> {
    rules: &'a Rules,
    at: Millis,
    clock: Millis,
    play: Option<&'a str>,
    limit: usize,
}

/// Asks account after account.
struct Lister<'a> {
    asked: Asked<'a>,
    misses: Misses,
}

/// What opened on the way is not what is asked for.
struct Passed;

impl Sink for Passed {
    fn take(&mut self, _: &Opportunity) -> Result<(), Failure> {
        Ok(())
    }
}

impl Visitor for Lister<'_> {
    fn account(&mut self, account: &str, facts: &mut dyn Facts) -> Result<(), Failure> {
        let Asked { rules, at, clock, .. } = self.asked;
        let pace = Pace { until: clock, lateness: Lateness::default(), step: Step::Days(STEP_DAYS) };
        let mut life = Life::new(rules, account, pace);
        while let Some(fact) = facts.next_fact()? {
            if fact.at() > at {
                break;
            }
            life.take(&fact, &mut Passed)?;
        }
        life.finish(&mut Passed)?;
        let state = life.account();
        let name = state.profile_at(at).map_or_else(Box::default, |profile| profile.name.clone());
        // Nothing before the instant is forgotten of which it would be asked.
        self.list(account, &name, &explain_state(rules, state, at, clock).unwrap_or_default());
        Ok(())
    }
}

impl Lister<'_> {
    fn list(&mut self, account: &str, name: &str, plays: &[PlayExplanation]) {
        let Asked { at, play, limit, .. } = self.asked;
        let mut some = false;
        for one in plays.iter().filter(|one| play.is_none_or(|play| *one.play == *play)) {
            let Some(miss) = one.near_miss(at) else { continue };
            some = true;
            *self.misses.by_play.entry(one.play.clone()).or_default() += 1;
            let place = (Reverse(miss.nearness.to_bits()), account.into(), one.play.clone());
            let words = one.nearest_miss.clone().unwrap_or_default();
            let object = object(account, name, one, &miss, at);
            let listed = Listed { words, object };
            self.misses.put(place, listed, limit);
        }
        self.misses.accounts += u64::from(some);
    }
}

/// A near miss for programs.
fn object(account: &str, name: &str, play: &PlayExplanation, miss: &NearMiss<'_>, at: Millis) -> Value {
    let near = miss.detector.and_then(|state| state.near.as_ref());
    let before = miss.detector.and_then(|state| state.before.as_ref());
    let asked = miss.condition.and_then(|condition| match condition.value {
        Found::Number(value) => Some(value),
        _ => None,
    });
    let until = miss.condition.and_then(|condition| condition.until);
    let days = |ms: Millis| ms as f64 / DAY_MS as f64;
    json!({
        "account_id": account, "account_name": (!name.is_empty()).then_some(name), "play": play.play,
        "missing": miss.missing(), "condition": miss.condition.map(|condition| &condition.text),
        "nearest_miss": play.nearest_miss, "nearness": (miss.nearness * 1_000.0).round() / 1_000.0,
        "detector": miss.detector.map(|state| &state.detector),
        "short": near.and_then(|near| near.short.as_ref()),
        "value": near.and_then(|near| near.value).or(asked),
        "needed": near.and_then(|near| near.needed).or(miss.condition.and_then(|condition| condition.needed)),
        "last_signal_at": before.map(|before| format_rfc3339(before.at)),
        "days_ago": before.map(|before| days(before.age_ms)),
        "until": until.map(format_rfc3339), "days_left": until.map(|until| days(until.saturating_sub(at))),
    })
}

/// Puts on shelves what had happened by then, and notes how far time came.
struct UpTo {
    at: Option<Millis>,
    shelves: Shelves,
    latest: Option<Millis>,
}

impl Taker for UpTo {
    fn take(&mut self, event: Event) -> Result<(), Failure> {
        self.latest = self.latest.max(Some(event.at()));
        if self.at.is_some_and(|at| event.at() > at) { Ok(()) } else { self.shelves.take(&event) }
    }
}

/// Lists the near misses in the files.
pub fn run(args: &NearMissesArgs) -> Result<(), Failure> {
    let rules = check::rules(args.input.rules.as_deref())?.rules;
    explain::known_play(args.play.as_deref(), &rules)?;
    let mut input = Input::new(args.input.dead_letter.as_deref())?;
    let empty = || Ok(UpTo { at: args.at, shelves: Shelves::new()?, latest: None });
    let empty = (0..threads()).map(|_| empty()).collect::<Result<_, Failure>>()?;
    let read = input.read_on_threads(&args.input.files, empty)?;
    if input.counts.bad_total() > 0 {
        note(format_args!("bad  {}", counted(input.counts.bad_total(), "record", "records")));
    }
    let Some(latest) = read.iter().filter_map(|part| part.latest).max() else {
        return Err(Failure::Other("there are no events in the input, so nothing to ask about".to_owned()));
    };
    let shelved = Shelves::finish(read.into_iter().map(|part| part.shelves).collect())?;
    let at = args.at.unwrap_or(latest);
    let clock = args.input.until.unwrap_or(latest).min(at);
    let asked = Asked { rules: &rules, at, clock, play: args.play.as_deref(), limit: args.limit };
    let misses = misses(asked, &shelved)?;
    say(&if args.json { object_of_all(asked, &misses)? } else { text::page(asked, &misses) })
}

fn misses(asked: Asked<'_>, shelved: &Shelved) -> Result<Misses, Failure> {
    let bar = progress::steps(shelved.taken, "replaying");
    let listers = (0..threads()).map(|_| Lister { asked, misses: Misses::default() }).collect();
    let listers = visit(shelved, listers, &bar)?;
    bar.finish_and_clear();
    let mut all = Misses::default();
    listers.into_iter().for_each(|lister| all.absorb(lister.misses, asked.limit));
    Ok(all)
}

fn object_of_all(asked: Asked<'_>, misses: &Misses) -> Result<String, Failure> {
    let plays: Vec<Value> =
        misses.by_play.iter().map(|(play, count)| json!({"play": play, "near_misses": count})).collect();
    let listed: Vec<&Value> = misses.listed.values().map(|listed| &listed.object).collect();
    let object = json!({
        "at": format_rfc3339(asked.at), "clock": format_rfc3339(asked.clock), "rules_version": asked.rules.version,
        "total": misses.total(), "accounts": misses.accounts, "plays": plays, "near_misses": listed,
    });
    let text = serde_json::to_string(&object).map_err(|error| Failure::Other(error.to_string()))?;
    Ok(format!("{text}\n"))
}
