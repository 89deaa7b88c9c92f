//! Accounts by domain (SPEC 9.4): signals of `business-signals-by-domain` are routed into `business-signals`, once, to the
//! account that owns their domain; one whose domain nobody owns yet waits.
//!
//! - `profiles`: whose domains are, read from all of the profiles and on as they change.
//! - `judge`: what becomes of a record.
//! - `rows`, `waiting`: the topic of those that wait, and what of it is in memory.
//! - `router`: the loop, on a thread of its own; a member of a group of its own. A transaction has what was routed and set
//!   aside, the rows that came and went, and the offsets; `partitions`: how a partition is opened; `batch`: what one
//!   transaction writes.
//! - `checks`: whether the topics fit, before it begins.
//!
//! Whoever owns a partition of the signals owns the same partition of the waiting topic. Every transaction gives the group's
//! offsets of each partition whose rows it touches, so that it fails once another owns them.

mod batch;
mod checks;
mod judge;
mod partitions;
mod profiles;
mod router;
mod rows;
mod waiting;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use springtide_core::time::{DAY_MS, Millis};
use springtide_domains::Public;

use crate::control::Control;
use crate::fault::RunError;
use crate::metrics::Metrics;
use crate::partitioner::Partitioner;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::threads;
use crate::worker::bounds::TRANSACTION;
use router::Router;

pub(crate) use checks::{ensure, prepare, problems};
pub(crate) use judge::Form;

/// The topic of signals by domain, unless it is named otherwise.
pub const TOPIC: &str = "business-signals-by-domain";

const LOOK: Duration = Duration::from_millis(20);
/// How long it may take to end: what is on its way is committed.
const ENDING: Duration = Duration::from_secs(TRANSACTION.as_secs() + 20);

/// How signals by domain are routed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByDomain {
    /// The topic that they are read from.
    pub topic: String,
    /// The compacted topic of those that wait.
    pub waiting: String,
    /// How long one waits at most for an account that owns its domain.
    pub wait: Duration,
    /// Domains that are nobody's.
    pub public: Public,
}

impl ByDomain {
    /// The defaults for an application id.
    pub fn new(application_id: &str) -> ByDomain {
        ByDomain {
            topic: TOPIC.to_owned(),
            waiting: format!("{application_id}-domains-waiting"),
            wait: Duration::from_millis(30 * DAY_MS.unsigned_abs()),
            public: Public::default(),
        }
    }
}

/// What there is to know of the topics that it reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The partitions of `business-signals`.
    pub partitions: i32,
    /// What places its records.
    pub placed_by: Partitioner,
    /// The largest record that it takes, in bytes.
    pub largest_bytes: usize,
    /// How old a record may be for the topic to take it, and not to delete it before it is read, in milliseconds, where
    /// that is told.
    pub oldest_ms: Option<Millis>,
}

/// A router that works, on its thread.
pub(crate) struct Routing {
    ending: Arc<AtomicBool>,
    is_level: Arc<AtomicBool>,
    ended: Receiver<Result<(), RunError>>,
}

/// Starts to route, where the settings say so.
///
/// # Errors
/// Where a setting is refused, or the system gives no thread.
pub(crate) fn start(
    settings: &Settings,
    route: Option<Route>,
    registry: Option<Arc<Registry>>,
    instance: &str,
    metrics: &Metrics,
    control: &Control,
) -> Result<Option<Routing>, RunError> {
    let (Some(by), Some(route)) = (&settings.by_domain, route) else { return Ok(None) };
    let form = judge::Form::of(settings, registry.as_deref(), control)?;
    let [ending, is_level] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
    judge::CLASSES.iter().for_each(|class| metrics.by_domain_refused(class, 0));
    let router = Router::new(settings, by, (route, form), registry, instance, metrics.clone())?;
    let (say, ended) = sync_channel(1);
    let (told_to_end, level, control) = (Arc::clone(&ending), Arc::clone(&is_level), control.clone());
    threads::start("domains", move || {
        let done = router.work(&told_to_end, &level, &control);
        if done.is_err() {
            control.stop();
        }
        // Nobody may be waiting any more.
        let _ = say.send(done);
    })?;
    Ok(Some(Routing { ending, is_level, ended }))
}

impl Routing {
    /// Waits until what its partitions held is routed, or it can't be.
    pub fn await_level(&self, control: &Control) {
        while !self.is_level.load(Ordering::Acquire) && !control.stopping() {
            std::thread::sleep(LOOK);
        }
    }

    /// Ends it; says how it went.
    ///
    /// # Errors
    /// What ended it before, or [`RunError::Hung`].
    pub fn end(self) -> Result<(), RunError> {
        self.ending.store(true, Ordering::Release);
        let until = Instant::now() + ENDING;
        match self.ended.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(done) => done,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(RunError::Hung),
        }
    }
}
