//! Three brokers, each a process that may be killed, stopped and started again, and an eye on who leads what.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::link::{Link, Unlinked};
use crate::process::Process;
use crate::service::repository;
use crate::wait;

/// How many brokers there are.
pub const BROKERS: usize = 3;
/// The listeners that have a proxy before them, each for half of the instances.
pub const SIDES: usize = 2;

/// After so long the others know that a broker is gone, or has come back (`broker.session.timeout.ms`, and a little).
const NOTICED: Duration = Duration::from_secs(5);

/// The partitions of the internal topics, as `xtask/cluster` says.
const INTERNAL_PARTITIONS: i32 = 4;

/// Three brokers.
pub struct Cluster {
    /// Where they listen for whoever is not to be disturbed.
    pub bootstrap: String,
    folder: PathBuf,
    brokers: Vec<Option<Process>>,
    links: Vec<Link>,
    view: Arc<Mutex<View>>,
    /// What was seen before is of another time.
    since: Instant,
}

/// What a broker said of all topics.
#[derive(Clone, Default)]
struct View {
    at: Option<Instant>,
    /// By topic and partition: who leads, and how many have all that is acknowledged.
    led: BTreeMap<(String, i32), (i32, usize)>,
    alive: usize,
}

impl Cluster {
    /// Starts all three with everything under a folder, and waits until they answer.
    ///
    /// # Panics
    /// Where they don't.
    pub fn start(folder: &Path) -> Cluster {
        let unlinked: Vec<Unlinked> = (0..BROKERS * SIDES).map(|_| Unlinked::take()).collect();
        let told = unlinked.iter().map(|link| link.port().to_string());
        let output = Command::new(script()).arg("lay").arg(folder).args(told).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let ports: Vec<Vec<u16>> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| {
                line.trim_start_matches("broker=").split(' ').map(|port| port.parse().unwrap()).collect()
            })
            .collect();
        let behind = ports.iter().flat_map(|ports| &ports[1..]);
        let links = unlinked.into_iter().zip(behind).map(|(link, port)| link.to(*port)).collect();
        let own: Vec<String> = ports.iter().map(|ports| format!("127.0.0.1:{}", ports[0])).collect();
        let mut cluster = Cluster {
            bootstrap: own.join(","),
            folder: folder.to_owned(),
            brokers: (0..BROKERS).map(|_| None).collect(),
            links,
            view: Arc::default(),
            since: Instant::now(),
        };
        (0..BROKERS).for_each(|broker| cluster.raise(broker));
        cluster.watch();
        wait::until(|| cluster.is_whole().then_some(())).expect("three brokers answer");
        cluster
    }

    /// Where instances of a side find the brokers.
    pub fn bootstrap_by(&self, side: usize) -> String {
        let ports = (0..BROKERS).map(|broker| format!("127.0.0.1:{}", self.link(broker, side).port));
        ports.collect::<Vec<_>>().join(",")
    }

    /// The way of a side to a broker.
    pub fn link(&self, broker: usize, side: usize) -> &Link {
        &self.links[broker * SIDES + side]
    }

    /// Starts a broker that does not run.
    ///
    /// # Panics
    /// Where that can't be.
    pub fn raise(&mut self, broker: usize) {
        let number = (broker + 1).to_string();
        let args: Vec<OsString> = vec!["broker".into(), self.folder.clone().into(), number.into()];
        // Kafka writes files of its own.
        let unsaid = File::create("/dev/null").unwrap();
        self.brokers[broker] = Some(Process::start_with_log(script().as_os_str(), &args, unsaid));
        self.since = Instant::now();
    }

    /// Kills a broker, as `kill -9` does.
    pub fn kill(&mut self, broker: usize) {
        if let Some(process) = self.brokers[broker].take() {
            process.kill();
        }
        self.since = Instant::now();
    }

    /// Brokers that ended though nobody told them to; each is started again.
    pub fn raise_fallen(&mut self) -> usize {
        let ended = |process: &mut Option<Process>| process.as_mut().is_some_and(Process::has_ended);
        let fallen: Vec<usize> = (0..BROKERS).filter(|broker| ended(&mut self.brokers[*broker])).collect();
        fallen.iter().for_each(|broker| self.raise(*broker));
        fallen.len()
    }

    /// Stops a broker in the middle of whatever it does.
    pub fn pause(&mut self, broker: usize) {
        if let Some(process) = &self.brokers[broker] {
            process.pause();
        }
        self.since = Instant::now();
    }

    /// Lets a broker go on, as if no time had passed.
    pub fn resume(&mut self, broker: usize) {
        if let Some(process) = &self.brokers[broker] {
            process.resume();
        }
        self.since = Instant::now();
    }

    /// Whether every partition was last seen, since a broker was touched, with three that have everything.
    pub fn is_whole(&self) -> bool {
        let view = self.view();
        let whole = |(leader, level): &(i32, usize)| *leader >= 0 && *level == BROKERS;
        view.at.is_some_and(|at| at > self.since + NOTICED)
            && view.alive == BROKERS
            && view.led.values().all(whole)
    }

    /// Who leads a partition.
    pub fn leader(&self, topic: &str, partition: i32) -> Option<usize> {
        let (leader, _) = *self.view().led.get(&(topic.to_owned(), partition))?;
        usize::try_from(leader - 1).ok()
    }

    /// Who coordinates a group, or the transactions of an id.
    pub fn coordinator(&self, topic: &str, id: &str) -> Option<usize> {
        // As Java's `String.hashCode`, of which Kafka takes away the sign.
        let hash = id.bytes().fold(0_i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(i32::from(byte)));
        self.leader(topic, (hash & i32::MAX) % INTERNAL_PARTITIONS)
    }

    fn view(&self) -> View {
        self.view.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks again and again on a thread of its own: an answer may take seconds.
    fn watch(&self) {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap).set("log_level", "0");
        let client: BaseConsumer = config.create().unwrap();
        let shared = Arc::downgrade(&self.view);
        thread::spawn(move || {
            while let Some(view) = shared.upgrade() {
                let asked = Instant::now();
                let Ok(metadata) = client.fetch_metadata(None, Duration::from_secs(3)) else { continue };
                let partitions = metadata.topics().iter().flat_map(|topic| {
                    let led = |partition: &rdkafka::metadata::MetadataPartition| {
                        let key = (topic.name().to_owned(), partition.id());
                        (key, (partition.leader(), partition.isr().len()))
                    };
                    topic.partitions().iter().map(led).collect::<Vec<_>>()
                });
                let seen =
                    View { at: Some(asked), led: partitions.collect(), alive: metadata.brokers().len() };
                *view.lock().unwrap_or_else(PoisonError::into_inner) = seen;
                drop(view);
                thread::sleep(Duration::from_millis(300));
            }
        });
    }
}

fn script() -> PathBuf {
    repository().join("xtask/cluster")
}
