//! A record comes in: is it good, is it late, whose is it?

use std::sync::Arc;
use std::time::{Duration, Instant};

use springtide_core::event::{Event, Fact, Topic};
use springtide_core::partition::{LateReason, Verdict};
use springtide_core::time::{Millis, format_rfc3339};
use springtide_schema::limits::MAX_ID_BYTES;
use springtide_schema::{BadClass, BadRecord, check_future, check_key};

use super::commit::Batch;
use super::{Worker, bounds};
use crate::decode::{Decoder, Undecided};
use crate::fault::RunError;
use crate::headers;
use crate::kafka::{Kafka, Record};
use crate::lane::Lane;
use crate::settings::Settings;
use crate::sink::Outgoing;
use crate::traces::{Origin, carried};

/// However long there is time, a rebalance or a signal must be answered.
const LONGEST_POLL: Duration = Duration::from_millis(100);

/// What became of a record.
pub(crate) enum Taken {
    In,
    /// It erased this account, as of this instant.
    Erased(String, Millis),
    /// It waits for this schema.
    Held(u32),
}

impl<K: Kafka> Worker<'_, K> {
    /// Hears what the group says, waits for records at most so long, and takes in what came, until it is time to settle
    /// or to commit.
    pub(super) fn poll(&mut self, timeout: Duration) -> Result<(), RunError> {
        match self.kafka.hear() {
            Ok(false) => {}
            // Records come by another way; one that came by this one is fetched again.
            Ok(true) => self.read_on()?,
            Err(error) => went_wrong(error)?,
        }
        self.kafka.fetch(timeout.min(LONGEST_POLL));
        let (now, heard) = (self.kafka.wall_clock(), self.kafka.now());
        while !self.is_full() && self.batch.load.waiting < bounds::SETTLE_ACCOUNTS {
            match self.kafka.next() {
                None => break,
                Some(Ok(record)) => self.take(record, now, heard)?,
                Some(Err(error)) => self.could_not_read(error)?,
            }
        }
        Ok(())
    }

    /// What is no longer there is looked at when its partition is opened anew.
    fn could_not_read(&mut self, error: RunError) -> Result<(), RunError> {
        let RunError::OutOfRange { topic, partition } = &error else { return went_wrong(error) };
        let topic = self.shop.settings.names.topic(topic);
        self.beyond.extend(topic.map(|topic| (topic, *partition)));
        Err(error)
    }

    /// Takes a record in, if it is ours and in its turn.
    fn take(&mut self, message: K::Record, now: Millis, heard: Instant) -> Result<(), RunError> {
        let settings = self.shop.settings;
        let Some(topic) = settings.names.topic(message.topic()) else { return Ok(()) };
        let Some(lane) = self.lanes.get_mut(&message.partition()) else { return Ok(()) };
        let place = (topic, message.partition());
        if self.held.contains_key(&place) {
            return Ok(());
        }
        self.heirs.take(
            topic,
            &message,
            Judge { settings, decoder: &self.decoder, now },
            (heard, lane.offset(topic)),
        )?;
        if message.offset() < lane.offset(topic) {
            return Ok(());
        }
        let judge = Judge { settings, decoder: &self.decoder, now };
        let (waiting, resident_bytes) = (lane.waiting(), lane.resident_bytes());
        let mut intake = Intake { judge, heard, lane, batch: &mut self.batch };
        let taken = intake.take(topic, &message)?;
        self.batch.load.waiting += lane.waiting().saturating_sub(waiting);
        self.batch.load.loaded(lane.resident_bytes().saturating_sub(resident_bytes));
        match taken {
            Taken::In => Ok(()),
            Taken::Erased(account, at) => {
                drop(message);
                self.read_again(place.1, &account, at)
            }
            Taken::Held(schema) => {
                self.held.insert(place, schema);
                self.read_on()
            }
        }
    }

    /// Reads on where the schema that a record waited for is there, or will never be.
    pub(super) fn let_held_go(&mut self) -> Result<(), RunError> {
        let before = self.held.len();
        let decoder = &self.decoder;
        self.held.retain(|_, schema| decoder.is_pending(*schema));
        if self.held.len() < before { self.read_on() } else { Ok(()) }
    }
}

fn went_wrong(error: RunError) -> Result<(), RunError> {
    if !error.may_pass() {
        return Err(error);
    }
    tracing::warn!(%error, "reading goes on");
    Ok(())
}

/// What a record is judged by.
pub(crate) struct Judge<'w> {
    pub settings: &'w Settings,
    pub decoder: &'w Decoder,
    /// The wall clock.
    pub now: Millis,
}

impl Judge<'_> {
    /// Decodes and checks a record.
    pub(super) fn judge(&self, topic: Topic, message: &impl Record) -> Result<Event, Undecided> {
        let Some(value) = message.value() else {
            return Err(BadRecord::new(BadClass::MissingField, "the record has no value").into());
        };
        let attributes = headers::attributes(message);
        let event = self.decoder.decode(topic, value, &attributes)?.event;
        check_key(&event, message.key())?;
        check_future(&event, self.now, self.settings.max_future_ms)?;
        Ok(event)
    }
}

/// A record's way into its lane and the batch.
pub(crate) struct Intake<'w, 's> {
    pub judge: Judge<'w>,
    /// When records were last heard of.
    pub heard: Instant,
    pub lane: &'w mut Lane<'s>,
    pub batch: &'w mut Batch,
}

impl Intake<'_, '_> {
    pub fn take(&mut self, topic: Topic, message: &impl Record) -> Result<Taken, RunError> {
        let written_at = message.written_at().unwrap_or(self.judge.now);
        let account = message.key().and_then(|key| std::str::from_utf8(key).ok());
        if topic == Topic::AccountProfiles
            && message.value().is_none()
            && let Some(account) = account.filter(|account| (1..=MAX_ID_BYTES).contains(&account.len()))
        {
            self.pass(topic, message, written_at);
            return self.erase(account, written_at);
        }
        if account.is_some_and(|account| self.lane.is_erased(account, written_at)) {
            self.pass(topic, message, written_at);
            self.batch.counts.erased += 1;
            return Ok(Taken::In);
        }
        let judged = match self.judge.judge(topic, message) {
            Err(Undecided::Pending(schema)) => return Ok(Taken::Held(schema)),
            Err(Undecided::Bad(bad)) => Err(bad),
            Ok(event) => Ok(event),
        };
        self.pass(topic, message, written_at);
        match judged {
            Err(bad) => {
                self.batch.bad(topic, bad.class);
                self.set_aside(
                    &self.judge.settings.names.dead_letter,
                    message,
                    bad.class.name(),
                    &bad.message,
                );
            }
            Ok(event) => match self.record(event, message, account, written_at)? {
                Verdict::Accepted(_) => self.batch.event(topic),
                Verdict::Late(reason) => {
                    self.batch.late(topic);
                    self.set_aside(&self.judge.settings.names.late, message, "late", &explained(reason));
                }
            },
        }
        Ok(Taken::In)
    }

    fn record(
        &mut self,
        event: Event,
        message: &impl Record,
        account: Option<&str>,
        written_at: Millis,
    ) -> Result<Verdict, RunError> {
        let stage = match &event.fact {
            Fact::Outcome(outcome) => Some(outcome.stage),
            _ => None,
        };
        let origin = Origin {
            topic: event.topic(),
            partition: message.partition(),
            offset: message.offset(),
            written_at,
            read_at: self.judge.now,
            context: carried(message),
        };
        let traced = origin.context.is_some().then(|| Box::from(event.fact.id()));
        let waiting = self.lane.waiting();
        let verdict = self.lane.record(event)?;
        if let Some(account) = account {
            if self.lane.waiting() > waiting {
                self.batch.causes.began(account, origin.clone());
            }
            if let Some(event_id) = traced {
                self.batch.load.bytes += self.batch.causes.traced(account, event_id, origin);
            }
        }
        if matches!(verdict, Verdict::Accepted(_)) {
            self.batch.outcomes.extend(stage);
        }
        Ok(verdict)
    }

    fn pass(&mut self, topic: Topic, message: &impl Record, written_at: Millis) {
        self.lane.passed(topic, message.offset(), written_at, self.heard);
        self.batch.load.records += 1;
        self.batch.load.bytes +=
            message.value().map_or(0, <[u8]>::len) + message.key().map_or(0, <[u8]>::len);
    }

    /// Carries a tombstone out (SPEC 7.3): the rows in the latest topic go with the account's state.
    fn erase(&mut self, account: &str, written_at: Millis) -> Result<Taken, RunError> {
        let erasure = self.lane.erase(account, written_at)?;
        self.batch.counts.erasures += u64::from(!erasure.repeated);
        self.batch.counts.erased += u64::from(erasure.repeated);
        let latest: Arc<str> = Arc::from(&*self.judge.settings.names.latest);
        self.batch.outgoing.extend(erasure.rows.into_iter().map(|id| Outgoing {
            topic: Arc::clone(&latest),
            key: Some(id.to_string().into_bytes()),
            value: None,
            headers: Vec::new(),
            partition: None,
            written_at: None,
        }));
        Ok(if erasure.repeated { Taken::In } else { Taken::Erased(account.to_owned(), written_at) })
    }

    fn set_aside(&mut self, to: &str, message: &impl Record, class: &str, why: &str) {
        self.batch.outgoing.push(Outgoing {
            topic: Arc::from(to),
            key: message.key().map(<[u8]>::to_vec),
            value: message.value().map(<[u8]>::to_vec),
            headers: headers::set_aside(message, class, why),
            partition: None,
            written_at: None,
        });
    }
}

fn explained(reason: LateReason) -> String {
    match reason {
        LateReason::Topic { bound } => {
            format!("older than {}, the topic's latest less its allowed lateness", format_rfc3339(bound))
        }
        LateReason::Horizon { bound } => {
            format!("older than the partition's horizon, {}", format_rfc3339(bound))
        }
    }
}
