//! Who acts when: threads that take turns, one at a time, by seed.
//!
//! The pipeline's own loops run on threads, as they do in a process; but each call to Kafka or to the disk hands the turn
//! back, and the director says who goes on. So any two steps of any two threads may come in either order, a thread may
//! stop for ever between two of them, and all of it is the same for the same seed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::random::Random;

/// Instants of the simulation, in microseconds since its beginning.
pub type Micros = u64;

/// What unwinds a thread whose process was killed.
pub struct Killed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Go,
    Die,
}

enum Back {
    /// Goes on at this instant.
    Later(Micros),
    /// Has ended: well, or not.
    Ended(Result<(), String>),
}

/// The simulation's clock; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<AtomicU64>);

impl Clock {
    /// What time it is.
    pub fn now(&self) -> Micros {
        self.0.load(Ordering::SeqCst)
    }

    fn advance(&self, to: Micros) {
        self.0.fetch_max(to, Ordering::SeqCst);
    }
}

thread_local! {
    /// This thread's side, for what is called with none at hand.
    static HERE: RefCell<Option<Actor>> = const { RefCell::new(None) };
}

/// Hands this thread's turn back until so much time has passed; on a thread of no stage, goes on.
pub fn pass_here(time: Micros) {
    let here = HERE.with_borrow(Clone::clone);
    if let Some(actor) = here {
        actor.pass(time);
    }
}

/// A thread's side of the stage; clones share it.
#[derive(Clone)]
pub struct Actor(Arc<Side>);

struct Side {
    number: usize,
    turns: Mutex<Receiver<Turn>>,
    back: Sender<(usize, Back)>,
    clock: Clock,
    killed: AtomicBool,
}

impl Actor {
    /// What time it is.
    pub fn now(&self) -> Micros {
        self.0.clock.now()
    }

    /// Hands the turn back until so much time has passed. Where the process is killed meanwhile, this does not return.
    pub fn pass(&self, time: Micros) {
        // Who is killed does nothing any more on its way out.
        if thread::panicking() {
            return;
        }
        let side = &*self.0;
        // Whatever catches panics has not caught this one.
        if side.killed.load(Ordering::SeqCst) {
            panic_any(Killed);
        }
        let sent = side.back.send((side.number, Back::Later(self.now() + time)));
        if !(sent.is_ok() && self.await_turn()) {
            side.killed.store(true, Ordering::SeqCst);
            panic_any(Killed);
        }
    }

    /// False where it is the last.
    fn await_turn(&self) -> bool {
        // Nobody else has this lock.
        let turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(turns.recv(), Ok(Turn::Go))
    }
}

struct Slot {
    process: usize,
    turns: Sender<Turn>,
    at: Micros,
    thread: Option<JoinHandle<()>>,
}

/// How a thread ended by itself.
#[derive(Debug)]
pub struct Exit {
    /// Its process.
    pub process: usize,
    /// Well, or why not.
    pub how: Result<(), String>,
}

/// All threads, and whose turn it is.
pub struct Stage {
    clock: Clock,
    slots: BTreeMap<usize, Slot>,
    started: usize,
    back: Receiver<(usize, Back)>,
    to_us: Sender<(usize, Back)>,
}

impl Stage {
    /// An empty stage.
    pub fn new(clock: Clock) -> Stage {
        let (to_us, back) = channel();
        Stage { clock, slots: BTreeMap::new(), started: 0, back, to_us }
    }

    /// A side for a thread to come; [`Stage::start`] takes it.
    pub fn actor(&mut self, process: usize) -> Actor {
        let (turns, theirs) = channel();
        let number = self.started;
        self.started += 1;
        self.slots.insert(number, Slot { process, turns, at: self.clock.now(), thread: None });
        Actor(Arc::new(Side {
            number,
            turns: Mutex::new(theirs),
            back: self.to_us.clone(),
            clock: self.clock.clone(),
            killed: AtomicBool::new(false),
        }))
    }

    /// Starts a thread, which waits for its first turn. Work gets its own side back.
    pub fn start<F>(&mut self, actor: Actor, work: F)
    where
        F: FnOnce(Actor) -> Result<(), String> + Send + 'static,
    {
        let (number, back) = (actor.0.number, self.to_us.clone());
        let run = move || {
            HERE.set(Some(actor.clone()));
            let ended = catch_unwind(AssertUnwindSafe(|| match actor.await_turn() {
                true => work(actor),
                false => Ok(()),
            }));
            let how = ended.unwrap_or_else(|panicked| match panicked.downcast_ref::<Killed>() {
                Some(Killed) => Ok(()),
                None => Err(format!("panicked: {}", words(&*panicked))),
            });
            // Nobody listens only where the simulation is over.
            let _over = back.send((number, Back::Ended(how)));
        };
        let thread = thread::Builder::new().name(format!("actor-{number}")).spawn(run);
        if let (Some(slot), Ok(thread)) = (self.slots.get_mut(&number), thread) {
            slot.thread = Some(thread);
        }
    }

    /// When somebody that is awake wants to go on next.
    pub fn next(&self, is_awake: impl Fn(usize) -> bool) -> Option<Micros> {
        self.slots.values().filter(|slot| is_awake(slot.process)).map(|slot| slot.at).min()
    }

    /// Lets the clock go on.
    pub fn advance(&self, to: Micros) {
        self.clock.advance(to);
    }

    /// Whether a process has threads.
    pub fn has(&self, process: usize) -> bool {
        self.slots.values().any(|slot| slot.process == process)
    }

    /// Gives a turn to one of those who are awake and due; says who ended by itself.
    pub fn act(&mut self, random: &mut Random, is_awake: impl Fn(usize) -> bool) -> Option<Exit> {
        let now = self.clock.now();
        let due = self.slots.iter().filter(|(_, slot)| slot.at <= now && is_awake(slot.process));
        let due: Vec<usize> = due.map(|(number, _)| *number).collect();
        let number = random.pick(&due)?;
        self.give(number, Turn::Go)
    }

    /// Kills all threads of a process, each where it stands.
    pub fn kill(&mut self, process: usize) {
        let threads: Vec<usize> = self
            .slots
            .iter()
            .filter(|(_, slot)| slot.process == process)
            .map(|(number, _)| *number)
            .collect();
        for number in threads {
            // A thread hands its turn back while it unwinds at most by ending.
            let _killed = self.give(number, Turn::Die);
        }
    }

    fn give(&mut self, number: usize, turn: Turn) -> Option<Exit> {
        let slot = self.slots.get_mut(&number)?;
        slot.turns.send(turn).ok()?;
        // Nobody else acts meanwhile, so the answer is this one's.
        match self.back.recv().ok()? {
            (who, Back::Later(at)) => {
                self.slots.get_mut(&who)?.at = at;
                None
            }
            (who, Back::Ended(how)) => {
                let mut slot = self.slots.remove(&who)?;
                if let Some(thread) = slot.thread.take() {
                    // What it panicked with was caught.
                    let _joined = thread.join();
                }
                Some(Exit { process: slot.process, how })
            }
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let processes: Vec<usize> = self.slots.values().map(|slot| slot.process).collect();
        processes.into_iter().for_each(|process| self.kill(process));
    }
}

fn words(panicked: &(dyn std::any::Any + Send)) -> String {
    let text = panicked.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panicked.downcast_ref::<&str>().copied()).unwrap_or("without words").to_owned()
}

/// Keeps quiet about threads that were killed; everybody else's panic is told as before.
pub fn hush() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info.payload().is::<Killed>() {
            told(info);
        }
    }));
}

/// Keeps this thread, and those that it starts, to one core: they take turns, and waking somebody on a core that sleeps
/// costs several times what a turn does. Where the system does not let it, it is slower and the same.
pub fn keep_to_a_core(number: usize) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    // SAFETY: a set of cores is plain data, zero is the empty one, and the calls only read and write that set.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(number % cores, &mut set);
        libc::sched_setaffinity(0, std::mem::size_of::<libc::cpu_set_t>(), &set);
    }
}
