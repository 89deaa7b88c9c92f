//! From what two packs opened to what differs.

use std::collections::{BTreeMap, BTreeSet};

use springtide_core::event::Segment;
use springtide_core::time::Millis;

use crate::backtest::{Backtest, Detailed, Pack};
use crate::change::{Both, Change, Changes};
use crate::deal::{End, Outcomes};
use crate::difference::{Difference, Opening, What};
use crate::pair::pair;
use crate::side::{Found, Known, Side};
use crate::tally::{Row, Tally};
use crate::volume::Volumes;
use crate::why::Conditions;

/// So many openings gained, lost and changed each are told in detail.
pub const DETAILED_MOST: u64 = 500;

/// What is compared.
#[derive(Clone, Debug)]
pub struct About {
    /// The old pack's folder, as a person named it.
    pub old_folder: String,
    /// The new one's.
    pub new_folder: String,
    /// The first event.
    pub from: Millis,
    /// The clock of the timers.
    pub to: Millis,
}

/// An opening of either pack, or of both.
struct Opened<'a> {
    play: &'a str,
    old: Option<(&'a Found, Option<End>)>,
    new: Option<(&'a Found, Option<End>)>,
}

impl Opened<'_> {
    fn first_opened_at(&self) -> Millis {
        let times = self.old.iter().chain(&self.new).map(|(found, _)| found.opened_at);
        times.min().unwrap_or_default()
    }

    /// The segment as of what was known earlier: packs that update at one instant see one profile.
    fn segment(&self) -> Segment {
        let earliest = self.old.iter().chain(&self.new).min_by_key(|(found, _)| found.updated_at);
        earliest.map_or(Segment::Enterprise, |(found, _)| found.segment)
    }

    fn ends(&self) -> [Option<End>; 2] {
        [self.old, self.new].map(|side| side.and_then(|(_, end)| end))
    }
}

/// Adds up account by account.
struct Sums<'a> {
    old: &'a Side,
    new: &'a Side,
    outcomes: &'a Outcomes,
    by_both: BTreeMap<(&'a str, Segment), Tally>,
    by_play: BTreeMap<&'a str, Tally>,
    by_segment: BTreeMap<Segment, Tally>,
    total: Tally,
    changes: Changes,
    volumes: Volumes,
    differences: Vec<Difference>,
    /// How many of those are gained, lost and changed.
    detailed: BTreeMap<What, u64>,
}

/// Compares what two packs opened over the same history. [`Backtest::explain`] then says why.
pub fn compare(about: About, old: &Side, new: &Side, outcomes: &Outcomes) -> Backtest {
    let mut sums = Sums {
        old,
        new,
        outcomes,
        by_both: BTreeMap::new(),
        by_play: BTreeMap::new(),
        by_segment: BTreeMap::new(),
        total: Tally::default(),
        changes: Changes::default(),
        volumes: Volumes::default(),
        differences: Vec::new(),
        detailed: BTreeMap::new(),
    };
    let nothing = Known::default();
    let open = |side: &'_ Side| {
        let some = side.accounts.iter().filter(|(_, known)| !known.found.is_empty());
        some.map(|(account, _)| account.clone()).collect::<BTreeSet<_>>()
    };
    let accounts: BTreeSet<_> = open(old).into_iter().chain(open(new)).collect();
    for account in &accounts {
        let known = [old, new].map(|side| side.accounts.get(account).unwrap_or(&nothing));
        sums.account(account, known);
    }
    sums.backtest(about, accounts.len() as u64)
}

/// Positions of openings by play, ascending by when they opened.
fn by_play<'a>(side: &'a Side, found: &[Found]) -> BTreeMap<&'a str, Vec<usize>> {
    let mut plays: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, found) in found.iter().enumerate() {
        plays.entry(side.name(found.play)).or_default().push(at);
    }
    plays.values_mut().for_each(|positions| positions.sort_by_key(|at| found[*at].opened_at));
    plays
}

impl<'a> Sums<'a> {
    fn account(&mut self, account: &str, [old, new]: [&'a Known; 2]) {
        let ends = [
            self.outcomes.ends(account, self.old, &old.found),
            self.outcomes.ends(account, self.new, &new.found),
        ];
        let (old_plays, new_plays) = (by_play(self.old, &old.found), by_play(self.new, &new.found));
        let plays: BTreeSet<&'a str> = old_plays.keys().chain(new_plays.keys()).copied().collect();
        let mut opened = Vec::new();
        for play in plays {
            let of = |plays: &BTreeMap<&str, Vec<usize>>| plays.get(play).cloned().unwrap_or_default();
            let (old_at, new_at) = (of(&old_plays), of(&new_plays));
            let times = |known: &Known, at: &[usize]| -> Vec<Millis> {
                at.iter().map(|at| known.found[*at].opened_at).collect()
            };
            let cooldown = |side: &Side| side.plays.get(play).copied().unwrap_or_default();
            let cooldowns = [cooldown(self.old), cooldown(self.new)];
            for (o, n) in pair(&times(old, &old_at), &times(new, &new_at), cooldowns) {
                let old = o.map(|o| (&old.found[old_at[o]], ends[0][old_at[o]]));
                let new = n.map(|n| (&new.found[new_at[n]], ends[1][new_at[n]]));
                opened.push(Opened { play, old, new });
            }
        }
        opened.sort_by_key(|opened| (opened.first_opened_at(), opened.play));
        let name = if new.name.is_empty() { &old.name } else { &new.name };
        opened.iter().for_each(|opened| self.opened(account, name, opened));
    }

    fn opened(&mut self, account: &str, name: &str, opened: &Opened<'a>) {
        let (what, changes) = self.what(opened);
        let (segment, ends) = (opened.segment(), opened.ends());
        self.total.take(what, ends);
        self.by_play.entry(opened.play).or_default().take(what, ends);
        self.by_segment.entry(segment).or_default().take(what, ends);
        self.by_both.entry((opened.play, segment)).or_default().take(what, ends);
        for (at, side, found) in [(0, self.old, opened.old), (1, self.new, opened.new)] {
            if let Some((found, _)) = found {
                self.volumes.take(at, side.route(found), found.opened_at);
            }
        }
        let detailed = self.detailed.entry(what).or_default();
        if what == What::Same || *detailed == DETAILED_MOST {
            return;
        }
        *detailed += 1;
        self.differences.push(Difference {
            what,
            account_id: account.to_owned(),
            account_name: name.to_owned(),
            play: opened.play.to_owned(),
            segment: segment.name(),
            old: opened.old.map(|(found, _)| Opening::of(self.old, found)),
            new: opened.new.map(|(found, _)| Opening::of(self.new, found)),
            changes,
            failed: Vec::new(),
            nearest_miss: None,
        });
    }

    fn what(&mut self, opened: &Opened<'_>) -> (What, Vec<Change>) {
        match (opened.old, opened.new) {
            (Some((old, _)), Some((new, _))) => {
                let both = Both { old: (self.old, old), new: (self.new, new) };
                let changes = both.changes();
                self.changes.take(both, &changes);
                (if changes.is_empty() { What::Same } else { What::Changed }, changes)
            }
            (None, _) => (What::Gained, Vec::new()),
            (Some(_), None) => (What::Lost, Vec::new()),
        }
    }

    fn backtest(mut self, about: About, accounts: u64) -> Backtest {
        let (old, new) = (self.old, self.new);
        let only_in = |play: &str| match (old.plays.contains_key(play), new.plays.contains_key(play)) {
            (true, false) => Some("old"),
            (false, true) => Some("new"),
            _ => None,
        };
        let row = |play: Option<&str>, segment: Option<Segment>, mut tally: Tally| Row {
            play: play.map(str::to_owned),
            segment: segment.map(Segment::name),
            only_in: play.and_then(only_in),
            counts: tally.counts,
            outcomes: tally.worth(),
        };
        // Plays that opened nothing have a row too: that may be news.
        for play in old.plays.keys().chain(new.plays.keys()) {
            self.by_play.entry(play).or_default();
        }
        let ended = Some(self.outcomes.ended()).filter(|ended| ended.total() > 0);
        let outcomes = ended.map(|_| self.total.all_worth());
        let total = Row { outcomes, ..row(None, None, self.total) };
        let counts = total.counts;
        let differ = counts.changed + counts.gained + counts.lost;
        let pack = |folder, side: &Side| Pack {
            folder,
            rules_version: side.rules_version.to_string(),
            plays: side.plays.len() as u64,
        };
        let by_both = self.by_both.into_iter();
        Backtest {
            old: pack(about.old_folder, old),
            new: pack(about.new_folder, new),
            from: about.from,
            to: about.to,
            sources: Vec::new(),
            accounts,
            ended,
            total,
            plays: self.by_play.into_iter().map(|(play, tally)| row(Some(play), None, tally)).collect(),
            segments: self.by_segment.into_iter().map(|(of, tally)| row(None, Some(of), tally)).collect(),
            plays_by_segment: by_both.map(|((play, of), tally)| row(Some(play), Some(of), tally)).collect(),
            changes: self.changes.rows(),
            evidence: self.changes.detectors(),
            volume: self.volumes.volume(),
            conditions: Conditions { explained: 0, left_out: counts.gained + counts.lost, rows: Vec::new() },
            detailed: Detailed {
                most: DETAILED_MOST,
                left_out: differ - self.differences.len() as u64,
                differences: self.differences,
            },
        }
    }
}
