//! `springtide generate`: realistic input, the same for the same seed.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use springtide_core::event::Topic;
use springtide_core::time::Millis;
use springtide_generate::{Settings, generate};

use crate::args::GenerateArgs;
use crate::failure::Failure;
use crate::input::file_error;
use crate::progress;
use crate::text::{counted, grouped, note};

/// 1900-01-01 and 9900-01-01: a customer's dates reach years beyond the days that are generated, and RFC 3339 has
/// four digits for a year.
const EARLIEST: Millis = -2_208_988_800_000;
const LATEST: Millis = 250_246_627_200_000;

/// Writes the records.
pub fn run(args: &GenerateArgs) -> Result<(), Failure> {
    let settings = Settings {
        activity: args.activity,
        disorder: args.disorder,
        outcomes: args.outcomes,
        ..Settings::new(args.seed, args.accounts, args.days, args.start)
    };
    if settings.first_instant() < EARLIEST || settings.end() > LATEST {
        let message = "--start and --days: the days must lie between the years 1900 and 9900";
        return Err(Failure::Usage(message.to_owned()));
    }
    match &args.out {
        Some(dir) => to_folder(&settings, dir),
        None => to_stdout(&settings),
    }
}

fn to_folder(settings: &Settings, dir: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(dir).map_err(|error| file_error(dir, &error))?;
    let mut files: Vec<(PathBuf, BufWriter<File>)> = Vec::new();
    for topic in Topic::ALL {
        let path = dir.join(format!("{}.jsonl", topic.name()));
        let file = File::create(&path).map_err(|error| file_error(&path, &error))?;
        files.push((path, BufWriter::new(file)));
    }
    let bar = progress::bytes(None, "generating");
    let mut counts = [0_u64; 5];
    for (topic, line) in generate(settings) {
        let (path, file) = &mut files[topic.index()];
        writeln!(file, "{line}").map_err(|error| file_error(path, &error))?;
        counts[topic.index()] += 1;
        bar.inc(line.len() as u64 + 1);
    }
    for (path, file) in &mut files {
        file.flush().map_err(|error| file_error(path, &error))?;
    }
    bar.finish_and_clear();
    let topics: Vec<String> = Topic::ALL
        .iter()
        .map(|topic| format!("{} {}", grouped(counts[topic.index()]), topic.name()))
        .collect();
    let total = counted(counts.iter().sum(), "event", "events");
    note(format_args!("wrote {total} to {}: {}", dir.display(), topics.join(", ")));
    Ok(())
}

fn to_stdout(settings: &Settings) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for (topic, line) in generate(settings) {
        // A record is an object: its first brace makes room for the topic.
        let rest = line.strip_prefix('{').unwrap_or(&line);
        writeln!(out, "{{\"_topic\":\"{}\",{rest}", topic.name()).map_err(Failure::Output)?;
    }
    out.flush().map_err(Failure::Output)
}
