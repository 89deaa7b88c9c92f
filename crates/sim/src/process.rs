//! A process: its copier and its workers, each on a thread of its own, wired as `springtide_runtime::run` does it.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use springtide_core::rules::Rules;
use springtide_runtime::changelog::Changelog;
use springtide_runtime::encode::Encoder;
use springtide_runtime::lease::Leases;
use springtide_runtime::traces::Traces;
use springtide_runtime::worker::{Shop, Worker};
use springtide_runtime::{Control, Metrics, Rulebook, Settings};
use springtide_store::Store;

use crate::client::{Line, Member, Reader};
use crate::cluster::Cluster;
use crate::random::Random;
use crate::stage::{Actor, Stage};

/// What a process is made of; clones share what its threads share.
#[derive(Clone)]
pub struct Parts {
    /// Which it is.
    pub number: usize,
    /// How many workers it has.
    pub workers: usize,
    /// How it runs.
    pub settings: Settings,
    /// The rules.
    pub rules: Arc<Rules>,
    /// Its store.
    pub store: Arc<dyn Store>,
    /// How others end it.
    pub control: Control,
    /// The broker.
    pub cluster: Arc<Mutex<Cluster>>,
    /// Real time's origin.
    pub origin: Instant,
}

/// What workers of one process share besides.
#[derive(Clone)]
struct Shared {
    leases: Leases,
    metrics: Metrics,
    partitions: i32,
}

impl Parts {
    /// Starts its threads, which wait for their turns.
    ///
    /// # Errors
    /// Where figures can't be made.
    pub fn start(self, stage: &mut Stage, random: &mut Random) -> Result<(), String> {
        let metrics = Metrics::new().map_err(|error| error.to_string())?;
        let partitions = self.line(0).cluster().partitions;
        let shared = Shared { leases: Leases::default(), metrics, partitions };
        self.control.begin(self.workers);
        let mut give = Vec::new();
        for worker in 0..self.workers {
            let (to_it, changelog) = channel();
            give.push(to_it);
            let (parts, shared, random) = (self.clone(), shared.clone(), Random::new(random.number()));
            let actor = stage.actor(self.number);
            stage.start(actor, move |actor| parts.work(worker, &shared, actor, random, &changelog));
        }
        let random = Random::new(random.number());
        let actor = stage.actor(self.number);
        stage.start(actor, move |actor| {
            let reader = Reader::connect(self.line(0), actor, random);
            let Shared { leases, metrics, partitions } = shared;
            let beside = Changelog::beside(&self.settings, self.store, leases, metrics, partitions, reader);
            let (changelog, mut copier) = beside.map_err(|error| error.to_string())?;
            let changelog = Arc::new(changelog);
            for give in give {
                // Nobody takes it where the worker was the first to end.
                let _given = give.send(Arc::clone(&changelog));
            }
            drop(changelog);
            copier.work();
            Ok(())
        });
        Ok(())
    }

    fn line(&self, worker: usize) -> Line {
        Line { cluster: Arc::clone(&self.cluster), process: self.number, worker, origin: self.origin }
    }

    fn work(
        &self,
        number: usize,
        shared: &Shared,
        actor: Actor,
        random: Random,
        changelog: &Receiver<Arc<Changelog>>,
    ) -> Result<(), String> {
        let changelog = loop {
            match changelog.try_recv() {
                Ok(changelog) => break changelog,
                Err(TryRecvError::Empty) => actor.pass(1_000),
                Err(TryRecvError::Disconnected) => return Ok(()),
            }
        };
        let encoder = Encoder::new(&self.settings, None, &self.control).map_err(|error| error.to_string())?;
        let shop = Shop {
            settings: &self.settings,
            book: Rulebook::fixed(Arc::clone(&self.rules)),
            bench: Arc::default(),
            store: &*self.store,
            changelog: &changelog,
            leases: shared.leases.clone(),
            metrics: shared.metrics.clone(),
            control: &self.control,
            partitions: shared.partitions,
            registry: None,
            encoder,
            traces: Traces::off(),
            instance: format!("process-{}", self.number),
        };
        let member = Member::join(self.line(number), actor, random, Arc::clone(&self.store));
        let worked = Worker::new(&shop, number, member).and_then(Worker::work);
        worked.map(drop).map_err(|error| error.to_string())
    }
}
