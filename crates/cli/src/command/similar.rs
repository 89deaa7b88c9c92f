//! `springtide similar`: which product each account may want next, by what accounts like it own, as events that a detector
//! reads (SPEC 9.5). A job to be run now and then: the pipeline knows nothing of it.

use std::io::{BufWriter, Write};

use springtide_core::event::{Event, Fact, Topic};
use springtide_core::time::{Millis, day_of, format_rfc3339, start_of};
use springtide_runtime::{similar, wall_clock};
use springtide_schema::event_json;
use springtide_similar::{Seen, Suggested, Table, event};

use super::run::failure;
use crate::args::SimilarArgs;
use crate::config::Config;
use crate::failure::Failure;
use crate::input::Input;
use crate::text::{counted, note};

/// Works it out, of files or of Kafka.
pub fn run(args: &SimilarArgs) -> Result<(), Failure> {
    let (at, suggested) = if args.files.is_empty() { of_kafka(args)? } else { of_files(args)? };
    say_what_was_seen(&suggested.seen, at);
    Ok(())
}

fn of_files(args: &SimilarArgs) -> Result<(Millis, Suggested), Failure> {
    let mut input = Input::new(args.dead_letter.as_deref())?;
    let mut table = Table::new(args.at.unwrap_or(Millis::MAX));
    let mut latest = None;
    input.read(&args.files, &mut |event, _| {
        latest = latest.max(Some(event.at()));
        if let Fact::Profile(profile) = &event.fact {
            table.tell(&event.account, profile);
        }
        Ok(())
    })?;
    if input.counts.bad_total() > 0 {
        note(format_args!("bad  {}", counted(input.counts.bad_total(), "record", "records")));
    }
    if input.counts.events[Topic::AccountProfiles.index()] == 0 {
        let message = "there are no profiles in the input; name a file of account-profiles";
        return Err(Failure::Other(message.to_owned()));
    }
    // There is a record, so there is a latest.
    let at = args.at.or(latest).unwrap_or_default();
    let suggested = table.suggestions(&args.limits.limits());
    print(&suggested, at)?;
    Ok((at, suggested))
}

fn of_kafka(args: &SimilarArgs) -> Result<(Millis, Suggested), Failure> {
    let config = Config::load(args.connection.config.as_deref())?;
    let settings = config.settings(&args.connection, None)?;
    let at = args.at.unwrap_or_else(|| start_of(day_of(wall_clock())));
    let limits = args.limits.limits();
    if args.dry_run {
        let suggested = similar::look(&settings, at, &limits).map_err(failure)?;
        print(&suggested, at)?;
        return Ok((at, suggested));
    }
    let written = similar::write(&settings, at, &limits).map_err(failure)?;
    written.warnings.iter().for_each(|warning| note(format_args!("springtide: {warning}")));
    let events = counted(written.records, "event", "events");
    note(format_args!("wrote {events} to {}", settings.names.of(Topic::BusinessSignals)));
    Ok((at, written.suggested))
}

fn print(suggested: &Suggested, at: Millis) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for (account, best) in &suggested.by_account {
        for suggestion in best {
            writeln!(out, "{}", line(&event(account, suggestion, at))).map_err(Failure::Output)?;
        }
    }
    out.flush().map_err(Failure::Output)
}

/// A line that names its topic, so that it can be read together with any others.
fn line(event: &Event) -> String {
    let json = event_json(event);
    let rest = json.strip_prefix('{').unwrap_or(&json);
    format!("{{\"_topic\":\"{}\",{rest}", event.topic().name())
}

fn say_what_was_seen(seen: &Seen, at: Millis) {
    let of = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    note(format_args!(
        "as of {}: {}, {}; {} told of a product",
        format_rfc3339(at),
        counted(of(seen.accounts), "account", "accounts"),
        counted(of(seen.customers), "of them a customer", "of them customers"),
        of(seen.told)
    ));
    for (count, why) in [
        (seen.withheld, "with too few similar accounts (--min-peers)"),
        (seen.like_all, "whose similar accounts own nothing they lack that much more often than all"),
        (seen.without_industry, "without an industry"),
    ] {
        if count > 0 {
            note(format_args!("not told  {} {why}", counted(of(count), "customer", "customers")));
        }
    }
}
