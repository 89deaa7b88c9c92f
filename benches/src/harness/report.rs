//! The table on the terminal, and the page, the numbers and the chart on disk.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Plan;
use super::chart::{self, Bar};
use super::contender::Contender;
use super::machine::Machine;
use super::results::{Figure, Results, Runner, Scenario, Target};
use crate::load::Failure;

/// The table of figures, as Markdown.
pub fn table(figures: &[Figure], judged: bool) -> String {
    let mut text = "| figure | target | measured | reached |\n|---|---|---|---|\n".to_owned();
    for figure in figures {
        let target = match figure.target {
            Target::AtLeast(least) => format!("≥ {least}{}", figure.unit),
            Target::AtMost(most) => format!("≤ {most}{}", figure.unit),
            Target::None => "–".to_owned(),
        };
        let measured =
            figure.measured.map_or("not measured".to_owned(), |value| format!("{value:.2}{}", figure.unit));
        let reached = match figure.reached() {
            _ if !judged => "not judged",
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "–",
        };
        line(&mut text, format_args!("| {} | {target} | {measured} | {reached} |", figure.name));
    }
    text
}

/// Writes `DATE-CORES.md`, `.json` and `.svg` into a folder; returns the first.
///
/// # Errors
/// Where they can't be written.
pub fn write(out: &Path, plan: &Plan, machine: &Machine, results: &Results) -> Result<PathBuf, Failure> {
    fs::create_dir_all(out)?;
    let name = format!("{}-{}-cores{}", machine.date, machine.cores, if plan.short { "-short" } else { "" });
    let figures = results.figures(plan.commit_interval_ms);
    let page = out.join(format!("{name}.md"));
    fs::write(&page, markdown(&name, plan, machine, results, &figures))?;
    fs::write(
        out.join(format!("{name}.json")),
        format!("{:#}\n", numbers(plan, machine, results, &figures)),
    )?;
    fs::write(out.join(format!("{name}.svg")), drawn(results))?;
    Ok(page)
}

fn markdown(name: &str, plan: &Plan, machine: &Machine, results: &Results, figures: &[Figure]) -> String {
    let mut text = format!("# Side by side, {}, {} cores\n\n", machine.date, machine.cores);
    if plan.short {
        text.push_str(
            "The short form: it shows that everything runs and agrees, and says nothing of speed.\n\n",
        );
    }
    text.push_str(&table(figures, !plan.short));
    line(&mut text, format_args!("\n![CPU seconds per million events]({name}.svg)\n"));
    text.push_str("## Runs\n\nCPU seconds of the whole process from start to end.\n\n");
    text.push_str(&runs(results));
    text.push_str(&others(results));
    list(&mut text, "Agreement", &results.agreed);
    list(&mut text, "Failed", &results.failed);
    list(&mut text, "Left out", &results.skipped);
    let facts: Vec<String> = plan
        .facts()
        .into_iter()
        .chain(machine.facts.clone())
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    list(&mut text, "Parameters and versions", &facts);
    text
}

fn runs(results: &Results) -> String {
    let mut text = "| load | who | records | CPU s | CPU s per million | peak MiB | wall s | openings |\n\
                    |---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for run in &results.runs {
        let openings = run.openings.map_or("–".to_owned(), |openings| openings.to_string());
        line(
            &mut text,
            format_args!(
                "| {} | {} | {} | {:.2} | {:.2} | {} | {:.1} | {openings} |",
                run.scenario.name(),
                run.runner.name(),
                run.records,
                run.cpu_s,
                run.cpu_s_per_million(),
                run.peak_bytes >> 20,
                run.wall_s,
            ),
        );
    }
    text
}

fn others(results: &Results) -> String {
    let mut text = String::new();
    if !results.latency.is_empty() {
        text.push_str("\n## Produce → visible to `read_committed`\n\n");
        text.push_str(
            "| who | revisions | p50 ms | p99 ms | most ms | of a core |\n|---|---|---|---|---|---|\n",
        );
    }
    for (who, latency) in &results.latency {
        let (p50, p99, most) = (latency.p50_ms, latency.p99_ms, latency.most_ms);
        let (name, count, share) = (who.name(), latency.revisions, latency.core_share * 100.0);
        line(
            &mut text,
            format_args!("| {name} | {count} | {p50:.0} | {p99:.0} | {most:.0} | {share:.0} % |"),
        );
    }
    if !results.restore.is_empty() {
        text.push_str("\n## Restore of a lost disk, and idling after it\n\n");
        text.push_str("| who | records | seconds | records/s | idle, of a core |\n|---|---|---|---|---|\n");
    }
    for (who, back) in &results.restore {
        let (name, records, seconds) = (who.name(), back.records, back.seconds);
        let (rate, idle) = (back.rate(), back.idle_share * 100.0);
        line(&mut text, format_args!("| {name} | {records} | {seconds:.2} | {rate:.0} | {idle:.2} % |"));
    }
    if !results.engine.is_empty() {
        text.push_str("\n## The engine alone, one thread, no Kafka\n\n");
        text.push_str("| rules | events | CPU s | events per CPU s | revisions |\n|---|---|---|---|---|\n");
    }
    for (pack, run) in &results.engine {
        let (events, cpu, rate) = (run.events, run.cpu.as_secs_f64(), run.rate());
        line(&mut text, format_args!("| {pack} | {events} | {cpu:.2} | {rate:.0} | {} |", run.revisions));
    }
    text
}

fn list(text: &mut String, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    line(text, format_args!("\n## {title}\n"));
    for item in items {
        line(text, format_args!("- {}", item.replace('\n', "\n  ")));
    }
}

fn numbers(plan: &Plan, machine: &Machine, results: &Results, figures: &[Figure]) -> Value {
    let figure = |figure: &Figure| {
        let (least, most) = match figure.target {
            Target::AtLeast(least) => (Some(least), None),
            Target::AtMost(most) => (None, Some(most)),
            Target::None => (None, None),
        };
        json!({"figure": figure.name, "at_least": least, "at_most": most, "measured": figure.measured,
            "unit": figure.unit.trim(), "reached": figure.reached().filter(|_| !plan.short)})
    };
    let runs = results.runs.iter().map(|run| {
        json!({"load": run.scenario.name(), "who": run.runner.name(), "records": run.records, "cpu_s": run.cpu_s,
            "cpu_s_per_million": run.cpu_s_per_million(), "peak_bytes": run.peak_bytes, "wall_s": run.wall_s,
            "openings": run.openings})
    });
    let latency = results.latency.iter().map(|(who, latency)| {
        json!({"who": who.name(), "revisions": latency.revisions, "p50_ms": latency.p50_ms,
            "p99_ms": latency.p99_ms, "most_ms": latency.most_ms, "core_share": latency.core_share})
    });
    let restore = results.restore.iter().map(|(who, back)| {
        json!({"who": who.name(), "records": back.records, "seconds": back.seconds, "records_per_s": back.rate(),
            "idle_share": back.idle_share})
    });
    let engine = results.engine.iter().map(|(pack, run)| {
        json!({"rules": pack, "events": run.events, "cpu_s": run.cpu.as_secs_f64(), "events_per_cpu_s": run.rate()})
    });
    let facts = |facts: Vec<(String, String)>| {
        Value::Object(facts.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
    };
    json!({
        "date": machine.date, "short": plan.short, "machine": facts(machine.facts.clone()),
        "parameters": facts(plan.facts()), "figures": figures.iter().map(figure).collect::<Vec<_>>(),
        "runs": runs.collect::<Vec<_>>(), "latency": latency.collect::<Vec<_>>(),
        "restore": restore.collect::<Vec<_>>(), "engine": engine.collect::<Vec<_>>(),
        "agreed": results.agreed, "failed": results.failed, "skipped": results.skipped,
    })
}

fn drawn(results: &Results) -> String {
    let mut seen: Vec<(Scenario, Runner)> = Vec::new();
    for run in &results.runs {
        if !seen.contains(&(run.scenario, run.runner)) {
            seen.push((run.scenario, run.runner));
        }
    }
    let bars = seen.into_iter().filter_map(|(scenario, runner)| {
        let ours =
            matches!(runner, Runner::Contender(Contender::Springtide | Contender::SpringtideDefaultPack));
        let label = format!("{}: {}", scenario.name(), runner.name());
        Some(Bar { label, value: results.cost(scenario, runner)?, ours })
    });
    chart::draw("CPU seconds per million events (less is better)", &bars.collect::<Vec<_>>())
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Memory takes what is written.
    let _written = text.write_fmt(words);
    text.push('\n');
}
