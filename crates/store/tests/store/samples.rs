//! Small commits for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use springtide_core::event::{Activity, Kind, Outcome, Stage, Value};
use springtide_core::meaning::account::Schedule;
use springtide_core::meaning::converge::{Given, Opening};
use springtide_core::meaning::detect::Watch;
use springtide_core::meaning::fixtures::profile;
use springtide_core::meaning::piece::{Piece, PieceKey};
use springtide_core::meaning::signal::Signal;
use springtide_core::partition::{AccountCut, Deadline, Erased, ErasureCut};
use springtide_core::time::{DAY_MS, Millis, day_of};
use springtide_store::{Commit, DeadlineChange, PartitionCommit, PartitionMeta};
use uuid::Uuid;

pub fn meta(offset: i64) -> PartitionMeta {
    PartitionMeta { offsets: [offset; 5], changelog_offset: Some(offset), ..PartitionMeta::default() }
}

pub fn activity(at: Millis) -> Arc<Activity> {
    let values = vec![Value::Number(46.0), Value::Absent].into();
    Arc::new(Activity { at, id: format!("e{at}").into(), kind: Kind::SeatSnapshot, values })
}

pub fn schedule(timer: Millis) -> Piece {
    Piece::Schedule(Schedule { timer: Some(timer), quiet: None })
}

pub fn log(at: Millis) -> (PieceKey, Piece) {
    (PieceKey::Log(1, day_of(at)), Piece::Log(vec![activity(at)]))
}

fn outcome(at: Millis) -> Arc<Outcome> {
    let (id, opportunity, play) = ("o1".into(), "opp".into(), "seat-expansion".into());
    let none = (None, None, None, None);
    let (until, amount, reason, actor) = none;
    Arc::new(Outcome {
        at,
        id,
        opportunity,
        play,
        stage: Stage::Snoozed,
        until,
        amount,
        cost: None,
        reason,
        actor,
    })
}

fn opening(at: Millis) -> Opening {
    let given = Some(Given { id: Uuid::from_u128(7), revision: 2, named_at: at });
    let profile = Arc::new(profile(at));
    Opening {
        opened_at: at,
        last_at: at,
        evidence: Vec::new(),
        gate_profile: Arc::clone(&profile),
        profile,
        given,
    }
}

/// A piece of each sort, with times before and after 1970, in the order of the keys.
pub fn pieces() -> Vec<(PieceKey, Piece)> {
    let signals = |at| Piece::Signals(vec![Signal::of(activity(at), None)]);
    let profiles = vec![Arc::new(profile(-5)), Arc::new(profile(5))];
    let timers_done = BTreeMap::from([(4, [1, 2].into())]);
    vec![
        (PieceKey::Schedule, schedule(-1)),
        (
            PieceKey::Profiles,
            Piece::Profiles { profiles, timers_done: timers_done.into(), pruned_to: Millis::MIN },
        ),
        (PieceKey::Outcomes, Piece::Outcomes(vec![outcome(3)])),
        (
            PieceKey::Play(0),
            Piece::Play { openings: vec![opening(9)], retired: vec![(8, Uuid::from_u128(1))] },
        ),
        (PieceKey::Play(300), Piece::Play { openings: Vec::new(), retired: Vec::new() }),
        (PieceKey::Rows, Piece::Rows([Uuid::from_u128(1), Uuid::from_u128(2)].into())),
        (PieceKey::Base(1), Piece::Base { at: -DAY_MS, watches: vec![Watch::Stateless] }),
        log(-2 * DAY_MS),
        log(-1),
        log(0),
        log(20_000 * DAY_MS),
        (PieceKey::Log(2, -7), Piece::Log(Vec::new())),
        (PieceKey::Signals(0, -1), signals(-1)),
        (PieceKey::Signals(0, 1), signals(DAY_MS)),
        (PieceKey::Signals(256, 0), signals(0)),
    ]
}

pub fn put(pieces: Vec<(PieceKey, Piece)>) -> Vec<(PieceKey, Option<Piece>)> {
    pieces.into_iter().map(|(key, piece)| (key, Some(piece))).collect()
}

pub fn cut(account: &str, pieces: Vec<(PieceKey, Option<Piece>)>) -> AccountCut {
    AccountCut { account: account.into(), pieces }
}

pub fn commit(partition: i32, offset: i64, accounts: Vec<AccountCut>) -> Commit {
    Commit { partitions: vec![PartitionCommit { accounts, ..PartitionCommit::new(partition, meta(offset)) }] }
}

pub fn change(deadline: Deadline, account: &str, from: Option<Millis>, to: Option<Millis>) -> DeadlineChange {
    DeadlineChange { deadline, account: account.into(), from, to }
}

pub fn deadlines(partition: i32, changes: Vec<DeadlineChange>) -> Commit {
    let deadlines = changes;
    Commit { partitions: vec![PartitionCommit { deadlines, ..PartitionCommit::new(partition, meta(0)) }] }
}

const SALT: Uuid = Uuid::from_u128(0x5a17);

/// Tombstones by the numbers of their hashes.
pub fn erasures(changes: &[(u128, Option<Millis>)]) -> ErasureCut {
    let changes = changes.iter().map(|(hash, at)| (Uuid::from_u128(*hash), *at)).collect();
    ErasureCut { salt: SALT, changes }
}

/// What is read back of them.
pub fn erased(tombstones: &[(u128, Millis)]) -> Erased {
    Erased::restore(SALT, tombstones.iter().map(|(hash, at)| (Uuid::from_u128(*hash), *at)).collect())
}
