//! How much is unread, by topic and partition: where the topics end less where the work has come.
//!
//! The ends are asked for now and then, on a thread that holds nobody up. What stands before an end need not be a
//! record: a transaction leaves a marker, compaction a gap. Where work stands still, a reader looks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use springtide_core::event::Topic;
use springtide_core::time::Millis;

use crate::board::{Board, Lag, Lags, Place as Worked};
use crate::brokers::{Reports, look_for_leaders};
use crate::changelog::Standby;
use crate::clients;
use crate::ends::Ends;
use crate::fault::{RunError, while_doing};
use crate::settings::Settings;
use crate::threads::Recurring;
use crate::wall_clock;

const ASK_TIMEOUT: Duration = Duration::from_secs(5);

/// A topic's name and a partition.
type Place = (String, i32);

/// Starts to ask.
///
/// # Errors
/// Where a setting is refused, or the system gives no thread.
pub(crate) fn survey(
    settings: &Settings,
    every: Duration,
    board: Board,
    standby: Standby,
) -> Result<Recurring, RunError> {
    let mut survey = Survey {
        names: settings.names.input.clone(),
        changelog: settings.changelog(),
        written: clients::looker(settings, Reports::default())?,
        ends: Ends::connect(settings)?,
        stops: BTreeMap::new(),
        board,
        standby,
    };
    Recurring::start("lag", every, move || {
        survey.tell();
        every
    })
}

struct Survey {
    names: [String; 5],
    changelog: String,
    /// Sees what open transactions have written: it counts, since who waits for them is late.
    written: BaseConsumer<Reports>,
    /// Sees what is committed.
    ends: Ends,
    stops: BTreeMap<(Topic, i32), Stop>,
    board: Board,
    standby: Standby,
}

impl Survey {
    fn tell(&mut self) {
        let lags = self.look().unwrap_or_else(|error| {
            tracing::debug!(%error, "can't tell how much is unread");
            // Nobody knows now: no figure is better than an old one.
            Lags::default()
        });
        self.board.set_lags(lags);
    }

    fn look(&mut self) -> Result<Lags, RunError> {
        Ok(Lags { input: self.input()?, standby: self.standing()? })
    }

    fn input(&mut self) -> Result<BTreeMap<(Topic, i32), Lag>, RunError> {
        let ends = end_offsets(&self.written, &self.places(&positions(&self.board.places())), Offset::End)?;
        // In this order: who reads on meanwhile is ahead of the end, and never counted behind it.
        let worked = self.board.places();
        let positions = positions(&worked);
        let unread_yet: BTreeMap<_, _> =
            positions.iter().filter(|(_, next)| **next < 0).map(|(place, next)| (*place, *next)).collect();
        let begins = end_offsets(&self.written, &self.places(&unread_yet), Offset::Beginning)?;
        let mut known = BTreeSet::new();
        for ((topic, number), next) in &positions {
            let place = (self.names[topic.index()].clone(), *number);
            let next = if *next < 0 { begins.get(&place) } else { Some(next) };
            if let (Some(end), Some(next)) = (ends.get(&place), next) {
                self.stops.entry((*topic, *number)).or_default().come_to(*next, *end);
                known.insert((*topic, *number));
            }
        }
        self.stops.retain(|place, _| known.contains(place));
        self.look_where_work_stands_still()?;
        Ok(self.ages(&worked, wall_clock()))
    }

    /// How much is unread, and for how long.
    fn ages(&mut self, worked: &[Worked], now: Millis) -> BTreeMap<(Topic, i32), Lag> {
        let read_at: BTreeMap<i32, _> = worked.iter().map(|place| (place.number, place.read_at)).collect();
        let lag = |((topic, number), stop): (&(Topic, i32), &mut Stop)| {
            let read_at = read_at.get(number).and_then(|by_topic| by_topic[topic.index()]);
            ((*topic, *number), Lag { records: stop.lag(), age_ms: stop.age_ms(now, read_at) })
        };
        self.stops.iter_mut().map(lag).collect()
    }

    fn places(&self, positions: &BTreeMap<(Topic, i32), i64>) -> Vec<Place> {
        positions.keys().map(|(topic, number)| (self.names[topic.index()].clone(), *number)).collect()
    }

    fn look_where_work_stands_still(&mut self) -> Result<(), RunError> {
        for topic in Topic::ALL {
            let name = &self.names[topic.index()];
            let stopped = self.stops.iter().filter(|((of, _), stop)| *of == topic && stop.is_worth_a_look());
            let stopped: Vec<(i32, Stop)> = stopped.map(|((_, number), stop)| (*number, *stop)).collect();
            let places: Vec<Place> = stopped.iter().map(|(number, _)| (name.clone(), *number)).collect();
            let readable = end_offsets(self.ends.reader(), &places, Offset::End)?;
            // A transaction that is open hides what follows: that is unread, whatever a reader sees.
            let closed = |(number, stop): &&(i32, Stop)| {
                readable.get(&(name.clone(), *number)).is_some_and(|end| *end >= stop.end)
            };
            let places: Vec<(i32, i64)> =
                stopped.iter().filter(closed).map(|(number, stop)| (*number, stop.next)).collect();
            for (number, is_end) in self.ends.look(name, &places)? {
                if let Some(stop) = self.stops.get_mut(&(topic, number)) {
                    stop.looked(is_end);
                }
            }
        }
        Ok(())
    }

    fn standing(&self) -> Result<BTreeMap<i32, i64>, RunError> {
        let copies = self.standby.copies();
        let places: Vec<Place> = copies.keys().map(|number| (self.changelog.clone(), *number)).collect();
        let ends = end_offsets(self.ends.reader(), &places, Offset::End)?;
        let lag = |(number, copied): (i32, Option<i64>)| {
            let end = ends.get(&(self.changelog.clone(), number))?;
            Some((number, copied.map_or(0, |next| (end - next).max(0))))
        };
        Ok(copies.into_iter().filter_map(lag).collect())
    }
}

/// The next offsets to read of what is worked on; negative where none was read yet.
fn positions(worked: &[Worked]) -> BTreeMap<(Topic, i32), i64> {
    let of = |place: &Worked| {
        let (number, offsets) = (place.number, place.offsets);
        Topic::ALL.map(|topic| ((topic, number), offsets[topic.index()]))
    };
    worked.iter().flat_map(of).collect()
}

/// Where work stood when it was last looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stop {
    next: i64,
    end: i64,
    /// Whether it stood there the time before, too.
    still: bool,
    /// A reader found records there.
    records: bool,
    /// A reader found that there is nothing before this.
    clear_to: i64,
    /// When nothing was unread, last.
    clear_at: Option<Millis>,
}

impl Stop {
    fn come_to(&mut self, next: i64, end: i64) {
        self.still = self.next == next;
        self.records &= self.still;
        (self.next, self.end) = (next, end);
    }

    fn lag(&self) -> i64 {
        (self.end - self.next.max(self.clear_to)).max(0)
    }

    /// For how long the oldest unread record has been there, at most: it came after the last look at which there was none,
    /// and was written after the one that was read last.
    fn age_ms(&mut self, now: Millis, read_at: Option<Millis>) -> Option<Millis> {
        if self.lag() == 0 {
            self.clear_at = Some(now);
        }
        let since = self.clear_at.into_iter().chain(read_at).max();
        since.map(|since| if self.lag() == 0 { 0 } else { (now - since).max(0) })
    }

    fn is_worth_a_look(&self) -> bool {
        self.still && !self.records && self.lag() > 0
    }

    /// Takes what a reader found when this was the end.
    fn looked(&mut self, is_end: bool) {
        if is_end {
            self.clear_to = self.end;
        } else {
            self.records = true;
        }
    }
}

/// The ends, or the beginnings, of topics' partitions; those that are not told are left out.
fn end_offsets(
    client: &BaseConsumer<Reports>,
    places: &[Place],
    which: Offset,
) -> Result<BTreeMap<Place, i64>, RunError> {
    if places.is_empty() {
        return Ok(BTreeMap::new());
    }
    let fault = || while_doing("asking how far the topics go");
    let mut wanted = TopicPartitionList::new();
    for (name, number) in places {
        wanted.add_partition_offset(name, *number, which).map_err(fault())?;
    }
    // The protocol's question for a time has a value each for the end and the beginning.
    let told = client.offsets_for_times(wanted, ASK_TIMEOUT).map_err(|error| {
        look_for_leaders(client, &places[0].0, ASK_TIMEOUT);
        fault()(error)
    })?;
    if let Some(untold) = told.elements().iter().find(|element| element.error().is_err()) {
        look_for_leaders(client, untold.topic(), ASK_TIMEOUT);
    }
    let known = told.elements().into_iter().filter(|element| element.error().is_ok());
    Ok(known
        .filter_map(|element| match element.offset() {
            Offset::Offset(offset) => Some(((element.topic().to_owned(), element.partition()), offset)),
            _ => None,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Comes to (next, end) one after the other, a reader finding records or the end where it looks; returns whether
    /// it looked, and how much is unread.
    fn looks(steps: &[(i64, i64, bool)]) -> Vec<(bool, i64)> {
        let mut stop = Stop::default();
        let step = |(next, end, is_end): &(i64, i64, bool)| {
            stop.come_to(*next, *end);
            let looked = stop.is_worth_a_look();
            if looked {
                stop.looked(*is_end);
            }
            (looked, stop.lag())
        };
        steps.iter().map(step).collect()
    }

    #[test]
    fn the_age_of_what_is_unread_is_at_most_that_of_the_last_look_at_nothing_or_of_the_record_read_last() {
        let mut stop = Stop::default();
        for (next, end, now, read_at, age_ms) in [
            (0, 5, 1_000, None, None),
            (2, 5, 2_000, Some(500), Some(1_500)),
            (5, 5, 3_000, Some(900), Some(0)),
            // A record that came after a long silence is not as old as the one before it.
            (5, 6, 90_000, Some(900), Some(87_000)),
            (6, 6, 91_000, Some(89_000), Some(0)),
            (6, 9, 92_000, Some(89_000), Some(1_000)),
            (7, 9, 93_000, Some(91_500), Some(1_500)),
        ] {
            stop.come_to(next, end);
            assert_eq!(stop.age_ms(now, read_at), age_ms, "{next} of {end} at {now}");
        }
    }

    #[test]
    fn what_is_no_record_is_not_unread_and_a_reader_looks_only_where_work_stands_still() {
        const NOTHING: bool = true;
        const RECORDS: bool = false;
        for (steps, seen) in [
            (
                &[(5, 9, NOTHING), (7, 9, NOTHING), (9, 9, NOTHING)][..],
                &[(false, 4), (false, 2), (false, 0)][..],
            ),
            (&[(5, 6, NOTHING), (5, 6, NOTHING), (5, 6, NOTHING)], &[(false, 1), (true, 0), (false, 0)]),
            (&[(5, 6, NOTHING), (5, 6, NOTHING), (5, 8, RECORDS)], &[(false, 1), (true, 0), (true, 2)]),
            (&[(5, 6, RECORDS), (5, 6, RECORDS), (5, 8, RECORDS)], &[(false, 1), (true, 1), (false, 3)]),
            (
                &[(5, 6, RECORDS), (5, 6, RECORDS), (6, 8, NOTHING), (6, 8, NOTHING)],
                &[(false, 1), (true, 1), (false, 2), (true, 0)],
            ),
        ] {
            assert_eq!(looks(steps), seen, "{steps:?}");
        }
    }
}
