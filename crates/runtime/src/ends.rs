//! Is there nothing more to read? What stands between the last record and a topic's end may be transactions'
//! markers, aborted records, or compacted away: no offset says so, only reading does.
//!
//! A consumer's own end-of-partition event names no topic, and its statistics are a second old. A reader that
//! looks at one topic at a time can tell.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Message, Offset, TopicPartitionList};

use crate::brokers::Reports;
use crate::clients;
use crate::fault::{RunError, while_doing};
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

    /// Those of the (partition, offset) places of a topic at which nothing more can be read now.
    ///
    /// # Errors
    /// Where the topic can't be read.
    pub fn reached(&self, topic: &str, places: &[(i32, i64)]) -> Result<BTreeSet<i32>, RunError> {
        let mut at_end = BTreeSet::new();
        if places.is_empty() {
            return Ok(at_end);
        }
        let fault = || while_doing("looking for a topic's end");
        let mut list = TopicPartitionList::new();
        for (number, offset) in places {
            let from = if *offset < 0 { Offset::Beginning } else { Offset::Offset(*offset) };
            list.add_partition_offset(topic, *number, from).map_err(fault())?;
        }
        self.reader.assign(&list).map_err(fault())?;
        let mut open: BTreeSet<i32> = places.iter().map(|(number, _)| *number).collect();
        let deadline = Instant::now() + TOPIC_END;
        while !open.is_empty() && Instant::now() < deadline {
            match self.reader.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => drop(open.remove(&message.partition())),
                Some(Err(KafkaError::PartitionEOF(number))) if open.remove(&number) => {
                    at_end.insert(number);
                }
                _ => {}
            }
        }
        self.reader.unassign().map_err(fault())?;
        Ok(at_end)
    }
}
