//! A record comes in: is it good, is it late, whose is it?

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message, Offset, TopicPartitionList};
use springtide_core::event::{Event, Topic};
use springtide_core::partition::{LateReason, Verdict};
use springtide_core::time::format_rfc3339;
use springtide_schema::{BadClass, BadRecord, check_future, check_key, decode_json_with};

use super::{ASK_TIMEOUT, Batch, Worker, wall_clock};
use crate::fault::{RunError, while_doing};
use crate::headers::{self, Place};
use crate::lane::Lane;
use crate::settings::Settings;
use crate::sink::Outgoing;

/// However long there is time, a rebalance or a signal must be answered.
const LONGEST_POLL: Duration = Duration::from_millis(100);

/// A record that has to wait: its topic's name, partition and offset.
type Held = (String, i32, i64);

impl Worker<'_> {
    /// Waits for one record at most so long, and takes it in.
    pub(super) fn poll(&mut self, timeout: Duration) -> Result<(), RunError> {
        let held = match self.consumer.poll(timeout.min(LONGEST_POLL)) {
            None => {
                self.drained = Some(Instant::now());
                None
            }
            Some(Ok(message)) => take(self.settings, &mut self.lanes, &mut self.batch, &message)?,
            Some(Err(KafkaError::PartitionEOF(_))) => None,
            Some(Err(error)) if is_final(&error) => return Err(while_doing("reading")(error)),
            Some(Err(error)) => {
                tracing::warn!(%error, "reading goes on");
                None
            }
        };
        held.map_or(Ok(()), |held| self.hold(held))
    }

    /// Stops reading a topic of a partition whose state has yet to come to where the group had.
    fn hold(&mut self, (topic, number, offset): Held) -> Result<(), RunError> {
        let mut list = TopicPartitionList::new();
        list.add_partition(&topic, number);
        self.consumer.pause(&list).map_err(while_doing("holding a partition"))?;
        let back = self.consumer.seek(&topic, number, Offset::Offset(offset), ASK_TIMEOUT);
        back.map_err(while_doing("holding a partition"))?;
        self.waiting.push((topic, number));
        Ok(())
    }
}

/// Takes a record into its lane and the batch, or says that it has to wait.
fn take(
    settings: &Settings,
    lanes: &mut BTreeMap<i32, Lane<'_>>,
    batch: &mut Batch,
    message: &BorrowedMessage<'_>,
) -> Result<Option<Held>, RunError> {
    // What was fetched before its partition was revoked is not ours any more.
    let Some(topic) = settings.names.topic(message.topic()) else {
        return Ok(None);
    };
    let Some(lane) = lanes.get_mut(&message.partition()) else {
        return Ok(None);
    };
    if lane.must_wait(topic, message.offset()) {
        lane.nothing_before(topic, message.offset());
        return Ok(Some((message.topic().to_owned(), message.partition(), message.offset())));
    }
    // Up to where the group had come, what was set aside is in its topic already.
    let repeated = lane.is_silent();
    lane.passed(topic, message.offset());
    batch.records += 1;
    let aside = match judge(settings, topic, message) {
        Err(bad) => {
            batch.counts.bad += 1;
            Some((&settings.names.dead_letter, bad.class.name(), bad.message))
        }
        Ok(event) => match lane.record(event)? {
            Verdict::Accepted(_) => {
                batch.counts.events += 1;
                None
            }
            Verdict::Late(reason) => {
                batch.counts.late += 1;
                Some((&settings.names.late, "late", explained(reason)))
            }
        },
    };
    if let Some((to, class, why)) = aside.filter(|_| !repeated) {
        batch.outgoing.push(set_aside(to, message, class, &why));
    }
    Ok(None)
}

/// Errors after which polling on makes no sense.
fn is_final(error: &KafkaError) -> bool {
    let code = error.rdkafka_error_code();
    matches!(
        code,
        Some(
            RDKafkaErrorCode::Fatal
                | RDKafkaErrorCode::GroupAuthorizationFailed
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::UnknownTopicOrPartition
        )
    )
}

/// Decodes and checks a record.
fn judge(settings: &Settings, topic: Topic, message: &BorrowedMessage<'_>) -> Result<Event, BadRecord> {
    let Some(value) = message.payload() else {
        let why = if topic == Topic::AccountProfiles {
            "an erasure (a profile without a value) is not carried out by this version"
        } else {
            "the record has no value"
        };
        return Err(BadRecord::new(BadClass::MissingField, why));
    };
    let event = decode_json_with(topic, value, &headers::attributes(message.headers()))?.event;
    check_key(&event, message.key())?;
    check_future(&event, wall_clock(), settings.max_future_ms)?;
    Ok(event)
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

fn set_aside(to: &str, message: &BorrowedMessage<'_>, class: &str, why: &str) -> Outgoing {
    let place = Place { topic: message.topic(), partition: message.partition(), offset: message.offset() };
    Outgoing {
        topic: to.to_owned(),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers::set_aside(message.headers(), place, class, why),
    }
}
