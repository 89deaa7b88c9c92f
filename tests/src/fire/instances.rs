//! The instances, and who looks after them: each that ends is started again, as a supervisor would, and one that says
//! that its state is damaged loses it first, as it says.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use super::damage::damage;
use super::disk::SmallDisk;
use crate::pipeline::Pipeline;
use crate::process::Process;
use crate::random::Random;

/// Instances there are at most.
pub const INSTANCES: usize = 6;
/// Those that run from the beginning.
const FIRST: usize = 4;
/// The one on a small disk, where there can be one.
pub const ON_SMALL_DISK: usize = 3;
/// The one with a name that outlives it.
pub const NAMED: usize = 2;

/// How long one that was told to end may take, with brokers away and a transaction to give up: 25 s, and then some.
const TO_END: Duration = Duration::from_secs(45);
/// How soon one that ended by itself is started again.
const SUPERVISED: Duration = Duration::from_millis(700);
const SIGTERM: i32 = 15;
/// What says that the state has to go.
const MOVE_AWAY: &str = "move the state directory away";

/// What happens to an instance once it has ended as it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is started again.
    Start,
    /// Its files are damaged, by this seed, and it is started again.
    Damage(u64),
    /// It stays away.
    Stay,
}

enum Condition {
    Away,
    Up,
    Paused(Instant),
    Down(Instant),
    Ending(Instant, Then),
}

struct Instance {
    process: Option<Process>,
    condition: Condition,
    state: PathBuf,
    starts: usize,
    /// Its files were damaged, and it has not said so yet.
    damaged: bool,
}

/// All instances of a pipeline.
pub struct Instances<'p> {
    pipeline: &'p Pipeline,
    logs: PathBuf,
    all: Vec<Instance>,
    /// Where each finds its brokers.
    bootstraps: Vec<String>,
    flags: Vec<OsString>,
    packs: [PathBuf; 2],
    pack: usize,
    disk: Option<SmallDisk>,
    /// When the small disk is freed, while it is full.
    full_until: Option<Instant>,
    /// What they ended with by themselves, and how often.
    pub ends: BTreeMap<String, u32>,
    /// What must not be.
    pub complaints: Vec<String>,
}

impl<'p> Instances<'p> {
    /// None runs yet.
    pub fn new(
        pipeline: &'p Pipeline,
        bootstraps: Vec<String>,
        flags: Vec<OsString>,
        packs: [PathBuf; 2],
        logs: PathBuf,
    ) -> Instances<'p> {
        fs::create_dir_all(&logs).unwrap();
        let disk = SmallDisk::mount(&pipeline.beside("small-disk"));
        let state = |number| match &disk {
            Ok(disk) if number == ON_SMALL_DISK => disk.path().join("state"),
            _ => pipeline.beside(&format!("state-{number}")),
        };
        let instance = |number| Instance {
            process: None,
            condition: if number < FIRST { Condition::Down(Instant::now()) } else { Condition::Away },
            state: state(number),
            starts: 0,
            damaged: false,
        };
        let all = (0..INSTANCES).map(instance).collect();
        if let Err(why) = &disk {
            println!("disk full: can't be done here, no small disk can be mounted: {why}");
        }
        Instances {
            pipeline,
            logs,
            all,
            bootstraps,
            flags,
            packs,
            pack: 0,
            disk: disk.ok(),
            full_until: None,
            ends: BTreeMap::new(),
            complaints: Vec::new(),
        }
    }

    /// What all are started with.
    pub fn flags(&self) -> &[OsString] {
        &self.flags
    }

    /// Where each keeps its state.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        self.all.iter().map(|instance| &*instance.state)
    }

    /// Those that run and are left alone.
    pub fn up(&self) -> Vec<usize> {
        let is_up = |number: &usize| matches!(self.all[*number].condition, Condition::Up);
        let full = self.full_until.map(|_| ON_SMALL_DISK);
        (0..INSTANCES).filter(is_up).filter(|number| full != Some(*number)).collect()
    }

    /// Those that do not run and are not to.
    pub fn away(&self) -> Vec<usize> {
        let is_away = |number: &usize| matches!(self.all[*number].condition, Condition::Away);
        (0..INSTANCES).filter(is_away).collect()
    }

    /// Whether there is a disk that can be filled.
    pub fn has_small_disk(&self) -> bool {
        self.disk.is_some()
    }

    /// Kills one, to be started again after a while; with its state or without.
    pub fn kill(&mut self, number: usize, lose_state: bool, back_in: Duration) {
        let instance = &mut self.all[number];
        if let Some(process) = instance.process.take() {
            process.kill();
        }
        if lose_state {
            instance.lose_state();
        }
        instance.condition = Condition::Down(Instant::now() + back_in);
    }

    /// Kills one and damages its files.
    pub fn damage(&mut self, number: usize, seed: u64, back_in: Duration) {
        self.kill(number, false, back_in);
        self.damage_files(number, seed);
    }

    fn damage_files(&mut self, number: usize, seed: u64) {
        let instance = &mut self.all[number];
        if let Some(did) = damage(&instance.state, &mut Random::new(seed)) {
            instance.damaged = true;
            println!("        instance {number}, before start {}: {did}", instance.starts + 1);
        }
    }

    /// Stops one in the middle of whatever it does, for a while.
    pub fn pause(&mut self, number: usize, length: Duration) {
        let instance = &mut self.all[number];
        // One that has just ended by itself is found out soon.
        if let Some(process) = &mut instance.process
            && process.status().is_none()
        {
            process.pause();
            instance.condition = Condition::Paused(Instant::now() + length);
        }
    }

    /// Tells one to end.
    pub fn end(&mut self, number: usize, then: Then) {
        let instance = &mut self.all[number];
        if let Some(process) = &mut instance.process
            && process.status().is_none()
        {
            process.terminate();
            instance.condition = Condition::Ending(Instant::now() + TO_END, then);
        }
    }

    /// One that was away comes.
    pub fn join(&mut self, number: usize) {
        self.all[number].condition = Condition::Down(Instant::now());
    }

    /// From now on whoever is started has the other rules.
    pub fn change_rules(&mut self) {
        self.pack = 1 - self.pack;
    }

    /// Fills the small disk for a while, or until the instance there has ended.
    pub fn fill_disk(&mut self, at_most: Duration) {
        if let Some(disk) = &self.disk {
            disk.fill();
            self.full_until = Some(Instant::now() + at_most);
        }
    }

    /// Does what is due, and sees who has ended.
    pub fn look(&mut self) {
        self.free_disk(false);
        for number in 0..INSTANCES {
            match self.all[number].condition {
                Condition::Down(again) if again <= Instant::now() && !self.waits_for_room(number) => {
                    self.start(number);
                }
                Condition::Paused(until) if until <= Instant::now() => self.wake(number),
                Condition::Up => self.see_whether_it_ended(number),
                Condition::Ending(until, then) => self.see_whether_it_obeyed(number, until, then),
                _ => {}
            }
        }
    }

    fn waits_for_room(&self, number: usize) -> bool {
        number == ON_SMALL_DISK && self.full_until.is_some()
    }

    fn free_disk(&mut self, now: bool) {
        let Some(until) = self.full_until else { return };
        let is_down = matches!(self.all[ON_SMALL_DISK].condition, Condition::Down(_) | Condition::Away);
        if now || is_down || until <= Instant::now() {
            self.disk.iter().for_each(SmallDisk::free);
            self.full_until = None;
        }
    }

    fn wake(&mut self, number: usize) {
        let instance = &mut self.all[number];
        instance.process.iter().for_each(Process::resume);
        instance.condition = Condition::Up;
    }

    fn start(&mut self, number: usize) {
        let mut flags = self.flags.clone();
        flags.push(format!("--bootstrap-servers={}", self.bootstraps[number % self.bootstraps.len()]).into());
        flags.extend(["--rules".into(), self.packs[self.pack].clone().into()]);
        flags.extend(["--state-dir".into(), self.all[number].state.clone().into()]);
        match number {
            1 => flags.push("--threads=2".into()),
            NAMED => flags.push("--instance-id=named".into()),
            _ => {}
        }
        let instance = &mut self.all[number];
        instance.starts += 1;
        let log = self.logs.join(format!("instance-{number}-start-{}.log", instance.starts));
        instance.process = Some(self.pipeline.run_with_log(flags, readable(&log)));
        instance.condition = Condition::Up;
    }

    fn see_whether_it_ended(&mut self, number: usize) {
        let Some(status) = self.all[number].process.as_mut().and_then(Process::status) else { return };
        self.note_end(number, status, false);
        self.all[number].condition = Condition::Down(Instant::now() + SUPERVISED);
    }

    fn see_whether_it_obeyed(&mut self, number: usize, until: Instant, then: Then) {
        let Some(status) = self.all[number].process.as_mut().and_then(Process::status) else {
            if until <= Instant::now() {
                self.complain(number, "does not end though it was told to");
                self.keep_stacks(number);
                self.kill(number, false, Duration::ZERO);
            }
            return;
        };
        self.note_end(number, status, true);
        if let Then::Damage(seed) = then {
            self.damage_files(number, seed);
        }
        self.all[number].condition =
            if then == Then::Stay { Condition::Away } else { Condition::Down(Instant::now()) };
    }

    /// What one does that does nothing it should.
    fn keep_stacks(&self, number: usize) {
        let instance = &self.all[number];
        if let Some(stacks) = instance.process.as_ref().and_then(Process::stacks) {
            let name = format!("instance-{number}-start-{}.stacks", instance.starts);
            fs::write(self.logs.join(name), stacks).unwrap();
        }
    }

    /// Judges how one ended that nobody killed.
    fn note_end(&mut self, number: usize, status: ExitStatus, told: bool) {
        let instance = &mut self.all[number];
        let said = instance.process.take().map(|process| process.stderr()).unwrap_or_default();
        // Told before it listens, it ends as any process does.
        if told && status.signal() == Some(SIGTERM) {
            return;
        }
        if said.contains("panicked at") || status.signal().is_some() {
            return self.complain(number, &format!("broke down ({status})"));
        }
        if status.success() {
            if !told {
                self.complain(number, "ended though nobody told it to");
            }
            return;
        }
        let Some(words) = said.lines().rev().find_map(|line| line.strip_prefix("springtide: ")) else {
            return self.complain(number, &format!("ended without words ({status})"));
        };
        if said.contains(MOVE_AWAY) {
            if !instance.damaged {
                self.complain(number, &format!("found damage that nobody did: {words}"));
            }
            self.all[number].lose_state();
        }
        *self.ends.entry(in_short(words)).or_default() += 1;
    }

    fn complain(&mut self, number: usize, what: &str) {
        let instance = &self.all[number];
        self.complaints.push(format!("instance {number}, start {}: {what}", instance.starts));
    }

    /// Everything is as it should be again.
    pub fn heal(&mut self) {
        self.free_disk(true);
        for number in 0..INSTANCES {
            if matches!(self.all[number].condition, Condition::Paused(_)) {
                self.wake(number);
            }
        }
    }

    /// Tells all to end; true once they have.
    pub fn all_ended(&mut self) -> bool {
        for number in 0..INSTANCES {
            match self.all[number].condition {
                Condition::Up => self.end(number, Then::Stay),
                Condition::Down(_) => self.all[number].condition = Condition::Away,
                _ => {}
            }
        }
        self.look();
        self.away().len() == INSTANCES
    }
}

impl Instance {
    fn lose_state(&mut self) {
        let _ = fs::remove_dir_all(&self.state);
        assert!(!self.state.exists(), "{} can't be removed", self.state.display());
        self.damaged = false;
    }
}

/// A new file that is written and read.
fn readable(path: &Path) -> File {
    File::options().read(true).write(true).create(true).truncate(true).open(path).unwrap()
}

/// Why something ended, without what differs from one to the next.
fn in_short(words: &str) -> String {
    for (sign, short) in [
        ("no space left", "no space left"),
        ("is damaged", "its state is damaged"),
        ("can't be read", "its state can't be read"),
        ("does not come back", "a transaction does not come back"),
    ] {
        if words.contains(sign) {
            return short.to_owned();
        }
    }
    words.chars().take(100).collect()
}
