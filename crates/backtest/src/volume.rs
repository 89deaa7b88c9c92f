//! How many openings a week an owner gets: so that nobody is flooded.

use std::collections::BTreeMap;

use serde::Serialize;
use springtide_core::time::{Day, Millis, day_of, start_of, weekday};

use crate::figures::instant;

/// Openings by owner and week. Weeks are Monday to Sunday (UTC), from that of the first opening of either pack to that of
/// the last; the first and the last may be parts of weeks.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Volume {
    /// How many weeks.
    pub weeks: u64,
    /// The first one's Monday.
    #[serde(serialize_with = "instant")]
    pub first_week: Millis,
    /// By role, then owner.
    pub owners: Vec<OwnerRow>,
}

/// What an owner gets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OwnerRow {
    /// The role.
    pub role: String,
    /// Who; null where profiles name nobody for the role.
    pub owner: Option<String>,
    /// Under the old pack.
    pub old: Load,
    /// Under the new one.
    pub new: Load,
}

/// What an owner gets under one pack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Load {
    /// All openings.
    pub opportunities: u64,
    /// Openings ÷ weeks.
    pub mean_a_week: f64,
    /// Those of the fullest week.
    pub most_a_week: u64,
}

type Weeks = BTreeMap<Day, u64>;

/// Adds up.
#[derive(Default)]
pub(crate) struct Volumes {
    owners: BTreeMap<String, BTreeMap<Option<String>, [Weeks; 2]>>,
    span: Option<(Day, Day)>,
}

fn monday(at: Millis) -> Day {
    let day = day_of(at);
    day - weekday(day)
}

impl Volumes {
    /// Takes an opening of the old (0) or new (1) pack.
    pub(crate) fn take(&mut self, side: usize, (role, owner): (&str, Option<&str>), opened_at: Millis) {
        let week = monday(opened_at);
        let (first, last) = self.span.unwrap_or((week, week));
        self.span = Some((first.min(week), last.max(week)));
        if !self.owners.contains_key(role) {
            self.owners.insert(role.to_owned(), BTreeMap::new());
        }
        let Some(owners) = self.owners.get_mut(role) else { return };
        let weeks = &mut owners.entry(owner.map(str::to_owned)).or_default()[side];
        *weeks.entry(week).or_default() += 1;
    }

    pub(crate) fn volume(&self) -> Volume {
        let Some((first, last)) = self.span else {
            return Volume::default();
        };
        let weeks = ((last - first) / 7 + 1).unsigned_abs();
        let load = |by_week: &Weeks| {
            let opportunities: u64 = by_week.values().sum();
            Load {
                opportunities,
                mean_a_week: opportunities as f64 / weeks as f64,
                most_a_week: by_week.values().max().copied().unwrap_or(0),
            }
        };
        let row = |role: &String, owner: &Option<String>, [old, new]: &[Weeks; 2]| OwnerRow {
            role: role.clone(),
            owner: owner.clone(),
            old: load(old),
            new: load(new),
        };
        let all = self.owners.iter();
        let owners =
            all.flat_map(|(role, owners)| owners.iter().map(move |(owner, weeks)| row(role, owner, weeks)));
        Volume { weeks, first_week: start_of(first), owners: owners.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use springtide_core::time::parse_rfc3339;

    #[test]
    fn weeks_begin_on_monday() {
        let at = |text| parse_rfc3339(text).unwrap();
        let mut volumes = Volumes::default();
        // A Sunday, the Monday after it, and a Monday two weeks later.
        for day in
            ["2026-03-01T23:59:59Z", "2026-03-02T00:00:00Z", "2026-03-16T12:00:00Z", "2026-03-17T12:00:00Z"]
        {
            volumes.take(1, ("sales", Some("Kim")), at(day));
        }
        volumes.take(0, ("sales", None), at("2026-03-05T00:00:00Z"));
        let volume = volumes.volume();
        assert_eq!((volume.weeks, volume.first_week), (4, at("2026-02-23T00:00:00Z")));
        let nobody = &volume.owners[0];
        assert_eq!((&nobody.owner, nobody.old.opportunities, nobody.new), (&None, 1, Load::default()));
        let kim = volume.owners[1].new;
        assert_eq!((kim.opportunities, kim.mean_a_week, kim.most_a_week), (4, 1.0, 2));
    }
}
