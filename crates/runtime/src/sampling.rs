//! A look at a few keys of each input topic: where does it lie on the partitions? (SPEC section 2)
//!
//! From the beginning and from the end of some partitions, so that a partitioner that was changed on the way shows.
//! The consumer assigns partitions to itself: it joins no group, so it takes nothing from a pipeline that runs, and
//! commits nothing. Only keys are kept.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};
use springtide_core::event::Topic;

use crate::brokers::Reports;
use crate::control::Control;
use crate::fault::code;
use crate::partitioner::Placing;
use crate::placement::Placed;
use crate::settings::Settings;

/// Records from each end of a partition.
const EACH_END: i64 = 50;
/// Partitions of a topic.
const MOST_PARTITIONS: usize = 16;
/// An account's id is not longer.
const LONGEST_KEY_BYTES: usize = 1024;
/// For all of it; what was seen until then is used.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    /// The keys of each input topic, in the order of [`Topic::ALL`].
    pub placed: [Placed; 5],
    /// A line for each topic that we have no right to read.
    pub denied: Vec<String>,
    /// A line for each topic that could not be looked into for another reason.
    pub warnings: Vec<String>,
}

/// Looks into the input topics.
pub(crate) fn sample(
    consumer: &BaseConsumer<Reports>,
    settings: &Settings,
    partitions: i32,
    control: &Control,
) -> Sample {
    let mut sample = Sample::default();
    let checked = |topic: &Topic| settings.partitioners[topic.index()] != Placing::Custom;
    // One partition is right for every key.
    let topics = Topic::ALL.into_iter().filter(|topic| partitions > 1 && checked(topic));
    let deadline = Instant::now() + PATIENCE;
    for topic in topics {
        let name = settings.names.of(topic);
        let mut look = Look { consumer, name, deadline, control, placed: &mut sample.placed[topic.index()] };
        match look.at_both_ends(partitions) {
            Ok(()) => {}
            Err(error) if code(&error) == Some(RDKafkaErrorCode::TopicAuthorizationFailed) => sample
                .denied
                .push(format!("no right to read topic `{name}`: grant READ on it to this pipeline's user")),
            Err(error) => sample.warnings.push(format!(
                "topic `{name}` can't be looked into, so what places its records is not checked: {error}"
            )),
        }
    }
    sample
}

/// A stretch of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    partition: i32,
    from: i64,
    until: i64,
}

/// The stretches to look at of partitions with these bounds, beginnings first: whole ones where they are short.
fn stretches(bounds: &[Stretch]) -> [Vec<Stretch>; 2] {
    let filled: Vec<Stretch> = bounds.iter().filter(|bound| bound.from < bound.until).copied().collect();
    let count = filled.len().min(MOST_PARTITIONS);
    let chosen: Vec<Stretch> =
        (0..count).filter_map(|at| filled.get(at * filled.len() / count)).copied().collect();
    let long = |bound: &&Stretch| bound.until - bound.from > 2 * EACH_END;
    let head = |bound: &Stretch| match long(&bound) {
        true => Stretch { until: bound.from + EACH_END, ..*bound },
        false => *bound,
    };
    let tail = |bound: &Stretch| Stretch { from: bound.until - EACH_END, ..*bound };
    [chosen.iter().map(head).collect(), chosen.iter().filter(long).map(tail).collect()]
}

/// A look into a topic.
struct Look<'a> {
    consumer: &'a BaseConsumer<Reports>,
    name: &'a str,
    deadline: Instant,
    control: &'a Control,
    placed: &'a mut Placed,
}

impl Look<'_> {
    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    fn at_both_ends(&mut self, partitions: i32) -> KafkaResult<()> {
        for stretches in stretches(&self.bounds(partitions)?) {
            if !stretches.is_empty() {
                self.at(&stretches)?;
            }
        }
        Ok(())
    }

    /// Where each partition begins and ends.
    fn bounds(&self, partitions: i32) -> KafkaResult<Vec<Stretch>> {
        let ask = |what: Offset| -> KafkaResult<TopicPartitionList> {
            let mut list = TopicPartitionList::new();
            for partition in 0..partitions {
                list.add_partition_offset(self.name, partition, what)?;
            }
            self.consumer.offsets_for_times(list, self.left())
        };
        let (low, high) = (ask(Offset::Beginning)?, ask(Offset::End)?);
        let bound = |partition: i32| {
            let offset = |list: &TopicPartitionList| match list.find_partition(self.name, partition)?.offset()
            {
                Offset::Offset(offset) => Some(offset),
                _ => None,
            };
            Some(Stretch { partition, from: offset(&low)?, until: offset(&high)? })
        };
        Ok((0..partitions).filter_map(bound).collect())
    }

    /// Reads stretches of different partitions, until all are read or time is up.
    fn at(&mut self, stretches: &[Stretch]) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        for stretch in stretches {
            list.add_partition_offset(self.name, stretch.partition, Offset::Offset(stretch.from))?;
        }
        self.consumer.assign(&list)?;
        let read = self.read(stretches);
        self.consumer.unassign()?;
        read
    }

    fn read(&mut self, stretches: &[Stretch]) -> KafkaResult<()> {
        let mut open: BTreeMap<i32, i64> = stretches.iter().map(|s| (s.partition, s.until)).collect();
        while !open.is_empty() && !self.left().is_zero() && !self.control.stopping() {
            match self.consumer.poll(self.left().min(Duration::from_millis(100))) {
                Some(Ok(message)) => {
                    let until = open.get(&message.partition()).copied().unwrap_or(0);
                    if message.offset() < until {
                        self.take(&message);
                    }
                    if message.offset() + 1 >= until {
                        open.remove(&message.partition());
                    }
                }
                // What stands last may be a transaction's marker, or compacted away.
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    open.remove(&partition);
                }
                Some(Err(error)) if code(&error) == Some(RDKafkaErrorCode::TopicAuthorizationFailed) => {
                    return Err(error);
                }
                // librdkafka tries again what may pass.
                Some(Err(error)) => tracing::debug!(topic = self.name, %error, "while looking into it"),
                None => {}
            }
        }
        Ok(())
    }

    fn take(&mut self, message: &BorrowedMessage<'_>) {
        let fits = |key: &&[u8]| !key.is_empty() && key.len() <= LONGEST_KEY_BYTES;
        if let Some(key) = message.key().filter(fits) {
            self.placed.insert((key.to_owned(), message.partition()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(partition: i32, from: i64, until: i64) -> Stretch {
        Stretch { partition, from, until }
    }

    #[test]
    fn short_partitions_are_read_whole_long_ones_at_their_ends_empty_ones_not() {
        let [heads, tails] = stretches(&[stretch(0, 7, 7), stretch(1, 5, 105), stretch(2, 1000, 9000)]);
        assert_eq!(heads, [stretch(1, 5, 105), stretch(2, 1000, 1050)]);
        assert_eq!(tails, [stretch(2, 8950, 9000)]);
        assert_eq!(stretches(&[]), [Vec::new(), Vec::new()]);
    }

    #[test]
    fn of_many_partitions_some_are_chosen_evenly() {
        let bounds: Vec<Stretch> =
            (0..100).map(|partition| stretch(partition, 0, i64::from(partition % 2))).collect();
        let [heads, _] = stretches(&bounds);
        let chosen: Vec<i32> = heads.iter().map(|s| s.partition).collect();
        assert_eq!(chosen, [1, 7, 13, 19, 25, 31, 37, 43, 51, 57, 63, 69, 75, 81, 87, 93]);
    }
}
