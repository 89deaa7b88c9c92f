//! The partitions that are ours: where each is, and the rows of those that wait.
//!
//! A partition is opened when nothing can change under it: the group's offsets are asked for as stable ones, what open
//! transactions had written to the waiting topic by then is decided, and that is read to its end. From there on rows come
//! back as they are written, by us alone, so that each is known with its offset.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::rows;
use super::{ByDomain, TOPIC};
use crate::assignment::Assignments;
use crate::brokers::{Reports, look_for_leaders};
use crate::clients;
use crate::ends::owned;
use crate::fault::{RunError, while_doing};
use crate::kafka::OwnedRecord;
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::worker::bounds::GROUP_OFFSETS;

const ASK_TIMEOUT: Duration = Duration::from_secs(5);
const OPENING: &str = "opening a partition of signals by domain";
const READING: &str = "reading signals that wait";

/// How far a partition is that is not open yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    /// Nobody was asked.
    Given,
    /// What stands before this in the waiting topic is to be decided.
    Undecided { next: i64, written: i64 },
    /// Its rows are being read.
    Reading { next: i64 },
}

/// A change of the rows.
#[derive(Debug)]
pub(super) enum Row {
    /// This waits, at this offset.
    Waits(Box<rows::Kept>, i64),
    /// This waits no longer.
    Gone((i32, i64)),
}

/// The partitions that are ours.
pub(super) struct Partitions {
    by: ByDomain,
    /// Sees what is committed.
    reader: BaseConsumer<Reports>,
    /// Sees what open transactions have written.
    all: BaseConsumer<Reports>,
    opening: BTreeMap<i32, Opening>,
    /// Those that are worked on, with the next offset to read.
    pub open: BTreeMap<i32, i64>,
}

impl Partitions {
    pub fn connect(settings: &Settings, by: &ByDomain) -> Result<Partitions, RunError> {
        Ok(Partitions {
            by: by.clone(),
            reader: clients::follower(settings, Reports::default())?,
            all: clients::looker(settings, Reports::default())?,
            opening: BTreeMap::new(),
            open: BTreeMap::new(),
        })
    }

    /// From here on these are ours; all are opened anew.
    pub fn own(&mut self, numbers: BTreeSet<i32>) -> Result<(), RunError> {
        self.open.clear();
        self.opening = numbers.into_iter().map(|number| (number, Opening::Given)).collect();
        self.reader.unassign().map_err(while_doing(READING))
    }

    /// Opens all anew.
    pub fn start_over(&mut self) -> Result<(), RunError> {
        let ours = self.opening.keys().chain(self.open.keys()).copied().collect();
        self.own(ours)
    }

    /// Whether all that are ours are open.
    pub fn are_open(&self) -> bool {
        self.opening.is_empty()
    }

    /// Goes on with opening.
    pub fn go_on(&mut self, group: &BaseConsumer<Assignments>, metrics: &Metrics) -> Result<(), RunError> {
        let given = self.opening.iter().filter(|(_, opening)| **opening == Opening::Given);
        let given: Vec<i32> = given.map(|(number, _)| *number).collect();
        for (number, next) in self.ask(group, metrics, &given)? {
            let written = self.end(&self.all, number)?;
            self.opening.insert(number, Opening::Undecided { next, written });
        }
        let mut decided = TopicPartitionList::new();
        for (number, opening) in self.opening.clone() {
            if let Opening::Undecided { next, written } = opening
                && self.end(&self.reader, number)? >= written
            {
                let added = decided.add_partition_offset(&self.by.waiting, number, Offset::Beginning);
                added.map_err(while_doing(OPENING))?;
                self.opening.insert(number, Opening::Reading { next });
            }
        }
        if decided.count() == 0 {
            return Ok(());
        }
        self.reader.incremental_assign(&decided).map_err(while_doing(OPENING))
    }

    /// Where the group is with partitions: where it has not been, or what comes next is gone, they begin.
    fn ask(
        &self,
        group: &BaseConsumer<Assignments>,
        metrics: &Metrics,
        numbers: &[i32],
    ) -> Result<BTreeMap<i32, i64>, RunError> {
        let mut found = BTreeMap::new();
        if numbers.is_empty() {
            return Ok(found);
        }
        let mut wanted = TopicPartitionList::new();
        for number in numbers {
            wanted.add_partition(&self.by.topic, *number);
        }
        let answer = group.committed_offsets(wanted, GROUP_OFFSETS).map_err(while_doing(OPENING))?;
        for element in answer.elements() {
            element.error().map_err(while_doing(OPENING))?;
            let number = element.partition();
            let bounds = group.fetch_watermarks(&self.by.topic, number, ASK_TIMEOUT);
            if bounds.is_err() {
                look_for_leaders(group, &self.by.topic, ASK_TIMEOUT);
            }
            let (begin, end) = bounds.map_err(while_doing(OPENING))?;
            let next = match element.offset() {
                Offset::Offset(next) => next,
                _ => begin,
            };
            if next < begin {
                let records = begin - next;
                tracing::error!(
                    topic = self.by.topic,
                    partition = number,
                    records,
                    "signals by domain were deleted by the topic's retention before they were read"
                );
                metrics.deleted_unread(TOPIC, records);
            } else if next > end {
                tracing::error!(
                    topic = self.by.topic,
                    partition = number,
                    committed = next,
                    end,
                    "the topic ends before where its group is, as one that was made anew; it is read from its beginning"
                );
            }
            found.insert(number, if (begin..=end).contains(&next) { next } else { begin });
        }
        Ok(found)
    }

    fn end(&self, client: &BaseConsumer<Reports>, number: i32) -> Result<i64, RunError> {
        let bounds = client.fetch_watermarks(&self.by.waiting, number, ASK_TIMEOUT);
        if bounds.is_err() {
            look_for_leaders(client, &self.by.waiting, ASK_TIMEOUT);
        }
        bounds.map(|(_, end)| end).map_err(while_doing(OPENING))
    }

    /// Reads rows, so many at most, waiting so long for the first; true where a partition was opened.
    pub fn read(
        &mut self,
        timeout: Duration,
        most: usize,
        mut each: impl FnMut(Row),
    ) -> Result<bool, RunError> {
        let (mut opened, mut timeout) = (false, timeout);
        for _ in 0..most {
            match self.reader.poll(std::mem::take(&mut timeout)) {
                None => break,
                Some(Ok(message)) => row(owned(&message)).into_iter().for_each(&mut each),
                Some(Err(KafkaError::PartitionEOF(number))) => {
                    if let Some(Opening::Reading { next }) = self.opening.get(&number).copied() {
                        self.opening.remove(&number);
                        self.open.insert(number, next);
                        opened = true;
                    }
                }
                Some(Err(error)) => went_wrong(READING, error)?,
            }
        }
        Ok(opened)
    }

    /// Has the group's consumer read those that are open, from where they are.
    pub fn read_on(&self, group: &BaseConsumer<Assignments>) -> Result<(), RunError> {
        let mut list = TopicPartitionList::new();
        for (number, next) in &self.open {
            let added = list.add_partition_offset(&self.by.topic, *number, Offset::Offset(*next));
            added.map_err(while_doing(OPENING))?;
        }
        group.assign(&list).map_err(while_doing(OPENING))
    }
}

/// Ends where trying again makes no sense.
pub(super) fn went_wrong(doing: &'static str, error: KafkaError) -> Result<(), RunError> {
    let error = while_doing(doing)(error);
    if !error.may_pass() {
        return Err(error);
    }
    tracing::warn!(%error, "reading goes on");
    Ok(())
}

fn row(record: OwnedRecord) -> Option<Row> {
    let (at, place) = (record.offset, rows::place(record.key.as_deref()));
    if record.value.is_none() {
        return place.map(Row::Gone);
    }
    let partition = record.partition;
    let kept = rows::read(record).filter(|kept| {
        place == Some((kept.record.partition, kept.record.offset)) && kept.record.partition == partition
    });
    if kept.is_none() {
        tracing::warn!(
            partition,
            offset = at,
            "what stands in the topic of waiting signals is none; it is passed over"
        );
    }
    kept.map(|kept| Row::Waits(Box::new(kept), at))
}
