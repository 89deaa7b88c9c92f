//! `springtide replay`: opportunities from files, by the semantics of `run`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use springtide_core::event::Topic;
use springtide_core::partition::Lateness;
use springtide_core::rules::Rules;

use super::check;
use crate::args::ReplayArgs;
use crate::failure::Failure;
use crate::input::{Aside, Counts, Input, UNREADABLE};
use crate::replay::{Arrived, Collected, Engine, Sorter, replay_sorted};
use crate::text::{counted, grouped, note};

/// Replays the files.
pub fn run(args: &ReplayArgs) -> Result<(), Failure> {
    let rules = Arc::new(check::rules(args.input.rules.as_deref())?.rules);
    let mut input = Input::new(args.input.dead_letter.as_deref())?;
    let (mut engine, late) = if args.as_arrived {
        as_arrived(args, rules, &mut input)?
    } else {
        (sorted(args, rules, &mut input)?, None)
    };
    engine.collected.print_final()?;
    summarize(args, &input.counts, &engine, late);
    Ok(())
}

fn sorted(args: &ReplayArgs, rules: Arc<Rules>, input: &mut Input) -> Result<Engine, Failure> {
    let mut sorter = Sorter::default();
    input.read(&args.input.files, &mut |event, _| sorter.take(event))?;
    replay_sorted(rules, sorter, args.input.until, Collected::new(args.revisions)?)
}

fn as_arrived(
    args: &ReplayArgs,
    rules: Arc<Rules>,
    input: &mut Input,
) -> Result<(Engine, Option<[u64; 5]>), Failure> {
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
    Ok((arrived.engine, Some(arrived.late)))
}

fn summarize(args: &ReplayArgs, counts: &Counts, engine: &Engine, late: Option<[u64; 5]>) {
    let (plays, withdrawn) = (engine.collected.open_by_play(), engine.collected.withdrawn());
    if args.json {
        let by_topic = |counts: [u64; 5]| {
            Topic::ALL
                .map(|topic| (topic.name(), counts[topic.index()]))
                .into_iter()
                .collect::<BTreeMap<_, _>>()
        };
        let summary = json!({
            "events": by_topic(counts.events), "bad": counts.bad, "late": late.map(by_topic),
            "unknown_fields": counts.unknown_fields, "repeated": engine.repeated, "id_reused": engine.id_reused,
            "opportunities": plays, "withdrawn": withdrawn, "revisions": engine.collected.revisions,
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
        (engine.repeated, "repeated events ignored"),
        (engine.id_reused, "event ids reused with other content"),
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
        counted(engine.collected.revisions, "revision", "revisions")
    ));
}

/// A count and what it is made of, if anything.
fn listed(count: String, parts: &[String]) -> String {
    if parts.is_empty() { count } else { format!("{count}: {}", parts.join(", ")) }
}
