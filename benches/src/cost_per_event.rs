//! What an event costs the engine alone, on one core, in order: one account with a million events against a
//! thousand accounts with a thousand each, under the default pack, the bytes of each commit's state included.
//!
//! `cargo run --release -p springtide-benches --bin cost-per-event` prints events per second of CPU time and the
//! ratio, which is the figure to quote: both are measured in one run, in turn, three times.

use std::sync::Arc;
use std::time::{Duration, Instant};

use springtide_core::event::{Activity, Event, Fact, Kind, Value};
use springtide_core::meaning::fixtures::profile;
use springtide_core::partition::{Deadlines, Erased, Lateness, Partition, Progress};
use springtide_core::rules::Rules;
use springtide_core::time::{DAY_MS, Millis};
use springtide_store::{PartitionCommit, PartitionMeta};

const EVENTS: u64 = 1_000_000;
const DAYS: i64 = 60;
const BATCH: u64 = 1_000;
const ROUNDS: usize = 3;

fn main() {
    let rules = Arc::new(springtide_rules::default_pack().rules);
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let many = run(&rules, 1_000);
        let one = run(&rules, 1);
        let ratio = one.as_secs_f64() / many.as_secs_f64();
        println!("round {round}: 1,000 accounts {}, 1 account {}, ratio {ratio:.2}", rate(many), rate(one));
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio of one account to a thousand: {:.2}", ratios[ROUNDS / 2]);
}

fn rate(took: Duration) -> String {
    format!("{:.0} events/s", EVENTS as f64 / took.as_secs_f64())
}

/// Time for all events, their making included for both.
fn run(rules: &Arc<Rules>, accounts: u64) -> Duration {
    let mut partition =
        Partition::new(Arc::clone(rules), Progress::new(Lateness::default()), Erased::default());
    let mut deadlines = Deadlines::default();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let started = Instant::now();
    for account in 0..accounts {
        let fact = Fact::Profile(Arc::new(profile(0)));
        take(&mut partition, &mut deadlines, account, fact);
    }
    for number in 0..EVENTS {
        let at = (number as i128 * (DAYS * DAY_MS) as i128 / EVENTS as i128) as Millis;
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let fact = Fact::Activity(Arc::new(activity(number, at, random >> 33)));
        take(&mut partition, &mut deadlines, number % accounts, fact);
        if number % BATCH == BATCH - 1 {
            let settled = partition.settle(&mut deadlines, at, usize::MAX);
            std::hint::black_box(settled.map(|settled| settled.emitted.len()).unwrap_or_default());
            encode(&mut partition);
        }
    }
    started.elapsed()
}

/// What a commit would write, as bytes.
fn encode(partition: &mut Partition) {
    let accounts = partition.cut();
    let commit = PartitionCommit { accounts, ..PartitionCommit::new(0, PartitionMeta::default()) };
    std::hint::black_box(commit.entries().map(|entries| entries.len()).unwrap_or_default());
}

fn take(partition: &mut Partition, deadlines: &mut Deadlines, account: u64, fact: Fact) {
    let event = Event { account: format!("account-{account}").into(), fact };
    let verdict = partition.record(deadlines, event);
    std::hint::black_box(verdict.is_ok());
}

/// 40 % seats, 40 % user activity, 15 % invitations, 5 % meters, and now and then a job.
fn activity(number: u64, at: Millis, random: u64) -> Activity {
    let text = |prefix: &str, of: u64| Value::Text(format!("{prefix}{}", (random >> 8) % of).into());
    let count = |least: u64, most: u64| Value::Number((least + (random >> 8) % (most - least)) as f64);
    let (kind, values) = match random % 200 {
        0..80 => (Kind::SeatSnapshot, vec![count(30, 100), Value::Number(100.0)]),
        80..160 => (Kind::UserActivity, vec![text("user-", 50)]),
        160..190 => (Kind::UserInvited, vec![text("guest-", 500)]),
        190..199 => {
            (Kind::MeterReading, vec![Value::Text("calls".into()), count(100, 950), Value::Number(1_000.0)])
        }
        _ => (
            Kind::JobPosted,
            vec![text("job-", 1_000), Value::Text("Engineer".into()), Value::Text("sales".into())],
        ),
    };
    Activity { at, id: format!("e{number}").into(), kind, values: values.into() }
}
