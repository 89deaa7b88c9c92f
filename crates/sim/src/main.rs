//! Plays seeds, in parallel; says which failed, and how little it takes to fail.
//!
//! ```text
//! sim [--seeds N] [--from SEED] [--threads N] [--bug NAME | --bugs] [--trace]
//! ```

use std::process::ExitCode;
use std::sync::Mutex;

use springtide_sim::bug::{self, Bug};
use springtide_sim::seeds::first;
use springtide_sim::shrink::shrunk;
use springtide_sim::stage::hush;
use springtide_sim::world::{Outcome, Scenario, run};

struct Asked {
    seeds: u64,
    from: u64,
    threads: usize,
    bug: Option<Bug>,
    bugs: bool,
    trace: bool,
}

fn asked() -> Result<Asked, String> {
    let mut asked = Asked { seeds: 100, from: 1, threads: 2, bug: None, bugs: false, trace: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("{text} is no number"));
        match word.as_str() {
            "--seeds" => asked.seeds = number(value()?)?,
            "--from" => asked.from = number(value()?)?,
            "--threads" => asked.threads = usize::try_from(number(value()?)?).unwrap_or(1).max(1),
            "--bug" => {
                let name = value()?;
                let known = bug::ALL.into_iter().chain(bug::ABSORBED).find(|bug| format!("{bug:?}") == name);
                asked.bug =
                    Some(known.ok_or_else(|| format!("no mistake {name}; there are {:?}", bug::ALL))?);
            }
            "--bugs" => asked.bugs = true,
            "--trace" => asked.trace = true,
            _ => {
                return Err(format!(
                    "what is {word}? sim [--seeds N] [--from SEED] [--threads N] [--bug NAME | --bugs] [--trace]"
                ));
            }
        }
    }
    Ok(asked)
}

/// What was played, together.
#[derive(Default)]
struct Sum {
    played: u64,
    turns: u64,
    faults: u64,
    facts: u64,
    revisions: u64,
    standing: u64,
}

impl Sum {
    fn add(&mut self, outcome: &Outcome) {
        self.played += 1;
        self.turns += outcome.turns;
        self.faults += outcome.faults;
        self.facts += outcome.facts;
        self.revisions += outcome.revisions;
        self.standing += outcome.standing;
    }
}

/// Plays seeds until one fails; the least that did.
fn play(asked: &Asked, bug: Option<Bug>, sum: &Mutex<Sum>) -> Option<(u64, String)> {
    let failed = |outcome: &Outcome| {
        if let Ok(mut sum) = sum.lock() {
            sum.add(outcome);
        }
        outcome.fault.is_some()
    };
    let found = first(asked.from..asked.from + asked.seeds, asked.threads, bug, failed);
    found.and_then(|(seed, outcome)| Some((seed, outcome.fault?)))
}

fn tell(seed: u64, fault: &str, asked: &Asked) {
    println!("seed {seed} fails: {fault}");
    let (scenario, fault) = shrunk(Scenario::of(seed, asked.bug), fault.to_owned());
    println!("so do {} records with these faults: {fault}", scenario.records.len());
    scenario.plan.iter().for_each(|(at, fault)| println!("{at:>11} {fault:?}"));
    if asked.trace {
        let kept = Scenario { keep_trace: true, ..scenario };
        run(&kept).words.iter().for_each(|line| println!("{line}"));
    }
}

/// How many seeds it takes to find each mistake.
fn find_all(asked: &Asked) -> ExitCode {
    let mut missed = 0;
    for bug in bug::ALL {
        match play(asked, Some(bug), &Mutex::default()) {
            Some((seed, fault)) => {
                let fault: String = fault.chars().take(110).collect();
                println!("{:<26} {:>4} seeds  {fault}", format!("{bug:?}"), seed - asked.from + 1);
            }
            None => {
                missed += 1;
                println!("{:<26} not found in {} seeds", format!("{bug:?}"), asked.seeds);
            }
        }
    }
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn main() -> ExitCode {
    hush();
    let asked = match asked() {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    if asked.bugs {
        return find_all(&asked);
    }
    let sum = Mutex::new(Sum::default());
    let failed = play(&asked, asked.bug, &sum);
    if let Ok(sum) = sum.lock() {
        println!(
            "{} seeds: {} turns, {} faults, {} records, {} revisions, {} opportunities standing",
            sum.played, sum.turns, sum.faults, sum.facts, sum.revisions, sum.standing
        );
    }
    match failed {
        Some((seed, fault)) => {
            tell(seed, &fault, &asked);
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    }
}
