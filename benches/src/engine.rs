//! What an event costs the engine alone, on one thread, without Kafka: taken in, settled, and the bytes of each
//! commit's state. Events are made beforehand, a batch at a time, and their making is not counted.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use springtide_core::event::{Event, Topic};
use springtide_core::partition::{Deadlines, Erased, Lateness, Partition, Progress};
use springtide_core::rules::Rules;
use springtide_schema::decode_json;
use springtide_store::{PartitionCommit, PartitionMeta};

use crate::cost::thread_cpu;
use crate::flags::Flags;
use crate::load::Failure;
use crate::wire::Wire;
use crate::workload::{Record, Workload};

/// What the command knows.
pub const FLAGS: [&str; 9] =
    ["accounts", "usage", "business", "days", "disorder-ms", "seed", "rules", "rounds", "batch"];

/// Events between two commits.
pub const BATCH: usize = 10_000;

/// What one run came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    /// Events, profiles among them.
    pub events: u64,
    /// CPU time of the engine alone.
    pub cpu: Duration,
    /// Revisions emitted.
    pub revisions: u64,
    /// Bytes of state written.
    pub state_bytes: u64,
}

impl Run {
    /// Events per second of CPU time.
    pub fn rate(&self) -> f64 {
        self.events as f64 / self.cpu.as_secs_f64()
    }
}

/// `bench engine`: both packs, or one, with one or more counts of accounts.
///
/// # Errors
/// Where a flag is no good, or the rules.
pub fn command(flags: &Flags) -> Result<(), Failure> {
    let sizes: Vec<u64> = flags.numbers("accounts", "200000")?;
    let (rounds, batch) = (flags.number("rounds", 1)?, flags.number("batch", BATCH)?);
    let packs = flags.text("rules", "benches/rules,default");
    for pack in packs.split(',') {
        let rules = rules(pack)?;
        for round in 1..=rounds {
            let mut first = None;
            for accounts in &sizes {
                let workload = flags.workload_of(*accounts)?;
                let run = run(&rules, &workload, batch)?;
                let against = *first.get_or_insert(run.rate());
                println!(
                    "rules {pack} round {round} accounts {accounts} events {} cpu_s {:.3} events_per_cpu_s {:.0} \
                     revisions {} state_mib {} cost_to_first {:.2}",
                    run.events,
                    run.cpu.as_secs_f64(),
                    run.rate(),
                    run.revisions,
                    run.state_bytes >> 20,
                    against / run.rate(),
                );
            }
        }
    }
    Ok(())
}

/// A folder of rules, or the default pack by the name `default`.
///
/// # Errors
/// Where they have a mistake.
pub fn rules(pack: &str) -> Result<Arc<Rules>, Failure> {
    let pack = match pack {
        "default" => springtide_rules::default_pack(),
        folder => springtide_rules::load(Path::new(folder))?,
    };
    Ok(Arc::new(pack.rules))
}

/// Takes in a whole workload, a commit every so many events.
///
/// # Errors
/// Where an event is refused.
pub fn run(rules: &Arc<Rules>, workload: &Workload, batch: usize) -> Result<Run, Failure> {
    let mut partition =
        Partition::new(Arc::clone(rules), Progress::new(Lateness::default()), Erased::default());
    // The workload has nothing in these: as read to their end, they hold back nothing.
    for topic in [Topic::EngagementSignals, Topic::OpportunityOutcomes] {
        partition.progress_mut().set_level(topic, true);
    }
    let (mut deadlines, mut run) = (Deadlines::default(), Run::default());
    let mut records = workload.profiles().chain(workload.events());
    loop {
        let events: Vec<Event> =
            records.by_ref().take(batch).map(|record| event(&record)).collect::<Result<_, _>>()?;
        let Some(now) = events.iter().map(Event::at).max() else { return Ok(run) };
        run.events += events.len() as u64;
        let started = thread_cpu();
        for event in events {
            black_box(partition.record(&mut deadlines, event).is_ok());
        }
        let settled = partition.settle(&mut deadlines, now, batch).unwrap_or_default();
        run.revisions += settled.emitted.len() as u64;
        let commit = PartitionCommit {
            accounts: partition.cut(),
            ..PartitionCommit::new(0, PartitionMeta::default())
        };
        let entries = commit.entries()?;
        run.cpu += thread_cpu().saturating_sub(started);
        run.state_bytes += black_box(entries).iter().map(bytes).sum::<u64>();
    }
}

fn bytes(entry: &springtide_store::Entry) -> u64 {
    (entry.key.len() + entry.value.as_ref().map_or(0, Vec::len)) as u64
}

fn event(record: &Record) -> Result<Event, Failure> {
    match decode_json(record.topic, &Wire::Json.value(record)) {
        Ok(decoded) => Ok(decoded.event),
        Err(bad) => Err(format!("the workload makes a bad record: {bad:?}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_counts_and_batches_change_nothing() {
        let workload = Workload { accounts: 200, usage: 20_000, business: 2_000, ..Workload::default() };
        let rules = rules(concat!(env!("CARGO_MANIFEST_DIR"), "/rules")).unwrap();
        let small = run(&rules, &workload, 1_000).unwrap();
        assert_eq!(small.events, 22_200);
        assert!(small.revisions > 10, "{}", small.revisions);
        let openings = run(&rules, &workload, 22_200).unwrap().revisions;
        // What changes twice within a commit is said once.
        assert!(
            openings <= small.revisions && openings * 2 > small.revisions,
            "{openings} {}",
            small.revisions
        );
    }
}
