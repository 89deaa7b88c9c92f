//! What people see of opportunities, and what they decide (SPEC 9.1, 9.2): the compacted latest topic and the outcomes are
//! read into the inbox, by any instance; a decision is an outcome event like any other.
//!
//! - `decide`: writes outcomes.
//! - `accounts`: finds an account's state, here or where it is.
//! - `revisions`: where the revisions of each opportunity stand.
//! - `reports`: what reports are made from, read back when somebody asks.
//!
//! It takes no part in the pipeline's work, and holds no state that matters: a new start reads it anew.

mod accounts;
mod decide;
mod reports;
mod revisions;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use springtide_core::event::{Outcome, Topic};
use springtide_inbox::{Change, Inbox, Place, Row};
use springtide_report::Reported;
use springtide_schema::{opportunity_json_of_avro, unframe};
use springtide_store::Store;
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::board::Board;
use crate::decode::{Decoder, Undecided};
use crate::ends::Ends;
use crate::fault::RunError;
use crate::follow::Follow;
use crate::headers;
use crate::kafka::{OwnedRecord, Record};
use crate::partitioner::Partitioner;
use crate::registry::Registry;
use crate::rulebook::Rulebook;
use crate::settings::Settings;
use accounts::Accounts;
use decide::Writer;
use reports::{Reports, Sources};
use revisions::{MOST_KNOWN, Revisions};

pub use accounts::{Known, Whose};

/// How long it may take to read one opportunity again.
const WHOLE: Duration = Duration::from_secs(5);
/// So many revisions of one opportunity are shown.
pub const MOST_REVISIONS: usize = 100;
/// So many changes are kept for whoever listens; who falls further behind has lost some, and is told so.
const CHANGES_KEPT: usize = 1_024;

/// Handle on the inbox of a pipeline; clones share it. Closed until the pipeline's topics are checked.
#[derive(Clone, Default)]
pub struct Desk(Arc<Shared>);

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("is_level", &self.is_level()).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Shared {
    inbox: RwLock<Inbox>,
    changes: Changes,
    /// Of the latest topic, and of the outcomes: whether all was read that was there at the beginning.
    are_level: [Arc<AtomicBool>; 2],
    open: Mutex<Option<Open>>,
    accounts: RwLock<Option<Accounts>>,
    revisions: RwLock<Revisions>,
    revisions_are_level: Arc<AtomicBool>,
    reports: Arc<Reports>,
}

/// Where changes are told. Telling never waits, whoever listens.
struct Changes(broadcast::Sender<Change>);

impl Default for Changes {
    fn default() -> Changes {
        Changes(broadcast::Sender::new(CHANGES_KEPT))
    }
}

/// What it asks of Kafka.
struct Open {
    latest: String,
    opportunities: String,
    reader: Ends,
    writer: Writer,
}

/// Reads on until it is dropped.
pub struct Following {
    _threads: [crate::threads::Recurring; 3],
    reports: Arc<Reports>,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.reports.ending.store(true, Ordering::Relaxed);
    }
}

impl Desk {
    /// Begins to read, for a pipeline whose topics are there, with so many partitions each. `placed_by` is what places the
    /// records of the input topics; without it outcomes can't be written, nor accounts found.
    ///
    /// # Errors
    /// Where a setting is refused, or the system gives no thread.
    pub(crate) fn open(
        &self,
        settings: &Settings,
        (partitions, placed_by): (i32, Option<Partitioner>),
        registry: Option<Arc<Registry>>,
        (book, store, board): (Rulebook, &Arc<dyn Store>, Board),
    ) -> Result<Following, RunError> {
        let motions =
            book.counting().rules.plays.iter().map(|play| (play.name.clone(), play.motion)).collect();
        let accounts = Accounts::open(settings, (partitions, placed_by), book, store, board)?;
        *self.0.accounts.write().unwrap_or_else(PoisonError::into_inner) = Some(accounts);
        let latest = settings.names.latest.clone();
        let opportunities = settings.names.opportunities.clone();
        let outcomes = settings.names.of(Topic::OpportunityOutcomes).to_owned();
        let writer = Writer::open(settings, partitions, placed_by, registry.clone())?;
        let sources = Sources { settings: settings.clone(), registry: registry.clone(), motions };
        *self.0.reports.sources.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(sources));
        let reader = Ends::connect(settings)?;
        let open = Open { latest: latest.clone(), opportunities: opportunities.clone(), reader, writer };
        *self.0.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(open);
        let decoder = Decoder::new(settings, registry)?;
        let [latest_is_level, outcomes_are_level] = self.0.are_level.clone();
        let (rows, done) = (Arc::clone(&self.0), Arc::clone(&self.0));
        let follow_rows = Follow::start(settings, ("inbox", latest), latest_is_level, move |record| {
            rows.take_row(record);
            true
        })?;
        let follow_outcomes =
            Follow::start(settings, ("inbox", outcomes), outcomes_are_level, move |record| {
                done.take_outcome(&decoder, record)
            })?;
        let (told, are_level) = (Arc::clone(&self.0), Arc::clone(&self.0.revisions_are_level));
        let follow_revisions = Follow::start(settings, ("inbox", opportunities), are_level, move |record| {
            told.take_revision(record);
            true
        })?;
        let reports = Arc::clone(&self.0.reports);
        Ok(Following { _threads: [follow_rows, follow_outcomes, follow_revisions], reports })
    }

    /// Whether it has read all that the topics had when it began.
    pub fn is_level(&self) -> bool {
        self.0.is_level()
    }

    /// Looks into the inbox.
    pub fn look<T>(&self, look: impl FnOnce(&Inbox) -> T) -> T {
        look(&self.0.inbox.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What changes from here on, once it [is level](Desk::is_level): what is read before that is no news.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.0.changes.0.subscribe()
    }

    /// The whole of an opportunity's latest revision as JSON; nothing where it is not known, or no longer.
    ///
    /// # Errors
    /// Where Kafka does not give it in time, or it can't be read.
    pub fn whole(&self, id: Uuid) -> Result<Option<String>, RunError> {
        let Some(place) = self.look(|inbox| inbox.place(id)) else { return Ok(None) };
        self.read(|open| &open.latest, place, Instant::now() + WHOLE)
    }

    /// The revisions of an opportunity as JSON, the latest last: those that its topic still has, of the
    /// [`MOST_REVISIONS`] latest. Nothing where it is not known, or no longer.
    ///
    /// # Errors
    /// Where the topic is not read to its end yet, or Kafka does not give them in time, or they can't be read.
    pub fn revisions(&self, id: Uuid) -> Result<Option<Vec<String>>, RunError> {
        if self.look(|inbox| inbox.place(id)).is_none() {
            return Ok(None);
        }
        if !self.0.revisions_are_level.load(Ordering::Acquire) {
            return Err(RunError::Setting(
                "the revisions are being read; in a moment they are there".to_owned(),
            ));
        }
        let places: Vec<_> = {
            let known = self.0.revisions.read().unwrap_or_else(PoisonError::into_inner);
            known.of(id).take(MOST_REVISIONS).collect()
        };
        let deadline = Instant::now() + WHOLE;
        let mut found = Vec::new();
        for place in places {
            // Retention may have taken it since.
            let Some(json) = self.read(|open| &open.opportunities, place, deadline)? else { continue };
            let Some(revision) = Row::read(&json, place).ok().filter(|row| row.id == id) else { continue };
            found.push(json);
            // What stands before the first was of an account that was erased, and came back the same.
            if revision.revision == 1 {
                break;
            }
        }
        found.reverse();
        Ok(Some(found))
    }

    /// The JSON of the opportunity at a place of a topic.
    fn read(
        &self,
        topic: impl Fn(&Open) -> &str,
        place: Place,
        deadline: Instant,
    ) -> Result<Option<String>, RunError> {
        let open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = &*open else { return Ok(None) };
        let (mut found, offsets) = (None, place.offset..place.offset + 1);
        open.reader.read(topic(open), place.partition, offsets, deadline, &mut |message| {
            found = Some(crate::ends::owned(message));
        })?;
        found.map(|record| json_of(&record)).transpose().map(Option::flatten)
    }

    /// An account as its owner has it, or where to ask.
    ///
    /// # Errors
    /// Where the state can't be read, or brokers don't answer.
    pub fn account(&self, id: &str) -> Result<Whose, RunError> {
        match &*self.0.accounts.read().unwrap_or_else(PoisonError::into_inner) {
            Some(accounts) => accounts.find(id),
            None => Ok(Whose::Nobody("the pipeline has not begun yet".to_owned())),
        }
    }

    /// What there is to report from; where there is nothing yet, or it is old, it begins to be read. Does not wait.
    pub fn reported(&self) -> Reported {
        reports::ask(&self.0.reports)
    }

    /// Writes what somebody decided, and waits until Kafka has it. The same event again changes nothing.
    ///
    /// # Errors
    /// Where it is not written, or nobody knows.
    pub fn decide(&self, account: &str, outcome: &Outcome) -> Result<(), RunError> {
        let open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        match &*open {
            Some(open) => open.writer.write(account, outcome),
            None => Err(RunError::Setting("the pipeline has not begun yet".to_owned())),
        }
    }
}

impl Shared {
    fn is_level(&self) -> bool {
        self.are_level.iter().all(|is_level| is_level.load(Ordering::Acquire))
    }

    /// Changes the inbox, and tells of it while nobody else can: changes are told in the order in which they were made.
    fn change(&self, change: impl FnOnce(&mut Inbox) -> Option<Change>) {
        let mut inbox = self.inbox.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(change) = change(&mut inbox).filter(|_| self.is_level()) {
            // Nobody may listen.
            let _ = self.changes.0.send(change);
        }
    }

    fn take_row(&self, record: &OwnedRecord) {
        let id = record
            .key()
            .and_then(|key| std::str::from_utf8(key).ok())
            .and_then(|key| Uuid::try_parse(key).ok());
        let Some(id) = id else {
            tracing::warn!(
                offset = record.offset,
                "a record of the latest topic has no opportunity's id for a key"
            );
            return;
        };
        let place = Place { partition: record.partition, offset: record.offset };
        match json_of(record) {
            Ok(None) => self.change(|inbox| inbox.remove(id)),
            Ok(Some(json)) => match Row::read(&json, place) {
                Ok(row) => self.change(|inbox| inbox.put(row)),
                Err(error) => tracing::warn!(%id, %error, "an opportunity that nobody can be shown"),
            },
            Err(error) => tracing::warn!(%id, %error, "an opportunity that nobody can be shown"),
        }
    }

    /// A record of ours says in a header whose revision it is.
    fn take_revision(&self, record: &OwnedRecord) {
        let id = headers::attributes(record).id.and_then(|id| id.split_once(':'));
        let Some(id) = id.and_then(|(id, _)| Uuid::try_parse(id).ok()) else { return };
        let place = Place { partition: record.partition, offset: record.offset };
        self.revisions.write().unwrap_or_else(PoisonError::into_inner).put(id, place, MOST_KNOWN);
    }

    /// False where its schema is not known yet. What can't be used is the pipeline's to set aside.
    fn take_outcome(&self, decoder: &Decoder, record: &OwnedRecord) -> bool {
        let Some(value) = record.value() else { return true };
        match decoder.decode(Topic::OpportunityOutcomes, value, &headers::attributes(record)) {
            Ok(decoded) => {
                if let springtide_core::event::Fact::Outcome(outcome) = decoded.event.fact {
                    self.change(|inbox| inbox.done(Outcome::clone(&outcome)));
                }
                true
            }
            Err(Undecided::Pending(_)) => false,
            Err(Undecided::Bad(_)) => true,
        }
    }
}

/// An opportunity's record as JSON, whichever way it was written; a tombstone has none.
fn json_of(record: &OwnedRecord) -> Result<Option<String>, RunError> {
    let Some(value) = record.value() else { return Ok(None) };
    let unreadable = |message: String| RunError::Encoding {
        opportunity: String::from_utf8_lossy(record.key().unwrap_or_default()).into_owned(),
        message,
    };
    // An opportunity of JSON is an object, which begins with no zero byte.
    if value.first() == Some(&0) {
        let (_, datum) = unframe(value).map_err(|bad| unreadable(bad.message))?;
        return opportunity_json_of_avro(datum).map(Some).map_err(|bad| unreadable(bad.message));
    }
    String::from_utf8(value.to_vec()).map(Some).map_err(|error| unreadable(error.to_string()))
}
