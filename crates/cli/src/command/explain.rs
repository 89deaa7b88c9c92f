//! `springtide explain`: why an account did or did not open each play at an instant.

mod names;
mod text;

use std::io::Write;
use std::sync::Arc;

use springtide_core::event::{Fact, Profile, order};
use springtide_core::meaning::explain::{PlayExplanation, explain};
use springtide_core::rules::Rules;
use springtide_core::time::Millis;
use springtide_schema::explanation_json;

use super::check;
use crate::args::ExplainArgs;
use crate::failure::Failure;
use crate::input::Input;
use crate::text::{counted, note};
use names::Names;

/// What is said of one account.
struct Explained<'a> {
    account: &'a str,
    /// The instant.
    at: Millis,
    /// The timers' clock.
    clock: Millis,
    rules: &'a Rules,
    /// As of the instant.
    profile: Option<Arc<Profile>>,
    plays: Vec<PlayExplanation>,
}

impl Explained<'_> {
    fn json(&self) -> String {
        let line = explanation_json(&springtide_schema::Explained {
            account: self.account,
            at: self.at,
            clock: self.clock,
            rules_version: &self.rules.version,
            profile: self.profile.as_deref(),
            plays: &self.plays,
        });
        format!("{line}\n")
    }
}

/// Explains the account.
pub fn run(args: &ExplainArgs) -> Result<(), Failure> {
    let rules = check::rules(args.input.rules.as_deref())?.rules;
    known_play(args.play.as_deref(), &rules)?;
    let history = read(args)?;
    let last = history.facts.iter().map(Fact::at).max();
    let Some(last) = last else {
        return Err(unknown_account(&args.account, &history));
    };
    let at = args.at.unwrap_or(last);
    let clock = args.input.until.or(history.latest).unwrap_or(at);
    let mut plays = explain(&rules, &args.account, &history.facts, at, clock);
    plays.retain(|play| args.play.as_deref().is_none_or(|name| *play.play == *name));
    let profile = profile_at(&history.facts, at);
    let explained = Explained { account: &args.account, at, clock, rules: &rules, profile, plays };
    let said = if args.json { explained.json() } else { text::page(&explained) };
    std::io::stdout().lock().write_all(said.as_bytes()).map_err(Failure::Output)
}

/// Refuses a play that the pack lacks.
pub fn known_play(name: Option<&str>, rules: &Rules) -> Result<(), Failure> {
    let Some(name) = name else {
        return Ok(());
    };
    if rules.plays.iter().any(|play| *play.name == *name) {
        return Ok(());
    }
    let plays: Vec<&str> = rules.plays.iter().map(|play| &*play.name).collect();
    Err(Failure::Usage(format!("`{name}` is no play; the plays are {}", plays.join(", "))))
}

/// What was read: of the one account everything, of the others only their names.
struct Read {
    facts: Vec<Fact>,
    latest: Option<Millis>,
    others: Names,
}

fn read(args: &ExplainArgs) -> Result<Read, Failure> {
    let mut read = Read { facts: Vec::new(), latest: None, others: Names::default() };
    let mut input = Input::new(args.input.dead_letter.as_deref())?;
    input.read(&args.input.files, &mut |event, _| {
        read.latest = read.latest.max(Some(event.at()));
        if *event.account == *args.account {
            read.facts.push(event.fact);
        } else if read.facts.is_empty() {
            read.others.note(&event.account);
        }
        Ok(())
    })?;
    if input.counts.bad_total() > 0 {
        note(format_args!("bad  {}", counted(input.counts.bad_total(), "record", "records")));
    }
    Ok(read)
}

fn unknown_account(account: &str, read: &Read) -> Failure {
    let near = read.others.near(account);
    let hint = match (near.is_empty(), read.latest) {
        (false, _) => format!("; did you mean {}?", near.join(" or ")),
        (true, Some(_)) => String::new(),
        (true, None) => "; there are no events at all".to_owned(),
    };
    Failure::Other(format!("no event of the account `{account}` in the input{hint}"))
}

fn profile_at(facts: &[Fact], at: Millis) -> Option<Arc<Profile>> {
    let past = facts.iter().filter(|fact| matches!(fact, Fact::Profile(_)) && fact.at() <= at);
    match past.max_by(|a, b| order(a, b)) {
        Some(Fact::Profile(profile)) => Some(Arc::clone(profile)),
        _ => None,
    }
}
