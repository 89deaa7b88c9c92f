//! A record comes in: is it good, is it late, whose is it?

use std::sync::Arc;
use std::time::Duration;

use rdkafka::Message;
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use springtide_core::event::{Event, Topic};
use springtide_core::partition::{LateReason, Verdict};
use springtide_core::time::format_rfc3339;
use springtide_schema::{BadClass, BadRecord, check_future, check_key, decode_json_with};

use super::Worker;
use super::commit::Batch;
use crate::fault::{RunError, is_final, while_doing};
use crate::headers::{self, Place};
use crate::lane::Lane;
use crate::settings::Settings;
use crate::sink::Outgoing;
use crate::wall_clock;

/// However long there is time, a rebalance or a signal must be answered.
const LONGEST_POLL: Duration = Duration::from_millis(100);

impl Worker<'_> {
    /// Waits for one record at most so long, and takes it in.
    pub(super) fn poll(&mut self, timeout: Duration) -> Result<(), RunError> {
        match self.consumer.poll(timeout.min(LONGEST_POLL)) {
            None | Some(Err(KafkaError::PartitionEOF(_))) => Ok(()),
            Some(Ok(message)) => {
                let settings = self.shop.settings;
                // What was fetched before its partition was let go is not ours any more.
                let Some(topic) = settings.names.topic(message.topic()) else { return Ok(()) };
                let Some(lane) = self.lanes.get_mut(&message.partition()) else { return Ok(()) };
                if message.offset() >= lane.offset(topic) {
                    take(settings, topic, lane, &mut self.batch, &message)?;
                }
                Ok(())
            }
            Some(Err(error)) if is_final(&error) => Err(while_doing("reading")(error)),
            Some(Err(error)) => {
                tracing::warn!(%error, "reading goes on");
                Ok(())
            }
        }
    }
}

/// Takes a record into its lane and the batch.
fn take(
    settings: &Settings,
    topic: Topic,
    lane: &mut Lane<'_>,
    batch: &mut Batch,
    message: &BorrowedMessage<'_>,
) -> Result<(), RunError> {
    lane.passed(topic, message.offset());
    batch.records += 1;
    let aside = match judge(settings, topic, message) {
        Err(bad) => {
            batch.bad(bad.class);
            Some((&settings.names.dead_letter, bad.class.name(), bad.message))
        }
        Ok(event) => match lane.record(event)? {
            Verdict::Accepted(_) => {
                batch.event(topic);
                None
            }
            Verdict::Late(reason) => {
                batch.late(topic);
                Some((&settings.names.late, "late", explained(reason)))
            }
        },
    };
    if let Some((to, class, why)) = aside {
        batch.outgoing.push(set_aside(to, message, class, &why));
    }
    Ok(())
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
        topic: Arc::from(to),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers::set_aside(message.headers(), place, class, why),
    }
}
