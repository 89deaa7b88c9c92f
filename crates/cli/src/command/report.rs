//! `springtide report`: what became of opportunities and revenue, from the same files and by the same engine as `replay`.

mod text;

use std::sync::Arc;

use springtide_core::event::{Event, Fact};
use springtide_core::meaning::opportunity::Opportunity;
use springtide_core::time::{Millis, format_rfc3339};
use springtide_report::{Reporter, Scope, csv, months_after, rows, year_up_to};

use super::check;
use crate::args::ReportArgs;
use crate::failure::Failure;
use crate::input::Input;
use crate::replay::{Sink, Sorter, replay_sorted};
use crate::text::{counted, note, say};

/// Feeds a reporter what the engine takes in, which is in order, and what comes out.
struct Fed(Reporter);

impl Sink for Fed {
    fn event(&mut self, event: &Event) {
        self.0.settle(event.at());
        match &event.fact {
            // Events come in order, so none is older than the instant just settled.
            Fact::Profile(profile) => drop(self.0.profile(&event.account, profile)),
            Fact::Outcome(outcome) => self.0.outcome(&event.account, outcome),
            Fact::Activity(_) => {}
        }
    }

    fn take(&mut self, opportunity: &Opportunity) -> Result<(), Failure> {
        self.0.opportunity(opportunity);
        Ok(())
    }
}

/// Reports on the files.
pub fn run(args: &ReportArgs) -> Result<(), Failure> {
    // What can be said of the flags alone is said before an hour of work.
    if let (Some(from), Some(to)) = (args.from, args.to) {
        check_period(from, to)?;
    }
    let rules = Arc::new(check::rules(args.input.rules.as_deref())?.rules);
    let mut input = Input::new(args.input.dead_letter.as_deref())?;
    let mut sorter = Sorter::default();
    input.read(&args.input.files, &mut |event, _| sorter.take(event))?;
    if input.counts.bad_total() > 0 {
        note(format_args!("bad  {}", counted(input.counts.bad_total(), "record", "records")));
    }
    let scope = scope(args, sorter.latest)?;
    let fed = Fed(Reporter::new(rules.plays.iter().map(|play| (&*play.name, play.motion))));
    let engine = replay_sorted(Arc::clone(&rules), sorter, args.input.until, fed)?;
    let report = engine.collected.0.report(&scope);
    let said = match (args.json, args.csv) {
        (true, _) => json(&report)?,
        (_, true) => csv(&rows(&report)),
        _ => text::page(&report),
    };
    say(&said)
}

fn json(report: &springtide_report::Report) -> Result<String, Failure> {
    let text = serde_json::to_string(report).map_err(|error| Failure::Other(error.to_string()))?;
    Ok(format!("{text}\n"))
}

fn scope(args: &ReportArgs, latest: Option<Millis>) -> Result<Scope, Failure> {
    let Some(latest) = args.input.until.or(latest) else {
        return Err(Failure::Other("there are no events in the input, so nothing to report on".to_owned()));
    };
    let to = args.to.unwrap_or_else(|| year_up_to(latest).1);
    let from = args.from.unwrap_or_else(|| months_after(to, -12));
    check_period(from, to)?;
    Ok(Scope { from, to, segments: args.segment.clone() })
}

fn check_period(from: Millis, to: Millis) -> Result<(), Failure> {
    if from < to {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the period is empty: --from {} is not before its end, {}; give an earlier --from or a later --to",
        format_rfc3339(from),
        format_rfc3339(to)
    )))
}
