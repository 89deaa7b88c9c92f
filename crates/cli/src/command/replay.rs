//! `springtide replay`: opportunities from files, by the semantics of `run`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use springtide_core::event::{Event, Topic};
use springtide_core::meaning::opportunity::Opportunity;
use springtide_core::partition::{Lateness, Recent, Seen};
use springtide_core::rules::Rules;
use springtide_core::time::Millis;

use super::check;
use crate::args::ReplayArgs;
use crate::failure::Failure;
use crate::input::{Aside, Counts, Input, UNREADABLE};
use crate::progress;
use crate::replay::{
    Arrived, Collected, Engine, Facts, Life, Pace, Sink, Sorter, Step, Visitor, replay_sorted, shelve,
    threads, visit,
};
use crate::text::{counted, grouped, note};

/// What came of a replay.
struct Replayed {
    collected: Collected,
    repeated: u64,
    id_reused: u64,
    /// By topic, where any may be.
    late: Option<[u64; 5]>,
}

impl Replayed {
    fn of(engine: Engine, late: Option<[u64; 5]>) -> Replayed {
        let Engine { collected, repeated, id_reused, .. } = engine;
        Replayed { collected, repeated, id_reused, late }
    }
}

/// Replays the files.
pub fn run(args: &ReplayArgs) -> Result<(), Failure> {
    let rules = Arc::new(check::rules(args.input.rules.as_deref())?.rules);
    let mut input = Input::new(args.input.dead_letter.as_deref())?;
    let mut replayed = match (args.as_arrived, args.revisions) {
        (true, _) => as_arrived(args, rules, &mut input)?,
        (_, true) => in_order(args, rules, &mut input)?,
        _ => by_account(args, &rules, &mut input)?,
    };
    replayed.collected.print_final()?;
    summarize(args, &input.counts, &replayed);
    Ok(())
}

/// All events in order: revisions are printed as they come.
fn in_order(args: &ReplayArgs, rules: Arc<Rules>, input: &mut Input) -> Result<Replayed, Failure> {
    let mut sorter = Sorter::default();
    input.read(&args.input.files, &mut |event, _| sorter.take(event))?;
    let engine = replay_sorted(rules, sorter, args.input.until, Collected::new(true)?)?;
    Ok(Replayed::of(engine, None))
}

/// Goes through accounts; what comes out is collected from all threads.
struct Each<'a> {
    rules: &'a Rules,
    pace: Pace,
    spool: Spool<'a>,
    recent: Recent,
    repeated: u64,
    id_reused: u64,
}

/// Where all threads collect.
struct Spool<'a>(&'a Mutex<Collected>);

impl Sink for Spool<'_> {
    fn take(&mut self, opportunity: &Opportunity) -> Result<(), Failure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(opportunity)
    }
}

impl Visitor for Each<'_> {
    fn account(&mut self, account: &str, facts: &mut dyn Facts) -> Result<(), Failure> {
        let mut life = Life::new(self.rules, account, self.pace);
        while let Some(fact) = facts.next_fact()? {
            let event = Event { account: account.into(), fact };
            let seen = self.recent.note(&event);
            self.repeated += u64::from(seen == Seen::Repeated);
            self.id_reused += u64::from(seen == Seen::Reused);
            life.take(&event.fact, &mut self.spool)?;
        }
        life.finish(&mut self.spool)
    }
}

fn by_account(args: &ReplayArgs, rules: &Rules, input: &mut Input) -> Result<Replayed, Failure> {
    let shelved = shelve(input, &args.input.files)?;
    let latest = shelved.span().map(|(_, latest)| latest);
    let until = args.input.until.or(latest).unwrap_or(Millis::MIN);
    // Each revision counts, and nothing is late.
    let pace = Pace { until, lateness: Lateness([0; 5]), step: Step::Instant };
    let collected = Mutex::new(Collected::new(false)?);
    let bar = progress::steps(shelved.taken, "replaying");
    let each = || Each {
        rules,
        pace,
        spool: Spool(&collected),
        recent: Recent::default(),
        repeated: 0,
        id_reused: 0,
    };
    let visited = visit(&shelved, (0..threads()).map(|_| each()).collect(), &bar)?;
    bar.finish_and_clear();
    let repeated = visited.iter().map(|each| each.repeated).sum();
    let id_reused = visited.iter().map(|each| each.id_reused).sum();
    drop(visited);
    let collected = collected.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Replayed { collected, repeated, id_reused, late: None })
}

fn as_arrived(args: &ReplayArgs, rules: Arc<Rules>, input: &mut Input) -> Result<Replayed, Failure> {
    let mut lateness = Lateness::default();
    args.allowed_lateness.iter().for_each(|(topic, allowed)| lateness.0[topic.index()] = *allowed);
    let mut late = Aside::new(args.late.as_deref())?;
    late.apart_from(args.input.files.iter().chain(&args.input.dead_letter))?;
    let mut arrived = Arrived::new(rules, lateness, args.input.until, Collected::new(args.revisions)?);
    input.read(&args.input.files, &mut |event, line| {
        if !arrived.take(event, line.ahead)? {
            late.keep(line.bytes)?;
        }
        Ok(())
    })?;
    arrived.finish()?;
    late.finish()?;
    Ok(Replayed::of(arrived.engine, Some(arrived.late)))
}

fn summarize(args: &ReplayArgs, counts: &Counts, replayed: &Replayed) {
    let late = replayed.late;
    let (plays, withdrawn) = (replayed.collected.open_by_play(), replayed.collected.withdrawn());
    if args.json {
        let by_topic = |counts: [u64; 5]| {
            Topic::ALL
                .map(|topic| (topic.name(), counts[topic.index()]))
                .into_iter()
                .collect::<BTreeMap<_, _>>()
        };
        let summary = json!({
            "events": by_topic(counts.events), "bad": counts.bad, "late": late.map(by_topic),
            "unknown_fields": counts.unknown_fields, "repeated": replayed.repeated, "id_reused": replayed.id_reused,
            "opportunities": plays, "withdrawn": withdrawn, "revisions": replayed.collected.revisions,
        });
        note(summary);
        return;
    }
    let topics = Topic::ALL.iter().filter(|topic| counts.events[topic.index()] > 0);
    let topics: Vec<String> =
        topics.map(|topic| format!("{} {}", grouped(counts.events[topic.index()]), topic.name())).collect();
    note(format_args!("read {}", listed(counted(counts.total(), "event", "events"), &topics)));
    if counts.bad_total() > 0 {
        let classes: Vec<String> =
            counts.bad.iter().map(|(class, count)| format!("{count} {class}")).collect();
        note(format_args!(
            "bad  {}: {}",
            counted(counts.bad_total(), "record", "records"),
            classes.join(", ")
        ));
        // The rest of a file that breaks off can't be kept.
        let kept = counts.bad.keys().any(|class| *class != UNREADABLE);
        if kept && args.input.dead_letter.is_none() {
            note("     --dead-letter FILE keeps them");
        }
    }
    if let Some(late) = late.map(|late| late.iter().sum::<u64>()).filter(|late| *late > 0) {
        note(format_args!("late {} set aside", counted(late, "event", "events")));
    }
    for (count, what) in [
        (counts.unknown_fields, "unknown fields ignored"),
        (replayed.repeated, "repeated events ignored"),
        (replayed.id_reused, "event ids reused with other content"),
    ] {
        if count > 0 {
            note(format_args!("     {} {what}", grouped(count)));
        }
    }
    let open = plays.values().sum();
    let plays: Vec<String> = plays.iter().map(|(play, count)| format!("{count} {play}")).collect();
    note(format_args!("open {}", listed(counted(open, "opportunity", "opportunities"), &plays)));
    note(format_args!(
        "     {}, {withdrawn} withdrawn",
        counted(replayed.collected.revisions, "revision", "revisions")
    ));
}

/// A count and what it is made of, if anything.
fn listed(count: String, parts: &[String]) -> String {
    if parts.is_empty() { count } else { format!("{count}: {}", parts.join(", ")) }
}
