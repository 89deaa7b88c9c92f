//! An erasure takes what was written up to its tombstone, and only that (SPEC 7.3): what other topics had of the
//! account from after it, and was read before it, is read again.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::Message;
use rdkafka::consumer::Consumer;
use rdkafka::message::OwnedMessage;
use rdkafka::{Offset, TopicPartitionList};
use springtide_core::event::Topic;
use springtide_core::time::Millis;

use super::Worker;
use super::bounds::ERASURE;
use super::intake::Judge;
use crate::decode::Undecided;
use crate::fault::{RunError, while_doing};
use crate::wall_clock;

impl Worker<'_> {
    /// Takes in again what stands before a lane's offsets of an account and was written after its tombstone.
    pub(super) fn read_again(
        &mut self,
        number: i32,
        account: &str,
        tombstone_at: Millis,
    ) -> Result<(), RunError> {
        let deadline = Instant::now() + ERASURE;
        for topic in Topic::ALL {
            let Some(lane) = self.lanes.get(&number) else { return Ok(()) };
            if !lane.has_read_beyond(topic, tombstone_at) {
                continue;
            }
            let upto = lane.offset(topic);
            let Some(from) =
                self.offset_after(topic, number, tombstone_at, deadline)?.filter(|from| *from < upto)
            else {
                continue;
            };
            let mut found: Vec<OwnedMessage> = Vec::new();
            let name = self.shop.settings.names.of(topic);
            self.ends.read(name, number, from..upto, deadline, &mut |message| {
                let written_after = message.timestamp().to_millis().is_some_and(|at| at > tombstone_at);
                if written_after && message.key() == Some(account.as_bytes()) && message.payload().is_some() {
                    found.push(message.detach());
                }
            })?;
            for message in found {
                self.take_again(number, topic, &message, deadline)?;
            }
            self.batch.load.fill();
        }
        Ok(())
    }

    fn take_again(
        &mut self,
        number: i32,
        topic: Topic,
        message: &OwnedMessage,
        deadline: Instant,
    ) -> Result<(), RunError> {
        let judge = Judge { settings: self.shop.settings, decoder: &self.decoder, now: wall_clock() };
        let judged = loop {
            match judge.judge(topic, message) {
                Err(Undecided::Pending(_)) if Instant::now() < deadline => {
                    thread::sleep(Duration::from_millis(10));
                }
                judged => break judged,
            }
        };
        // What was bad or late then is aside already.
        if let (Ok(event), Some(lane)) = (judged, self.lanes.get_mut(&number)) {
            lane.record(event)?;
        }
        Ok(())
    }

    /// The first offset of a record that was written after an instant, if there is one.
    fn offset_after(
        &self,
        topic: Topic,
        number: i32,
        at: Millis,
        deadline: Instant,
    ) -> Result<Option<i64>, RunError> {
        let fault = || while_doing("looking for what was written after an erasure");
        let name = self.shop.settings.names.of(topic);
        let mut wanted = TopicPartitionList::new();
        wanted.add_partition_offset(name, number, Offset::Offset(at + 1)).map_err(fault())?;
        let found = self
            .consumer
            .offsets_for_times(wanted, deadline.saturating_duration_since(Instant::now()))
            .map_err(fault())?;
        let offset = found.find_partition(name, number).map(|element| element.offset());
        Ok(match offset {
            Some(Offset::Offset(offset)) => Some(offset),
            _ => None,
        })
    }
}
