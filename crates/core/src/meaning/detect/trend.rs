//! `trend`: readings that grow week over week, several weeks in a row.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Measure, Step};
use crate::event::{Activity, Kind};
use crate::sorted::SortedMap;
use crate::time::{Day, Millis, day_of, start_of};

/// The last reading of each day, by meter (none for seats).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    meters: BTreeMap<Option<Box<str>>, Meter>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Meter {
    last: SortedMap<Day, f64>,
    /// The day of the latest signal: at most one a day.
    fired: Option<Day>,
}

impl Trend {
    pub(super) fn step(&mut self, event: &Activity, growth: f64, periods: i64) -> Step {
        let Some((used, _)) = event.usage() else {
            return Step::Passed;
        };
        let name = event.meter().map(Box::from);
        let meter = self.meters.entry(name).or_default();
        let day = day_of(event.at);
        meter.last.insert(day, used);
        if meter.fired == Some(day) || !meter.grew(day, growth, periods) {
            return Step::Noted;
        }
        meter.fired = Some(day);
        let before = meter.last.get(&(day - 7)).copied().unwrap_or_default();
        Step::Signal(Some(Measure { value: used, against: before }))
    }

    pub(super) fn forget(&mut self, from: Millis, periods: i64) {
        let oldest = day_of(from) - 7 * periods;
        self.meters.retain(|_, meter| {
            meter.last.retain(|day, _| *day >= oldest);
            !meter.last.is_empty()
        });
    }

    pub(super) fn recall(&self, kind: Kind) -> Vec<Arc<Activity>> {
        let of_meter = |(name, meter): (&Option<Box<str>>, &Meter)| {
            let reading = |(day, used): (&Day, &f64)| {
                Activity::reading(kind, start_of(*day), name.as_deref(), *used).map(Arc::new)
            };
            meter.last.iter().filter_map(reading).collect::<Vec<_>>()
        };
        self.meters.iter().flat_map(of_meter).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.meters.values().map(|meter| meter.last.len()).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.meters.is_empty()
    }

    pub(super) fn empty_from(&self, periods: i64) -> Option<Millis> {
        let last = self.meters.values().filter_map(|meter| meter.last.keys().next_back()).copied().max();
        last.map(|day| start_of(day + 7 * periods + 1))
    }
}

impl Meter {
    fn grew(&self, day: Day, growth: f64, periods: i64) -> bool {
        (0..periods).all(|weeks| {
            let (now, before) = (self.last.get(&(day - 7 * weeks)), self.last.get(&(day - 7 * (weeks + 1))));
            // 1e-9 forgives the rounding of a growth that is exact on paper (SPEC 3.3).
            matches!((now, before), (Some(now), Some(before)) if *before > 0.0 && *now >= (1.0 + growth - 1e-9) * before)
        })
    }
}
