//! Where it burns: one loop that draws faults, begins them, ends them, and looks after everybody.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use springtide_core::time::format_rfc3339;
use springtide_runtime::pipeline::wall_clock;
use tempfile::TempDir;

use super::cluster::{BROKERS, Cluster, SIDES};
use super::feed::Feed;
use super::feeder::{AVRO, Feeder};
use super::instances::{Instances, NAMED, ON_SMALL_DISK, Then};
use super::link::Weather;
use super::plan::{Deck, Kind};
use super::states::States;
use super::verdict::{Verdict, judge};
use super::{Asked, Report};
use crate::data::Data;
use crate::opportunities::Opportunities;
use crate::pipeline::Pipeline;
use crate::process::Process;
use crate::program::springtide;
use crate::proxy::Proxy;
use crate::random::Random;
use crate::records::Record;

const NAME: &str = "fire";
const PARTITIONS: i32 = 8;
/// Events a second, about; as many seconds of them come from each account.
const RATE: u64 = 900;
const EVENTS_OF_AN_ACCOUNT: u64 = 185;
/// The group's session: who stands still for longer loses its partitions.
const SESSION: Duration = Duration::from_millis(3_000);
/// From fault to fault, in milliseconds, at least and at most.
const GAP_MS: [usize; 2] = [300, 2_200];
/// After so many of them there is a pause, in milliseconds: else the group never settles, and little is processed.
const BURST: u32 = 6;
const PAUSE_MS: [usize; 2] = [5_000, 10_000];
/// For the end of everything that is left to process.
const TO_CATCH_UP: Duration = Duration::from_secs(300);
const TICK: Duration = Duration::from_millis(20);

/// What is done when its time comes.
#[derive(Clone, Copy, Debug)]
enum Deed {
    RaiseBroker(usize),
    ResumeBroker(usize),
    Calm(usize, usize),
    RegistryBack,
}

struct Scene<'p> {
    random: Random,
    deck: Deck,
    cluster: Cluster,
    instances: Instances<'p>,
    /// Until all is written.
    feeder: Option<Feeder>,
    registry: Proxy,
    due: Vec<(Instant, Deed)>,
    /// By broker and side.
    weather: BTreeMap<(usize, usize), Weather>,
    registry_away: bool,
    faults: BTreeMap<Kind, u32>,
    complaints: Vec<String>,
    began: Instant,
}

/// Plays a seed.
///
/// # Panics
/// Where brokers, registry or producers can't be had: without them nothing can be said.
pub fn play(asked: Asked) -> Report {
    // Kept until it is known that all went well.
    let root = tempfile::Builder::new().prefix("springtide-fire-").tempdir().unwrap().keep();
    let cluster = Cluster::start(&root.join("brokers"));
    let home = TempDir::new_in(&root).unwrap();
    let pipeline = Pipeline::in_folder(NAME, home, &cluster.bootstrap, &cluster.bootstrap);
    configure(&pipeline);
    pipeline.topics(&[&format!("--partitions={PARTITIONS}"), "--replication-factor=3"]).well();
    let accounts = (asked.seconds * RATE / EVENTS_OF_AN_ACCOUNT).max(150);
    let accounts = format!("--accounts={accounts}");
    let home = TempDir::new_in(&root).unwrap();
    let data = Data::generated_in(home, asked.seed, &[&accounts, "--activity=0.02", "--disorder"]);
    let packs = packs(&pipeline);
    let expected = packs.each_ref().map(|pack| data.replayed_by(&["--rules".into(), pack.into()]));
    let Feed { records, again, erased } = Feed::new(data.steady_records(asked.seed), asked.seed);
    let expected = expected.map(|pack| pack.without(&erased));
    let flags = flags(&data);
    let mut scene = Scene::set(asked, cluster, &pipeline, &flags, records, packs, root.join("logs"));
    scene.burn(Duration::from_secs(asked.seconds));
    let mut report = Report { again, erased: erased.len(), ..scene.end(asked, &pipeline) };
    come_back_elsewhere(&pipeline, scene.instances.flags().to_vec(), &mut report);
    compare_states(&pipeline, &scene.instances, &erased, &mut report);
    compare(&pipeline, &expected, &erased, &mut report);
    drop(scene);
    if report.is_clean() {
        drop((pipeline, data));
        // What is left of it is nobody's.
        let _ = fs::remove_dir_all(&root);
    } else {
        // Topics, state and events stay for whoever looks for the reason.
        std::mem::forget((pipeline, data));
        report.logs = Some(root);
    }
    report
}

fn configure(pipeline: &Pipeline) {
    pipeline.set("commit_interval", "\"100ms\"");
    pipeline.set("write_buffer_mib", 4);
    pipeline.set("standby_replicas", 1);
}

/// The default rules, and the same with other guides and another share of each part in the score.
fn packs(pipeline: &Pipeline) -> [PathBuf; 2] {
    let packs = ["rules", "other-rules"].map(|name| pipeline.beside(name));
    for pack in &packs {
        let args: Vec<OsString> = vec!["check".into(), "--write-default".into(), pack.into()];
        Process::start(springtide().as_os_str(), &args).finish().well();
    }
    let replace = |file: &Path, from: &str, to: &str| {
        let text = fs::read_to_string(file).unwrap();
        let other = text.replace(from, to);
        assert_ne!(text, other, "{} says something else by now", file.display());
        fs::write(file, other).unwrap();
    };
    replace(&packs[1].join("scoring.yaml"), "potential: 0.40", "potential: 0.30");
    replace(&packs[1].join("scoring.yaml"), "health: 0.30", "health: 0.40");
    replace(
        &packs[1].join("plays/usage-limit.yaml"),
        "This is a service message first.",
        "Be of service first.",
    );
    packs
}

fn flags(data: &Data) -> Vec<OsString> {
    let mut flags = data.flags();
    flags.extend(AVRO.iter().map(|topic| format!("--format={topic}=avro").into()));
    flags
}

impl<'p> Scene<'p> {
    fn set(
        asked: Asked,
        cluster: Cluster,
        pipeline: &'p Pipeline,
        flags: &[OsString],
        records: Vec<Record>,
        packs: [PathBuf; 2],
        logs: PathBuf,
    ) -> Scene<'p> {
        let registry = Proxy::start();
        // Nobody answers at the start.
        registry.set_away(true);
        let registry_flag = [format!("--schema-registry={}", registry.url).into()];
        let flags = [flags, &registry_flag].concat();
        let bootstraps = (0..SIDES).map(|side| cluster.bootstrap_by(side)).collect();
        let over = Duration::from_secs(asked.seconds);
        let now = format_rfc3339(wall_clock());
        println!("{} events over {} s from {now} on, seed {}", records.len(), asked.seconds, asked.seed);
        let feeder = Feeder::start(pipeline, &cluster.bootstrap, records, over);
        let began = Instant::now();
        Scene {
            random: Random::new(asked.seed ^ 0xf17e),
            deck: Deck::new(asked.seed),
            cluster,
            instances: Instances::new(pipeline, bootstraps, flags, packs, logs),
            feeder: Some(feeder),
            registry,
            due: vec![(began + Duration::from_secs(3), Deed::RegistryBack)],
            weather: BTreeMap::new(),
            registry_away: true,
            faults: BTreeMap::from([(Kind::RegistryAway, 1)]),
            complaints: Vec::new(),
            began,
        }
    }

    fn burn(&mut self, over: Duration) {
        let mut next = self.began + Duration::from_secs(4);
        let kinds = Kind::all().count() as u32;
        while self.began.elapsed() < over {
            self.tick();
            if Instant::now() < next {
                continue;
            }
            self.ignite();
            let faults: u32 = self.faults.values().sum();
            // Each kind once comes first, without a rest.
            let rest = faults > kinds && faults.is_multiple_of(BURST);
            let [least, most] = if rest { PAUSE_MS } else { GAP_MS };
            next = Instant::now() + self.between(least, most);
        }
    }

    fn tick(&mut self) {
        sleep(TICK);
        let now = Instant::now();
        let (due, later) = std::mem::take(&mut self.due).into_iter().partition(|(at, _)| *at <= now);
        self.due = later;
        let due: Vec<(Instant, Deed)> = due;
        due.into_iter().for_each(|(_, deed)| self.act(deed));
        self.instances.look();
        let fallen = self.cluster.raise_fallen();
        if fallen > 0 {
            self.say(&format!("{fallen} brokers ended by themselves; started again"));
        }
    }

    fn act(&mut self, deed: Deed) {
        match deed {
            Deed::RaiseBroker(broker) => self.cluster.raise(broker),
            Deed::ResumeBroker(broker) => self.cluster.resume(broker),
            Deed::Calm(broker, side) => {
                self.weather.remove(&(broker, side));
                self.cluster.link(broker, side).set(Weather::Calm);
            }
            Deed::RegistryBack => {
                self.registry_away = false;
                self.registry.set_away(false);
            }
        }
    }

    fn say(&self, what: &str) {
        println!("{:>7.1} {what}", self.began.elapsed().as_secs_f64());
    }

    fn between(&mut self, least_ms: usize, most_ms: usize) -> Duration {
        Duration::from_millis((least_ms + self.random.below(most_ms - least_ms)) as u64)
    }

    fn after(&mut self, least_ms: usize, most_ms: usize, deed: Deed) {
        let at = Instant::now() + self.between(least_ms, most_ms);
        self.due.push((at, deed));
    }

    /// Begins a fault, where one is possible.
    fn ignite(&mut self) {
        let (up, away) = (self.instances.up(), self.instances.away());
        // Some must be left to do the work, or little of it happens between faults.
        let spare = up.len() > 2;
        let brokers_whole = self.brokers_whole();
        let links = BROKERS * SIDES - self.weather.len();
        let small = up.contains(&ON_SMALL_DISK) && self.instances.has_small_disk();
        let registry_away = self.registry_away;
        let possible = |kind: Kind| match kind {
            Kind::Kill | Kind::LoseState | Kind::DamageState | Kind::Pause | Kind::Sleep => spare,
            Kind::FillDisk => small,
            Kind::Join => !away.is_empty(),
            Kind::Leave => up.len() > 3,
            Kind::KillTransactionCoordinator
            | Kind::KillGroupCoordinator
            | Kind::KillLeader
            | Kind::PauseBroker => brokers_whole,
            Kind::Slow | Kind::Cut | Kind::BlackHole => links > 3,
            Kind::RegistryAway => !registry_away,
            Kind::ChangeRules => spare,
            Kind::ChangeSchema => true,
        };
        if let Some(kind) = self.deck.draw(possible)
            && let Some(what) = self.begin(kind, &up, &away)
        {
            *self.faults.entry(kind).or_default() += 1;
            self.say(&format!("{}: {what}", kind.words()));
        }
    }

    /// Whether none is down, none is about to be, and all have caught up.
    fn brokers_whole(&self) -> bool {
        let busy = |(_, deed): &(Instant, Deed)| matches!(deed, Deed::RaiseBroker(_) | Deed::ResumeBroker(_));
        !self.due.iter().any(busy) && self.cluster.is_whole()
    }

    /// Begins a fault of a kind; to whom it happens.
    fn begin(&mut self, kind: Kind, up: &[usize], away: &[usize]) -> Option<String> {
        let mut any = |of: &[usize]| of.get(self.random.below(of.len().max(1))).copied();
        match kind {
            Kind::Kill | Kind::LoseState => {
                let (one, back) = (any(up)?, self.between(50, 3_000));
                self.instances.kill(one, kind == Kind::LoseState, back);
                Some(format!("instance {one}, back in {back:?}"))
            }
            Kind::DamageState => {
                let (one, seed) = (any(up)?, self.random.below(usize::MAX) as u64);
                if self.random.below(2) == 0 {
                    self.instances.damage(one, seed, Duration::from_millis(100));
                } else {
                    self.instances.end(one, Then::Damage(seed));
                }
                Some(format!("instance {one}"))
            }
            Kind::FillDisk => {
                self.instances.fill_disk(Duration::from_secs(8));
                Some(format!("instance {}", ON_SMALL_DISK))
            }
            Kind::Pause | Kind::Sleep => {
                let one = any(up)?;
                let session = SESSION.as_millis() as usize;
                let length = match kind {
                    Kind::Pause => self.between(50, session / 2),
                    _ => self.between(session + 500, 3 * session),
                };
                self.instances.pause(one, length);
                Some(format!("instance {one} for {length:?}"))
            }
            Kind::Join => {
                // Only that one's disk can be filled.
                let one = if away.contains(&ON_SMALL_DISK) { ON_SMALL_DISK } else { any(away)? };
                self.instances.join(one);
                Some(format!("instance {one}"))
            }
            Kind::Leave => {
                let one = any(up)?;
                self.instances.end(one, Then::Stay);
                Some(format!("instance {one}"))
            }
            Kind::ChangeRules => {
                self.instances.change_rules();
                up.iter().skip(1).for_each(|one| self.instances.end(*one, Then::Start));
                Some(format!("instances {:?}, others when they are started next", &up[1..]))
            }
            Kind::ChangeSchema => {
                self.feeder.iter_mut().for_each(Feeder::change_schema);
                Some("the next version".to_owned())
            }
            Kind::RegistryAway => {
                self.registry_away = true;
                self.registry.set_away(true);
                self.after(1_000, 6_000, Deed::RegistryBack);
                Some("for seconds".to_owned())
            }
            Kind::Slow | Kind::Cut | Kind::BlackHole => self.spoil_network(kind),
            _ => self.hit_broker(kind),
        }
    }

    fn spoil_network(&mut self, kind: Kind) -> Option<String> {
        let calm = (0..BROKERS * SIDES).map(|at| (at / SIDES, at % SIDES));
        let calm: Vec<(usize, usize)> = calm.filter(|at| !self.weather.contains_key(at)).collect();
        let (broker, side) = *calm.get(self.random.below(calm.len().max(1)))?;
        let weather = match kind {
            Kind::Slow => Weather::Slow {
                later: self.between(5, 250),
                bytes_per_second: 20_000 << self.random.below(6),
            },
            Kind::Cut => Weather::Cut,
            _ => Weather::BlackHole,
        };
        self.weather.insert((broker, side), weather);
        self.cluster.link(broker, side).set(weather);
        let most = if kind == Kind::Slow { 12_000 } else { 8_000 };
        self.after(300, most, Deed::Calm(broker, side));
        let odd = if side == 0 { "even" } else { "odd" };
        Some(format!("broker {} for {odd} instances, {weather:?}", broker + 1))
    }

    fn hit_broker(&mut self, kind: Kind) -> Option<String> {
        let topics = ["product-usage", "account-profiles", "expansion-opportunities"];
        let (broker, why) = match kind {
            Kind::KillTransactionCoordinator => {
                let id = format!("{NAME}-named-0");
                (self.cluster.coordinator("__transaction_state", &id), format!("of {id}, instance {NAMED}"))
            }
            Kind::KillGroupCoordinator => {
                (self.cluster.coordinator("__consumer_offsets", NAME), "of all".to_owned())
            }
            Kind::KillLeader => {
                let topic = topics[self.random.below(topics.len())];
                let partition = self.random.below(PARTITIONS as usize) as i32;
                (
                    self.cluster.leader(&format!("{NAME}.{topic}"), partition),
                    format!("of {topic} {partition}"),
                )
            }
            _ => (Some(self.random.below(BROKERS)), String::new()),
        };
        let broker = broker?;
        if kind == Kind::PauseBroker {
            self.cluster.pause(broker);
            self.after(500, 7_000, Deed::ResumeBroker(broker));
        } else {
            self.cluster.kill(broker);
            self.after(200, 6_000, Deed::RaiseBroker(broker));
        }
        Some(format!("broker {} {why}", broker + 1))
    }

    /// Puts the fire out, waits until everything is processed, and ends all.
    fn end(&mut self, asked: Asked, pipeline: &Pipeline) -> Report {
        self.say("the faults are over");
        let lag = pipeline.lag_if_told();
        for (_, deed) in std::mem::take(&mut self.due) {
            self.act(deed);
        }
        self.instances.heal();
        self.wait("the brokers are whole", |scene| scene.cluster.is_whole());
        let events = match self.feeder.take().map(Feeder::finish) {
            Some(Ok(events)) => events,
            Some(Err(why)) => panic!("nothing can be said: {why}"),
            None => 0,
        };
        self.say("all events are written");
        // Asked seldom: it is forty partitions each time.
        let mut next = Instant::now();
        self.wait("all events are processed", |_| {
            Instant::now() >= next && {
                next = Instant::now() + Duration::from_secs(1);
                pipeline.lag_if_told() == Ok(0)
            }
        });
        self.wait("all instances have ended", |scene| scene.instances.all_ended());
        let not_done = (!self.instances.has_small_disk())
            .then(|| (Kind::FillDisk, "no small disk can be mounted here".to_owned()));
        let mut complaints = std::mem::take(&mut self.complaints);
        complaints.append(&mut self.instances.complaints);
        Report {
            asked,
            faults: self.faults.clone(),
            not_done: not_done.into_iter().collect(),
            events,
            again: 0,
            erased: 0,
            processed_under_fire: lag.map_or(0, |lag| i64::try_from(events).unwrap_or(0) - lag),
            expected: 0,
            states: 0,
            ends: self.instances.ends.clone(),
            complaints,
            verdict: Verdict::default(),
            logs: None,
        }
    }

    fn wait(&mut self, what: &str, mut so: impl FnMut(&mut Scene<'p>) -> bool) {
        let deadline = Instant::now() + TO_CATCH_UP;
        while !so(self) {
            if Instant::now() > deadline {
                self.complaints.push(format!("waited until {what}, in vain"));
                return;
            }
            self.tick();
        }
        self.say(what);
    }
}

/// On a new disk all of the state comes from the changelog, and nothing is said again.
fn come_back_elsewhere(pipeline: &Pipeline, flags: Vec<OsString>, report: &mut Report) {
    let before = pipeline.committed().len();
    let mut flags = flags;
    flags.extend(["--state-dir".into(), pipeline.beside("elsewhere").into()]);
    pipeline.catch_up(flags);
    let more = pipeline.committed().len() - before;
    if more > 0 {
        report.complaints.push(format!("{more} revisions were said again when the state was brought back"));
    }
}

/// Holds the state directories against each other; in one that has all, nothing may be of erased accounts.
fn compare_states(
    pipeline: &Pipeline,
    instances: &Instances<'_>,
    erased: &BTreeSet<String>,
    report: &mut Report,
) {
    let mut states = States::default();
    states.look_for_erased(&pipeline.beside("elsewhere"), NAME, erased);
    states.look(&pipeline.beside("elsewhere"), NAME);
    instances.folders().for_each(|folder| states.look(folder, NAME));
    report.states = states.compared;
    report.complaints.append(&mut states.faults);
}

/// Holds what is committed against the replays.
fn compare(pipeline: &Pipeline, expected: &[Opportunities], erased: &BTreeSet<String>, report: &mut Report) {
    for aside in ["springtide-dead-letter", "springtide-late"] {
        let count = pipeline.written(aside);
        if count > 0 {
            report.complaints.push(format!("{count} records in {aside}"));
        }
    }
    report.verdict = judge(&pipeline.committed(), expected, erased);
    report.expected = expected[0].len();
}
