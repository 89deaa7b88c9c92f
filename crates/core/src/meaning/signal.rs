//! A signal: a detector's condition holding at an instant, and the timeline of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::detect::Measure;
use crate::event::{Activity, Ordered};
use crate::rules::DetectorId;
use crate::sorted::SortedMap;
use crate::time::{Day, Millis, day_of};

/// What made the signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cause {
    /// An event.
    Event(#[serde(with = "super::shared::one")] Arc<Activity>),
    /// A time of the profile drawing near: that time.
    Timer(Millis),
}

/// One signal of one detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// The instant.
    pub at: Millis,
    /// What made it.
    pub cause: Cause,
    /// What the detector measured, where it measures.
    pub measure: Option<Measure>,
}

impl Signal {
    /// A signal of an event.
    pub fn of(event: Arc<Activity>, measure: Option<Measure>) -> Signal {
        Signal { at: event.at, cause: Cause::Event(event), measure }
    }

    /// The event's id; none for a timer.
    pub fn event_id(&self) -> Option<&str> {
        match &self.cause {
            Cause::Event(event) => Some(&event.id),
            Cause::Timer(_) => None,
        }
    }
}

/// The signals of one account by detector, each in the order of SPEC 3.1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    lanes: SortedMap<DetectorId, Vec<Signal>>,
    /// The days whose signals changed since they were last asked for.
    #[serde(skip)]
    touched: BTreeSet<(DetectorId, Day)>,
}

impl Timeline {
    /// All signals of a detector.
    pub fn all(&self, detector: DetectorId) -> &[Signal] {
        self.lanes.get(&detector).map_or(&[], Vec::as_slice)
    }

    /// A detector's signals within `[from, to]`, both included.
    pub fn within(&self, detector: DetectorId, from: Millis, to: Millis) -> &[Signal] {
        let lane = self.all(detector);
        let end = lane.partition_point(|signal| signal.at <= to);
        let start = lane[..end].partition_point(|signal| signal.at < from);
        &lane[start..end]
    }

    /// A detector's signals at or after an instant.
    pub fn since(&self, detector: DetectorId, from: Millis) -> &[Signal] {
        let lane = self.all(detector);
        &lane[lane.partition_point(|signal| signal.at < from)..]
    }

    /// Whether a detector has a signal at exactly this instant.
    pub fn has_at(&self, detector: DetectorId, at: Millis) -> bool {
        !self.within(detector, at, at).is_empty()
    }

    /// Appends the latest signal of a detector.
    pub fn push(&mut self, detector: DetectorId, signal: Signal) {
        self.touched.insert((detector, day_of(signal.at)));
        self.lanes.get_or_insert_with(detector, Vec::new).push(signal);
    }

    /// Puts `signals` in the place of all of the detector's at or after `from`; returns the earliest
    /// instant at which the two differ.
    pub fn replace_since(
        &mut self,
        detector: DetectorId,
        from: Millis,
        signals: Vec<Signal>,
    ) -> Option<Millis> {
        let lane = self.lanes.get_or_insert_with(detector, Vec::new);
        let start = lane.partition_point(|signal| signal.at < from);
        let old = &lane[start..];
        let same = old.iter().zip(&signals).take_while(|(old, new)| old == new).count();
        let changed = match (old.get(same), signals.get(same)) {
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => Some(one.at),
            (Some(old), Some(new)) => Some(old.at.min(new.at)),
        };
        if changed.is_some() {
            let days = old[same..].iter().chain(&signals[same..]).map(|signal| (detector, day_of(signal.at)));
            self.touched.extend(days);
            lane.truncate(start + same);
            lane.extend(signals.into_iter().skip(same));
        }
        if lane.is_empty() {
            self.lanes.remove(&detector);
        }
        changed
    }

    /// Drops a detector's signals before an instant.
    pub fn forget(&mut self, detector: DetectorId, before: Millis) {
        if let Some(lane) = self.lanes.get_mut(&detector) {
            let gone = lane.drain(..lane.partition_point(|signal| signal.at < before));
            self.touched.extend(gone.map(|signal| (detector, day_of(signal.at))));
            if lane.is_empty() {
                self.lanes.remove(&detector);
            } else if lane.capacity() > 64 && lane.capacity() > 4 * lane.len() {
                lane.shrink_to_fit();
            }
        }
    }

    /// The (detector, day) pairs whose signals changed since this was last asked.
    pub fn take_touched(&mut self) -> BTreeSet<(DetectorId, Day)> {
        std::mem::take(&mut self.touched)
    }

    /// The detectors that have signals.
    pub fn detectors(&self) -> Vec<DetectorId> {
        self.lanes.keys().copied().collect()
    }

    /// How many signals there are.
    pub fn len(&self) -> usize {
        self.lanes.values().map(Vec::len).sum()
    }

    /// Whether there are none at all.
    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }
}

/// Puts a record in its place in an ordered list; false where it is there already.
pub(super) fn insert_ordered<T: Ordered>(list: &mut Vec<Arc<T>>, record: Arc<T>) -> bool {
    let at = list.partition_point(|known| known.order(&record).is_lt());
    if list.get(at).is_some_and(|known| known.order(&record).is_eq()) {
        return false;
    }
    list.insert(at, record);
    true
}
