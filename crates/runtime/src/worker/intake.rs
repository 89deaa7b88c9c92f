//! A record comes in: is it good, is it late, whose is it?

use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message, Offset, TopicPartitionList};
use springtide_core::event::{Event, Topic};
use springtide_core::partition::{LateReason, Verdict};
use springtide_core::time::format_rfc3339;
use springtide_schema::{BadClass, BadRecord, check_future, check_key, decode_json_with};

use super::{ASK_TIMEOUT, Worker, wall_clock};
use crate::fault::{RunError, while_doing};
use crate::headers::{self, Place};
use crate::settings::Settings;
use crate::sink::Outgoing;

/// What becomes of a record.
enum Intake {
    Event(Event),
    Bad(BadRecord),
}

impl Worker<'_> {
    /// Waits for one record at most so long, and takes it in.
    pub(super) fn poll(&mut self, timeout: Duration) -> Result<(), RunError> {
        let control = self.control;
        let place;
        match self.consumer.poll(timeout.min(Duration::from_millis(100))) {
            None => return Ok(()),
            Some(Err(KafkaError::PartitionEOF(number))) => {
                self.ends.insert(number, Instant::now());
                return Ok(());
            }
            Some(Err(error)) => return if is_final(&error) { Err(while_doing("reading")(error)) } else {
                tracing::warn!(%error, "reading goes on");
                Ok(())
            },
            Some(Ok(message)) => {
                // A message that was fetched before its partition was revoked is not ours any more.
                let Some(topic) = self.settings.names.topic(message.topic()) else { return Ok(()) };
                let Some(lane) = self.lanes.get_mut(&message.partition()) else { return Ok(()) };
                if lane.must_wait(topic, message.offset()) {
                    place = (message.topic().to_owned(), message.partition(), message.offset());
                } else {
                    let intake = judge(self.settings, topic, &message);
                    lane.passed(topic, message.offset());
                    self.taken += 1;
                    let aside = match intake {
                        Intake::Bad(bad) => {
                            self.uncommitted.bad += 1;
                            Some((&self.settings.names.dead_letter, bad.class.name(), bad.message))
                        }
                        Intake::Event(event) => match lane.record(event)? {
                            Verdict::Accepted(_) => {
                                self.uncommitted.events += 1;
                                None
                            }
                            Verdict::Late(reason) => {
                                self.uncommitted.late += 1;
                                Some((&self.settings.names.late, "late", explained(reason)))
                            }
                        },
                    };
                    if let Some((to, class, why)) = aside
                        && !lane.is_silent()
                    {
                        self.outgoing.push(set_aside(to, &message, class, &why));
                    }
                    return Ok(());
                }
            }
        }
        if control.stopping() { Ok(()) } else { self.hold(place) }
    }

    /// Stops reading a topic of a partition whose state has yet to come to where the group had.
    fn hold(&mut self, (topic, number, offset): (String, i32, i64)) -> Result<(), RunError> {
        let mut list = TopicPartitionList::new();
        list.add_partition(&topic, number);
        self.consumer.pause(&list).map_err(while_doing("holding a partition"))?;
        self.consumer
            .seek(&topic, number, Offset::Offset(offset), ASK_TIMEOUT)
            .map_err(while_doing("holding a partition"))?;
        self.waiting.push((topic, number));
        Ok(())
    }
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
fn judge(settings: &Settings, topic: Topic, message: &BorrowedMessage<'_>) -> Intake {
    let Some(value) = message.payload() else {
        let why = if topic == Topic::AccountProfiles {
            "an erasure (a profile without a value) is not carried out by this version"
        } else {
            "the record has no value"
        };
        return Intake::Bad(BadRecord::new(BadClass::MissingField, why));
    };
    let decoded = decode_json_with(topic, value, &headers::attributes(message.headers()));
    let checked = decoded.and_then(|decoded| {
        check_key(&decoded.event, message.key())?;
        check_future(&decoded.event, wall_clock(), settings.max_future_ms)?;
        Ok(decoded.event)
    });
    checked.map_or_else(Intake::Bad, Intake::Event)
}

fn explained(reason: LateReason) -> String {
    match reason {
        LateReason::Topic { bound } => {
            format!("older than {}, the topic's latest less its allowed lateness", format_rfc3339(bound))
        }
        LateReason::Horizon { bound } => format!("older than the partition's horizon, {}", format_rfc3339(bound)),
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
