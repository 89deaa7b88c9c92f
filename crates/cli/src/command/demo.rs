//! `springtide demo`: all of it on one machine with nothing installed.
//!
//! Generated input goes, in event-time order, to a broker inside the process; the pipeline of `run` reads it; its
//! opportunities are read back and printed as they come.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use springtide_core::time::{DAY_MS, day_of, format_date, parse_rfc3339, start_of};
use springtide_generate::{Settings as World, generate};
use springtide_runtime::demo::{Feeder, MockBroker, follow as read};
use springtide_runtime::{Control, Metrics, Rulebook, Settings, Summary, wall_clock};
use springtide_store::{Identity, RocksSettings, RocksStore, Store};

use super::check;
use super::run::{failure, summarized};
use crate::args::DemoArgs;
use crate::failure::Failure;
use crate::text::{grouped, say};

const PARTITIONS: i32 = 4;
/// How far the producer may run ahead of the pipeline, in records: near enough that the opportunities come in the
/// order in which they would have come.
const AHEAD_RECORDS: u64 = 20_000;

/// What the demo shows of an opportunity.
#[derive(Deserialize)]
struct Shown {
    opportunity_id: String,
    revision: u32,
    status: String,
    account_name: String,
    play: String,
    headline: String,
    score: f64,
    opened_at: String,
    act_by: String,
    urgency: String,
    yearly_value: f64,
    currency: String,
    route: Route,
    evidence: Vec<Evidence>,
}

#[derive(Deserialize)]
struct Route {
    role: String,
    owner: Option<String>,
}

#[derive(Deserialize)]
struct Evidence {
    detector: String,
    summary: String,
}

/// Runs the demo.
pub fn run(args: &DemoArgs) -> Result<(), Failure> {
    let pack = check::rules(args.rules.as_deref())?;
    let dir = tempfile::tempdir()
        .map_err(|error| Failure::Other(format!("can't make a temporary folder: {error}")))?;
    let mut settings = Settings::new("", "springtide-demo");
    let broker = MockBroker::start(&mut settings, PARTITIONS).map_err(failure)?;
    let identity = Identity::new(pack.history.clone(), settings.application_id.clone());
    let store = RocksStore::open(dir.path(), &identity, &RocksSettings::default());
    let store: Arc<dyn Store> = Arc::new(store.map_err(|error| Failure::Other(error.to_string()))?);
    let world = World::new(
        args.seed,
        args.accounts,
        args.days,
        start_of(day_of(wall_clock())) - i64::from(args.days) * DAY_MS,
    );
    say(&format!(
        "Springtide demo: {} accounts over {} days, through the pipeline of `run`.\n\
         The broker is librdkafka's mock inside this process: nothing is durable, and transactions are accepted, \
         not performed.\n",
        args.accounts, args.days
    ))?;
    let started = Instant::now();
    let (summary, shown) = together(&settings, &broker, Arc::new(pack.rules), store, &world)?;
    conclude(&summary, &shown, started.elapsed())
}

/// Producer, pipeline and reader at once.
fn together(
    settings: &Settings,
    broker: &MockBroker,
    rules: Arc<springtide_core::rules::Rules>,
    store: Arc<dyn Store>,
    world: &World,
) -> Result<(Summary, BTreeMap<String, Shown>), Failure> {
    let (control, done) = (Control::default(), AtomicBool::new(false));
    let metrics = Metrics::new().map_err(|error| Failure::Other(error.to_string()))?;
    let bootstrap = broker.bootstrap_servers();
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut shown = BTreeMap::new();
            read(&bootstrap, &settings.names.opportunities, &done, &mut |value| show(value, &mut shown))
                .map(|()| shown)
        });
        let worker = scope.spawn(|| {
            let ended = springtide_runtime::run(settings, Rulebook::fixed(rules), store, &control, &metrics);
            // Whatever ended it, the producer must not wait for it any longer.
            control.stop();
            ended
        });
        let fed = feed(&bootstrap, settings, world, &control);
        if fed.is_err() {
            control.stop()
        } else {
            control.drain()
        }
        let ended = worker.join();
        done.store(true, Ordering::SeqCst);
        let shown = reader.join();
        fed?;
        let broken = || {
            Failure::Other("a thread of the demo ended by a fault of its own; please report it".to_owned())
        };
        let summary = ended.map_err(|_| broken())?.map_err(failure)?;
        Ok((summary, shown.map_err(|_| broken())?.map_err(failure)?))
    })
}

fn feed(bootstrap: &str, settings: &Settings, world: &World, control: &Control) -> Result<(), Failure> {
    let feeder = Feeder::connect(bootstrap).map_err(failure)?;
    for (sent, (topic, line)) in generate(world).enumerate() {
        if sent % 1_000 == 0 {
            while sent as u64 > control.records() + AHEAD_RECORDS && !control.stopping() {
                thread::sleep(Duration::from_millis(5));
            }
        }
        let account = springtide_schema::decode_json(topic, line.as_bytes());
        let account =
            account.map_err(|bad| Failure::Other(format!("generated a bad record: {bad}")))?.event.account;
        feeder.send(settings.names.of(topic), &account, &line).map_err(failure)?;
    }
    feeder.flush().map_err(failure)
}

fn show(value: &[u8], shown: &mut BTreeMap<String, Shown>) {
    let Ok(opportunity) = serde_json::from_slice::<Shown>(value) else {
        return;
    };
    let text = match (opportunity.status.as_str(), opportunity.revision) {
        ("open", 1) => opened(&opportunity),
        ("open", _) => String::new(),
        _ => format!("\n  taken back: {} for {}\n", opportunity.play, opportunity.account_name),
    };
    // A closed pipe ends the demo at its conclusion; the reader need not.
    let _ = say(&text);
    shown.insert(opportunity.opportunity_id.clone(), opportunity);
}

fn opened(opportunity: &Shown) -> String {
    let day = |time: &str| parse_rfc3339(time).map_or_else(String::new, format_date);
    let why: Vec<String> =
        opportunity.evidence.iter().map(|e| format!("      · {} ({})\n", e.summary, e.detector)).collect();
    let owner = opportunity.route.owner.as_deref().unwrap_or("nobody named");
    format!(
        "\n{}  score {:.1}  {} urgency\n    {}\n{}      act by {}; {} ({owner}); {} {} a year\n",
        day(&opportunity.opened_at),
        opportunity.score,
        opportunity.urgency,
        opportunity.headline,
        why.concat(),
        day(&opportunity.act_by),
        opportunity.route.role.replace('_', " "),
        opportunity.currency,
        grouped(opportunity.yearly_value.max(0.0).round() as u64),
    )
}

fn conclude(summary: &Summary, shown: &BTreeMap<String, Shown>, took: Duration) -> Result<(), Failure> {
    let mut plays: BTreeMap<&str, u64> = BTreeMap::new();
    let open = || shown.values().filter(|opportunity| opportunity.status == "open");
    open().for_each(|opportunity| *plays.entry(&opportunity.play).or_default() += 1);
    let accounts: std::collections::BTreeSet<&str> = open().map(|o| o.account_name.as_str()).collect();
    let plays: Vec<String> = plays.iter().map(|(play, count)| format!("{count} {play}")).collect();
    say(&format!(
        "\n{}\n{} opportunities stand, at {} accounts: {}\nin {:.1} s; transactions were accepted by the mock broker, \
         not performed\n",
        summarized(summary),
        open().count(),
        accounts.len(),
        plays.join(", "),
        took.as_secs_f64(),
    ))
}
