//! All of it together: processes that are started, struck and started again, under one clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use springtide_core::event::Topic;
use springtide_core::partition::Lateness;
use springtide_core::rules::Rules;
use springtide_runtime::{Control, Settings};
use springtide_store::{Identity, MemoryDisk};

use crate::bug::Bug;
use crate::cluster::{Cluster, Place};
use crate::disk::{Condition, Disk};
use crate::input::{self, Fed, START};
use crate::judge;
use crate::plan::{self, Fault, PROCESSES, Plan};
use crate::process::Parts;
use crate::random::Random;
use crate::stage::{Clock, Micros, Stage};

/// How long it may take, once nothing goes wrong any more, until all is processed.
const PATIENCE: Micros = 400_000_000;
/// How many turns a play may take; one that ends takes a tenth of it.
const TURNS: u64 = 1_500_000;
/// How long nothing may be written for all to be at rest.
const QUIET: Micros = 12_000_000;
/// How far the clock is put forward at the end, in days: beyond every window, hold and date.
const FAR_DAYS: i64 = 1_500;

/// What is played.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Numbers of all that is not said here.
    pub seed: u64,
    /// The records.
    pub records: Vec<Fed>,
    /// The faults.
    pub plan: Plan,
    /// A mistake that is planted.
    pub bug: Option<Bug>,
    /// Whether each step is kept in words.
    pub keep_trace: bool,
}

impl Scenario {
    /// The scenario of a seed.
    pub fn of(seed: u64, bug: Option<Bug>) -> Scenario {
        let mut random = Random::new(seed);
        let records = input::records(random.number(), 4 + random.below(8) as u32);
        let until = records.last().map_or(0, |fed| fed.at);
        Scenario { seed, records, plan: plan::plan(&mut random, until), bug, keep_trace: false }
    }
}

/// How it ended.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What was not as it must be.
    pub fault: Option<String>,
    /// Equal for equal traces.
    pub trace: u64,
    /// Steps of the broker.
    pub steps: u64,
    /// Turns that were given.
    pub turns: u64,
    /// Faults that struck.
    pub faults: u64,
    /// Records that counted.
    pub facts: u64,
    /// Revisions that were committed.
    pub revisions: u64,
    /// Opportunities that stand.
    pub standing: u64,
    /// Each step in words, where they are kept.
    pub words: Vec<String>,
}

/// Plays the scenario of a seed.
pub fn play(seed: u64, bug: Option<Bug>) -> Outcome {
    run(&Scenario::of(seed, bug))
}

/// Plays a scenario.
pub fn run(scenario: &Scenario) -> Outcome {
    let mut world = World::new(scenario);
    let fault = world.play(scenario).err();
    let mut outcome = match fault {
        Some(fault) => Outcome { fault: Some(fault), ..Outcome::default() },
        None => judge::judge(&mut world.cluster(), (&world.disks(), &world.identity()), &world.rules),
    };
    let cluster = world.cluster();
    (outcome.trace, outcome.steps) = (cluster.trace.hash, cluster.trace.lines);
    outcome.words = cluster.trace.kept.clone().unwrap_or_default();
    (outcome.faults, outcome.turns) = (world.struck, world.turns);
    outcome
}

#[derive(Default)]
struct Process {
    disk: MemoryDisk,
    condition: Condition,
    up: bool,
    control: Control,
}

enum Next {
    Feed(Fed),
    Strike(Fault),
    Start(usize),
    Wake(usize),
    Mend(usize),
    Empty(usize),
    Lead(Place),
}

struct World {
    clock: Clock,
    random: Random,
    stage: Stage,
    cluster: Arc<Mutex<Cluster>>,
    rules: Arc<Rules>,
    history: String,
    settings: Settings,
    origin: Instant,
    processes: Vec<Process>,
    /// How many workers each has.
    workers: usize,
    /// When who wakes up from a pause.
    asleep: BTreeMap<usize, Micros>,
    agenda: BTreeMap<(Micros, u64), Next>,
    noted: u64,
    turns: u64,
    struck: u64,
}

impl World {
    fn new(scenario: &Scenario) -> World {
        let clock = Clock::default();
        let mut random = Random::new(scenario.seed ^ 0x5eed);
        let pack = springtide_rules::default_pack();
        let mut settings = Settings::new("nowhere", "sim");
        settings.idle_after = Duration::from_secs(2);
        settings.commit_interval = Duration::from_millis(200 + random.below(1_500));
        settings.commit_records = 5 + random.below(120) as usize;
        settings.resident_bytes = [20_000, 200_000, 20_000_000][random.below(3) as usize];
        let share = [1, 4, 12][random.below(3) as usize];
        settings.lateness = Lateness(Lateness::default().0.map(|lateness| lateness / share));
        settings.stale_after_ms = [12, 240][random.below(2) as usize] * 3_600_000;
        settings.standby_replicas = random.below(2) as usize;
        let partitions = 1 + random.below(5) as i32;
        let workers = 1 + random.below(2) as usize;
        let names = (settings.names.clone(), settings.changelog());
        let mut cluster = Cluster::new(clock.clone(), names, partitions, START, Random::new(random.number()));
        cluster.bug = scenario.bug;
        cluster.tombstones_stay = 2 * settings.stale_after_ms;
        cluster.trace.kept = scenario.keep_trace.then(Vec::new);
        World {
            stage: Stage::new(clock.clone()),
            clock,
            random,
            cluster: Arc::new(Mutex::new(cluster)),
            rules: Arc::new(pack.rules),
            history: pack.history,
            settings,
            origin: Instant::now(),
            processes: (0..PROCESSES).map(|_| Process::default()).collect(),
            workers,
            asleep: BTreeMap::new(),
            agenda: BTreeMap::new(),
            noted: 0,
            turns: 0,
            struck: 0,
        }
    }

    fn cluster(&self) -> MutexGuard<'_, Cluster> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn disks(&self) -> Vec<MemoryDisk> {
        self.processes.iter().map(|process| process.disk.clone()).collect()
    }

    fn identity(&self) -> Identity {
        Identity::new(&self.history, "sim")
    }

    fn put(&mut self, at: Micros, next: Next) {
        self.noted += 1;
        self.agenda.insert((at, self.noted), next);
    }

    fn play(&mut self, scenario: &Scenario) -> Result<(), String> {
        let (fed, struck) = (scenario.records.last(), scenario.plan.last());
        let last = fed.map_or(0, |fed| fed.at).max(struck.map_or(0, |(at, _)| *at));
        scenario.records.iter().for_each(|fed| self.put(fed.at, Next::Feed(fed.clone())));
        scenario.plan.iter().for_each(|(at, fault)| self.put(*at, Next::Strike(*fault)));
        for (number, once_in) in (0..).zip([20, 60, 200]) {
            self.cluster().flaky.insert(number, once_in);
        }
        (0..PROCESSES as usize).for_each(|number| {
            let at = if number == 0 { 0 } else { self.random.below(last / 2) };
            self.put(at, Next::Start(number));
        });
        self.act_until("all faults are over", last + 60_000_000, |world| world.agenda.is_empty())?;
        self.heal();
        let patience = |world: &World| world.clock.now() + PATIENCE;
        self.act_until("all is processed", patience(self), |world| world.cluster().unread() == 0)?;
        self.far_on(0);
        self.settle("all is at rest", patience(self))?;
        // What is written of a base may lag behind for a while.
        self.far_on(1);
        self.settle("all is at rest again", patience(self))
    }

    /// Brings back all that is down, cut, full or asleep.
    fn heal(&mut self) {
        self.asleep.clear();
        {
            let mut cluster = self.cluster();
            cluster.cut.clear();
            cluster.leaderless.clear();
            cluster.flaky.clear();
            cluster.doomed.clear();
            cluster.stalls.clear();
            cluster.markers_take = 50_000;
        }
        for number in 0..self.processes.len() {
            self.processes[number].condition.set_full(false);
            if !self.processes[number].up {
                self.put(self.clock.now(), Next::Start(number));
            }
        }
    }

    /// Long after, something happens in each partition.
    fn far_on(&mut self, step: i64) {
        const DAY_MS: i64 = 86_400_000;
        let mut cluster = self.cluster();
        cluster.jumped += if step == 0 { FAR_DAYS * DAY_MS } else { 9 * DAY_MS };
        let at = springtide_core::time::format_rfc3339(cluster.wall());
        let topic = cluster.names.of(Topic::AccountProfiles).to_owned();
        let mut seen = std::collections::BTreeSet::new();
        for number in 0..200 {
            let account = format!("far-{number}");
            if !seen.insert(cluster.partition_of(account.as_bytes())) {
                continue;
            }
            let value = format!(
                "{{\"event_id\":\"far-{number}-{step}\",\"account_id\":\"{account}\",\"occurred_at\":\"{at}\",\
                 \"name\":\"Far\",\"segment\":\"smb\",\"mrr\":1,\"currency\":\"EUR\"}}"
            );
            cluster.feed(&topic, account.as_bytes(), Some(value.into_bytes()));
        }
    }

    fn settle(&mut self, what: &str, until: Micros) -> Result<(), String> {
        let mut since = (self.clock.now(), 0);
        self.act_until(what, until, move |world| {
            let (now, written) = (world.clock.now(), world.cluster().written());
            if written != since.1 || world.cluster().unread() > 0 {
                since = (now, written);
            }
            now - since.0 > QUIET
        })
    }

    /// Lets everybody act until something is so.
    fn act_until(
        &mut self,
        what: &str,
        until: Micros,
        mut so: impl FnMut(&World) -> bool,
    ) -> Result<(), String> {
        let mut looked = 0;
        loop {
            let now = self.clock.now();
            if now >= looked {
                looked = now + 100_000;
                self.beat();
                if so(self) {
                    return Ok(());
                }
                if now > until {
                    return Err(format!("waited until {what}, in vain: {}", self.cluster().left()));
                }
            }
            self.step(looked)?;
        }
    }

    fn step(&mut self, at_most: Micros) -> Result<(), String> {
        self.turns += 1;
        if self.turns > TURNS {
            return Err(format!(
                "somebody runs in circles: {TURNS} turns, and it is {} µs",
                self.clock.now()
            ));
        }
        let asleep = &self.asleep;
        let acts = self.stage.next(|process| !asleep.contains_key(&process)).unwrap_or(Micros::MAX);
        let planned = self.agenda.first_key_value().map_or(Micros::MAX, |((at, _), _)| *at);
        let now = self.clock.now();
        self.stage.advance(acts.min(planned).min(at_most));
        if self.clock.now() > now {
            self.cluster().turn();
        }
        if planned <= self.clock.now()
            && let Some((_, next)) = self.agenda.pop_first()
        {
            return self.carry_out(next);
        }
        let asleep = &self.asleep;
        let exit = self.stage.act(&mut self.random, |process| !asleep.contains_key(&process));
        match exit {
            Some(exit) => self.ended(exit.process, exit.how),
            None => Ok(()),
        }
    }

    /// Those who are up and reach the broker say so; the doomed are killed.
    fn beat(&mut self) {
        let stands = |number: &usize| self.processes[*number].condition.stands();
        let doomed = |number: &usize| self.cluster().doomed.get(number) == Some(&true) || stands(number);
        let doomed: Vec<usize> = (0..self.processes.len()).filter(doomed).collect();
        for number in doomed {
            self.kill(number);
            self.start_again(number);
        }
        let mut cluster = self.cluster();
        let now = cluster.now();
        for (who, member) in cluster.members.clone() {
            let still = cluster.still.contains(&who) || self.asleep.contains_key(&who.0);
            if !still && !cluster.cut.contains(&who.0) && self.processes[who.0].up {
                cluster.group.beat(member, now);
            }
        }
        cluster.turn();
    }

    /// A thread ended by itself.
    fn ended(&mut self, number: usize, how: Result<(), String>) -> Result<(), String> {
        let Err(why) = how else {
            self.processes[number].up = self.stage.has(number);
            return Ok(());
        };
        self.cluster().note(|| format!("process {number} ended: {why}"));
        if !why.contains("no space left") {
            return Err(format!("process {number} ended: {why}"));
        }
        self.kill(number);
        self.start_again(number);
        Ok(())
    }

    fn kill(&mut self, number: usize) {
        self.stage.kill(number);
        self.processes[number].up = false;
        self.processes[number].condition.calm();
        self.asleep.remove(&number);
        let mut cluster = self.cluster();
        cluster.members.retain(|who, _| who.0 != number);
        cluster.still.retain(|who| who.0 != number);
        cluster.stalls.remove(&number);
        cluster.doomed.remove(&number);
    }

    fn start_again(&mut self, number: usize) {
        let at = self.clock.now() + 200_000 + self.random.below(4_000_000);
        self.put(at, Next::Start(number));
    }

    fn carry_out(&mut self, next: Next) -> Result<(), String> {
        match next {
            Next::Feed(fed) => self.cluster().take(&fed),
            Next::Strike(fault) => return self.strike(fault),
            Next::Start(number) if !self.processes[number].up => return self.start(number),
            // It is still on its way out.
            Next::Start(number) if self.processes[number].control.stopping() => self.start_again(number),
            Next::Start(_) => {}
            Next::Wake(number) => {
                self.asleep.remove(&number);
            }
            Next::Mend(number) => {
                self.cluster().cut.remove(&number);
            }
            Next::Empty(number) => self.processes[number].condition.set_full(false),
            Next::Lead(place) => {
                self.cluster().leaderless.remove(&place);
            }
        }
        Ok(())
    }

    fn strike(&mut self, fault: Fault) -> Result<(), String> {
        self.struck += 1;
        self.cluster().note(|| format!("{fault:?}"));
        let now = self.clock.now();
        match fault {
            Fault::Kill(number) => {
                self.kill(number);
                self.start_again(number);
            }
            Fault::LoseDisk(number) => {
                self.kill(number);
                let process = &mut self.processes[number];
                (process.disk, process.condition) = <_>::default();
                self.start_again(number);
            }
            Fault::LosePower(number) => {
                self.kill(number);
                self.lose_tail(number)?;
                self.start_again(number);
            }
            Fault::Stop(number) => {
                self.processes[number].control.stop();
                self.start_again(number);
            }
            Fault::Restart(number) => {
                self.processes[number].control.stop();
                self.put(now + 900_000, Next::Strike(Fault::Compact));
                self.put(now + 1_000_000, Next::Start(number));
            }
            Fault::Pause(number, time) => {
                self.asleep.insert(number, now + time);
                self.put(now + time, Next::Wake(number));
            }
            Fault::CrashAfterCommit(number) => {
                self.cluster().doomed.insert(number, false);
            }
            Fault::CrashInWrite(number, steps) => self.processes[number].condition.crash_in(steps),
            Fault::Stall(number, time) => {
                self.cluster().stalls.insert(number, time);
            }
            Fault::Cut(number, time) => {
                self.cluster().cut.insert(number);
                self.put(now + time, Next::Mend(number));
            }
            Fault::LoseLeader(topic, number, time) => {
                let place = (self.topic(topic), number);
                self.cluster().leaderless.insert(place.clone());
                self.put(now + time, Next::Lead(place));
            }
            Fault::FillDisk(number, time) => {
                self.processes[number].condition.set_full(true);
                self.put(now + time, Next::Empty(number));
            }
            Fault::SlowMarkers(time) => self.cluster().markers_take = time,
            Fault::Compact => {
                let mut cluster = self.cluster();
                let (changelog, latest) = (cluster.changelog.clone(), cluster.names.latest.clone());
                cluster.compact(&changelog);
                cluster.compact(&latest);
            }
            Fault::Jump(minutes) => self.cluster().jumped += minutes * 60_000,
        }
        Ok(())
    }

    fn topic(&self, number: usize) -> String {
        let cluster = self.cluster();
        let names = &cluster.names;
        let output = [&names.opportunities, &names.latest, &cluster.changelog];
        match Topic::ALL.get(number) {
            Some(topic) => names.of(*topic).to_owned(),
            None => output[(number - Topic::ALL.len()) % output.len()].clone(),
        }
    }

    /// Takes some of the last writes from a disk that are not on it for good.
    fn lose_tail(&mut self, number: usize) -> Result<(), String> {
        let (identity, process) = (self.identity(), &self.processes[number]);
        let lost = self.random.below(process.condition.unsynced() as u64 + 1) as usize;
        self.cluster().note(|| format!("process {number} loses {lost} writes"));
        let process = &self.processes[number];
        process.condition.lose(&process.disk, &identity, lost).map_err(|error| error.to_string())
    }

    fn start(&mut self, number: usize) -> Result<(), String> {
        self.cluster().note(|| format!("process {number} starts"));
        let identity = self.identity();
        let bug = self.cluster().bug;
        let process = &mut self.processes[number];
        (process.up, process.control) = (true, Control::default());
        let disk = Disk::open(&process.disk, &identity, process.condition.clone(), bug);
        let parts = Parts {
            number,
            workers: self.workers,
            settings: self.settings.clone(),
            rules: Arc::clone(&self.rules),
            store: Arc::new(disk.map_err(|error| error.to_string())?),
            control: process.control.clone(),
            cluster: Arc::clone(&self.cluster),
            origin: self.origin,
        };
        parts.start(&mut self.stage, &mut self.random)
    }
}
