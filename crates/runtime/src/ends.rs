//! Is there nothing more to read? What stands between the last record and a topic's end may be transactions'
//! markers, aborted records, or compacted away: no offset says so, only reading does.
//!
//! A consumer's own end-of-partition event names no topic, and its statistics are a second old. A reader that
//! looks at one topic at a time can tell.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message, Offset, TopicPartitionList};

use crate::brokers::Reports;
use crate::clients;
use crate::fault::{RunError, while_doing};
use crate::fetch::headers_of;
use crate::kafka::OwnedRecord;
use crate::settings::Settings;
use crate::worker::bounds::TOPIC_END;

/// A reader that only looks whether something is there.
pub struct Ends {
    reader: BaseConsumer<Reports>,
}

impl Ends {
    /// Connects.
    ///
    /// # Errors
    /// Where a setting is refused.
    pub fn connect(settings: &Settings) -> Result<Ends, RunError> {
        Ok(Ends { reader: clients::glancer(settings, Reports::default())? })
    }

    /// The reader, for questions about what is committed.
    pub(crate) fn reader(&self) -> &BaseConsumer<Reports> {
        &self.reader
    }

    /// Those of the (partition, offset) places of a topic at which nothing more can be read now.
    ///
    /// # Errors
    /// Where the topic can't be read.
    pub fn reached(&self, topic: &str, places: &[(i32, i64)]) -> Result<BTreeSet<i32>, RunError> {
        let looked = self.look(topic, places)?;
        Ok(looked.into_iter().filter_map(|(number, is_end)| is_end.then_some(number)).collect())
    }

    /// By partition, whether a topic ends at a place, or has something there; those that do not answer in time are
    /// left out.
    ///
    /// # Errors
    /// Where the topic can't be read.
    pub fn look(&self, topic: &str, places: &[(i32, i64)]) -> Result<BTreeMap<i32, bool>, RunError> {
        let mut found = BTreeMap::new();
        if places.is_empty() {
            return Ok(found);
        }
        let fault = || while_doing("looking for a topic's end");
        let mut list = TopicPartitionList::new();
        for (number, offset) in places {
            let from = if *offset < 0 { Offset::Beginning } else { Offset::Offset(*offset) };
            list.add_partition_offset(topic, *number, from).map_err(fault())?;
        }
        self.reader.assign(&list).map_err(fault())?;
        let deadline = Instant::now() + TOPIC_END;
        while found.len() < places.len() && Instant::now() < deadline {
            let (number, is_end) = match self.reader.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => (message.partition(), false),
                Some(Err(KafkaError::PartitionEOF(number))) => (number, true),
                _ => continue,
            };
            // What comes first is what is there.
            found.entry(number).or_insert(is_end);
        }
        self.reader.unassign().map_err(fault())?;
        Ok(found)
    }

    /// Hands over the records of a stretch of one partition.
    ///
    /// # Errors
    /// Where it can't be read, or not by then.
    pub fn read(
        &self,
        topic: &str,
        number: i32,
        offsets: Range<i64>,
        deadline: Instant,
        each: &mut dyn FnMut(&BorrowedMessage<'_>),
    ) -> Result<(), RunError> {
        let fault = || while_doing("reading a stretch of a topic again");
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, number, Offset::Offset(offsets.start)).map_err(fault())?;
        self.reader.assign(&list).map_err(fault())?;
        let mut timed_out = KafkaError::Canceled;
        let whole = loop {
            match self.reader.poll(Duration::from_millis(100)) {
                Some(Ok(message)) if message.offset() < offsets.end => each(&message),
                Some(Ok(_) | Err(KafkaError::PartitionEOF(_))) => break true,
                Some(Err(error)) => timed_out = error,
                None => {}
            }
            if Instant::now() > deadline {
                break false;
            }
        };
        self.reader.unassign().map_err(fault())?;
        if whole { Ok(()) } else { Err(fault()(timed_out)) }
    }
}

/// A record that stands by itself.
pub(crate) fn owned(message: &BorrowedMessage<'_>) -> OwnedRecord {
    let headers = message.headers().into_iter().flat_map(headers_of);
    OwnedRecord {
        topic: message.topic().to_owned(),
        partition: message.partition(),
        offset: message.offset(),
        written_at: message.timestamp().to_millis(),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.map(|(key, value)| (key.to_owned(), value.map(<[u8]>::to_vec))).collect(),
    }
}
