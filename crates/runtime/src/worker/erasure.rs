//! An erasure takes what was written up to its tombstone, and only that (SPEC 7.3): what other topics had of the
//! account from after it, and was read before it, is read again.

use std::time::{Duration, Instant};

use springtide_core::event::Topic;
use springtide_core::time::Millis;

use super::Worker;
use super::bounds::ERASURE;
use super::intake::Judge;
use crate::decode::Undecided;
use crate::fault::RunError;
use crate::kafka::{Kafka, OwnedRecord, Stretch};

impl<K: Kafka> Worker<'_, K> {
    /// Takes in again what stands before a lane's offsets of an account and was written after its tombstone.
    pub(super) fn read_again(
        &mut self,
        number: i32,
        account: &str,
        tombstone_at: Millis,
    ) -> Result<(), RunError> {
        let deadline = self.kafka.now() + ERASURE;
        for topic in Topic::ALL {
            let Some(lane) = self.lanes.get(&number) else { return Ok(()) };
            if !lane.has_read_beyond(topic, tombstone_at) {
                continue;
            }
            let upto = lane.offset(topic);
            let key = account.as_bytes();
            let wanted = Stretch { topic, partition: number, upto, key, after: tombstone_at };
            let found = self.kafka.written_after(&wanted, deadline)?;
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
        message: &OwnedRecord,
        deadline: Instant,
    ) -> Result<(), RunError> {
        let judge =
            Judge { settings: self.shop.settings, decoder: &self.decoder, now: self.kafka.wall_clock() };
        let judged = loop {
            match judge.judge(topic, message) {
                Err(Undecided::Pending(_)) if self.kafka.now() < deadline => {
                    self.kafka.pause(Duration::from_millis(10));
                }
                judged => break judged,
            }
        };
        // What was bad or late then is aside already.
        if let (Ok(event), Some(lane)) = (judged, self.lanes.get_mut(&number)) {
            self.heirs.take_again(lane, &event)?;
            lane.record(event)?;
        }
        Ok(())
    }
}
