//! An account's state in pieces, so that a commit writes only what changed.
//!
//! One account may hold a million events; a single value would be rewritten whole for each. Logs and signals
//! are cut by UTC day, the rest by what changes together.

use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account::{Account, PlayState, Schedule};
use super::converge::Opening;
use super::detect::Watch;
use super::profiles::Profiles;
use super::signal::Signal;
use super::stream::Stream;
use crate::event::{Activity, Outcome, Profile};
use crate::rules::{DetectorId, Rules};
use crate::sorted::SortedMap;
use crate::time::{Day, Millis, day_of, start_of};

/// Which piece of an account's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PieceKey {
    /// When the account asked to be looked at.
    Schedule,
    /// Profiles, timers done, and how far was pruned.
    Profiles,
    /// Outcomes.
    Outcomes,
    /// A play's openings.
    Play(usize),
    /// Ids ever emitted.
    Rows,
    /// The base of a stream.
    Base(usize),
    /// A day of a stream's log.
    Log(usize, Day),
    /// A day of a detector's signals.
    Signals(DetectorId, Day),
}

/// A piece of an account's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Piece {
    Schedule(Schedule),
    Profiles {
        profiles: Vec<Arc<Profile>>,
        timers_done: SortedMap<DetectorId, BTreeSet<Millis>>,
        pruned_to: Millis,
    },
    Outcomes(Vec<Arc<Outcome>>),
    Play {
        openings: Vec<Opening>,
        retired: Vec<(Millis, Uuid)>,
    },
    Rows(BTreeSet<Uuid>),
    Base {
        at: Millis,
        watches: Vec<Watch>,
    },
    Log(Vec<Arc<Activity>>),
    Signals(Vec<Signal>),
}

/// What an erasure leaves for others to clear away.
#[derive(Clone, Debug, PartialEq)]
pub struct Remains {
    /// Ids ever emitted.
    pub rows: BTreeSet<Uuid>,
    /// When the account had asked to be looked at.
    pub schedule: Schedule,
}

impl Account {
    /// A piece as it is now; `None` where nothing of it is left.
    pub fn piece(&self, key: PieceKey) -> Option<Piece> {
        match key {
            PieceKey::Schedule => {
                (self.schedule != Schedule::default()).then_some(Piece::Schedule(self.schedule))
            }
            // Without a profile there was never a timer, and how far was pruned need not be known.
            PieceKey::Profiles => (self.profiles.count() > 0).then(|| Piece::Profiles {
                profiles: self.profiles.to_vec(),
                timers_done: self.timers_done.clone(),
                pruned_to: self.pruned_to,
            }),
            PieceKey::Outcomes => (!self.outcomes.is_empty()).then(|| Piece::Outcomes(self.outcomes.clone())),
            PieceKey::Play(id) => self.plays.get(&id).map(|state| Piece::Play {
                openings: state.openings.clone(),
                retired: state.retired.clone(),
            }),
            PieceKey::Rows => (!self.rows.is_empty()).then(|| Piece::Rows(self.rows.clone())),
            PieceKey::Base(id) => {
                // A base that never moved remembers nothing.
                let moved = self.streams.get(&id).filter(|stream| stream.base_at > Millis::MIN);
                moved.map(|stream| Piece::Base { at: stream.base_at, watches: stream.base.clone() })
            }
            PieceKey::Log(id, day) => {
                let log = self.streams.get(&id).map_or(&[][..], |stream| stream.day(day));
                (!log.is_empty()).then(|| Piece::Log(log.to_vec()))
            }
            PieceKey::Signals(detector, day) => {
                let signals = self.timeline.within(detector, start_of(day), start_of(day + 1) - 1);
                (!signals.is_empty()).then(|| Piece::Signals(signals.to_vec()))
            }
        }
    }

    /// An account from its pieces, which must come in the order of their keys.
    pub fn restore(id: &str, rules: &Rules, pieces: impl IntoIterator<Item = (PieceKey, Piece)>) -> Account {
        let mut account = Account::new(id);
        for (key, piece) in pieces {
            account.take_piece(rules, key, piece);
        }
        account.advance_streams(rules);
        account.timeline.take_touched();
        account
    }

    /// The keys of every piece there can be of it as it is now.
    fn keys(&self) -> impl Iterator<Item = PieceKey> {
        let whole = [PieceKey::Schedule, PieceKey::Profiles, PieceKey::Outcomes, PieceKey::Rows];
        let plays = self.plays.keys().map(|id| PieceKey::Play(*id));
        let bases = self.streams.keys().map(|id| PieceKey::Base(*id));
        let logs =
            self.streams.iter().flat_map(|(id, stream)| stream.days().map(|day| PieceKey::Log(*id, day)));
        let signals = self.timeline.detectors().into_iter().flat_map(|id| {
            self.timeline.all(id).iter().map(move |signal| PieceKey::Signals(id, day_of(signal.at)))
        });
        whole.into_iter().chain(plays).chain(bases).chain(logs).chain(signals)
    }

    /// Every piece as it is now, and nothing in the place of each that is `stored` and no longer there.
    pub(crate) fn whole(&self, stored: impl IntoIterator<Item = PieceKey>) -> Vec<(PieceKey, Option<Piece>)> {
        let keys: BTreeSet<PieceKey> = self.keys().chain(stored).collect();
        let all = keys.iter().map(|key| (*key, self.piece(*key)));
        all.collect()
    }

    /// Forgets everything, what has arrived too, as if nothing had ever been known. Every piece counts as
    /// changed: those it has, those that changed, and those that are `stored`.
    pub fn erase(&mut self, stored: impl IntoIterator<Item = PieceKey>) -> Remains {
        let mut touched = self.take_touched();
        touched.extend(self.keys());
        touched.extend(stored);
        let mut fresh = Account::new(self.id());
        fresh.touched = touched;
        let gone = mem::replace(self, fresh);
        Remains { rows: gone.rows, schedule: gone.schedule }
    }

    fn take_piece(&mut self, rules: &Rules, key: PieceKey, piece: Piece) {
        match (key, piece) {
            (_, Piece::Profiles { profiles, timers_done, pruned_to }) => {
                (self.timers_done, self.pruned_to) = (timers_done, pruned_to);
                self.profiles = Profiles::new(profiles);
            }
            (_, Piece::Schedule(schedule)) => self.schedule = schedule,
            (_, Piece::Outcomes(outcomes)) => self.outcomes = outcomes,
            (PieceKey::Play(id), Piece::Play { openings, retired }) => {
                self.plays.insert(id, PlayState { openings, retired });
            }
            (_, Piece::Rows(rows)) => self.rows = rows,
            (PieceKey::Base(id), Piece::Base { at, watches }) => {
                self.streams.insert(id, Stream::restore(watches, at, Vec::new()));
            }
            (PieceKey::Log(id, _), Piece::Log(log)) => {
                let new = || Stream::new(rules, &rules.plan.streams[id]);
                self.streams.get_or_insert_with(id, new).log.extend(log);
            }
            (PieceKey::Signals(detector, _), Piece::Signals(signals)) => {
                signals.into_iter().for_each(|signal| self.timeline.push(detector, signal));
            }
            // A key never holds a piece of another sort; the store checks that when it decodes.
            _ => {}
        }
    }
}
