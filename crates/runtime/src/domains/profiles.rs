//! Whose domains are, as all of the profiles say, and on as they change.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use springtide_core::event::Topic;
use springtide_domains::{Contest, Table};

use super::ByDomain;
use crate::decode::Decoder;
use crate::fault::RunError;
use crate::follow::Follow;
use crate::kafka::OwnedRecord;
use crate::metrics::Metrics;
use crate::profiles::{Said, said};
use crate::registry::Registry;
use crate::settings::Settings;
use crate::threads::Recurring;

/// So many domains that several accounts list are named in the log once all profiles are read.
const NAMED: usize = 10;

/// The table, and what somebody came to own since it was last asked.
struct Told {
    table: Table,
    gained: Vec<Arc<str>>,
}

/// Reads the profiles until it is dropped.
pub(super) struct Profiles {
    told: Arc<Mutex<Told>>,
    is_level: Arc<AtomicBool>,
    _thread: Recurring,
}

fn lock(told: &Mutex<Told>) -> MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Profiles {
    pub fn follow(
        settings: &Settings,
        by: &ByDomain,
        registry: Option<Arc<Registry>>,
        metrics: Metrics,
    ) -> Result<Profiles, RunError> {
        let told = Arc::new(Mutex::new(Told { table: Table::new(by.public.clone()), gained: Vec::new() }));
        let is_level = Arc::new(AtomicBool::new(false));
        let topic = settings.names.of(Topic::AccountProfiles).to_owned();
        let (decoder, max_future_ms) = (Decoder::new(settings, registry)?, settings.max_future_ms);
        let (state, level) = (Arc::clone(&told), Arc::clone(&is_level));
        let thread = Follow::start(settings, ("domains", topic), Arc::clone(&is_level), move |record| {
            let Some(contested) = lock(&state).take(&decoder, max_future_ms, record) else { return false };
            if level.load(Ordering::Acquire) {
                contested.iter().for_each(say);
            }
            metrics.by_domain_contested(lock(&state).table.contested());
            true
        })?;
        Ok(Profiles { told, is_level, _thread: thread })
    }

    /// Whether all was read that was there at the beginning.
    pub fn is_level(&self) -> bool {
        self.is_level.load(Ordering::Acquire)
    }

    /// Looks at the table.
    pub fn look<T>(&self, look: impl FnOnce(&Table) -> T) -> T {
        look(&lock(&self.told).table)
    }

    /// What somebody came to own since this was last asked.
    pub fn gained(&self) -> Vec<Arc<str>> {
        std::mem::take(&mut lock(&self.told).gained)
    }

    /// Says what it has come to.
    pub fn report(&self) {
        self.look(|table| {
            let (domains, contested) = (table.len(), table.contested());
            tracing::info!(domains, contested, "whose domains are is known; signals by domain are routed");
            table.contests().take(NAMED).for_each(|contest| say(&contest));
        });
    }
}

fn say(contest: &Contest) {
    let Contest { domain, owner, other } = contest;
    tracing::warn!(
        %domain, %owner, %other,
        "several accounts list one domain; its signals go to the one that has been a customer for longer: mend the profiles"
    );
}

impl Told {
    /// Takes a profile or a tombstone in; nothing where its schema is not known yet.
    fn take(&mut self, decoder: &Decoder, max_future_ms: i64, record: &OwnedRecord) -> Option<Vec<Contest>> {
        match said(decoder, max_future_ms, record) {
            Said::Pending => None,
            Said::Nothing => Some(Vec::new()),
            Said::Erasure(account) => {
                self.table.forget(&account);
                Some(Vec::new())
            }
            Said::Profile(account, profile) => {
                let changed = self.table.tell(&account, &profile);
                self.gained.extend(changed.gained);
                Some(changed.contested)
            }
        }
    }
}
