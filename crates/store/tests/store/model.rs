//! A store and an ordered map say the same, whatever is committed and whenever it is opened again.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use springtide_core::meaning::piece::{Piece, PieceKey};
use springtide_core::partition::{Backing, Deadline};
use springtide_core::time::Millis;
use springtide_store::{Commit, PartitionBacking, PartitionCommit, Store};

use crate::place::{Directory, Memory, Place};
use crate::samples::{cut, log, meta, schedule};

#[derive(Clone, Debug)]
enum Step {
    Put { partition: i32, account: String, day: Option<i64>, value: i64, present: bool },
    Reschedule { partition: i32, account: String, to: Option<Millis> },
    Drop { partition: i32 },
    Commit,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let account = || "[a\0é]{1,3}";
    let put = (0..2, account(), proptest::option::of(-3_i64..3), any::<i32>(), any::<bool>());
    prop_oneof![
        8 => put.prop_map(|(partition, account, day, value, present)| {
            Step::Put { partition, account, day, value: i64::from(value), present }
        }),
        8 => (0..2, account(), proptest::option::of(-5_i64..5)).prop_map(|(partition, account, to)| {
            Step::Reschedule { partition, account, to }
        }),
        1 => (0..2).prop_map(|partition| Step::Drop { partition }),
        4 => Just(Step::Commit),
        2 => Just(Step::Restart),
    ]
}

type Model = [BTreeMap<String, (BTreeMap<PieceKey, Piece>, Option<Millis>)>; 2];

/// Puts, then what is due in both partitions; uncommitted puts are lost by a restart.
fn check<P: Place>(steps: &[Step]) {
    let place = P::new();
    let mut store = place.open();
    let mut committed = Model::default();
    let mut steps = steps.iter().peekable();
    while steps.peek().is_some() {
        let mut model = committed.clone();
        let end = run(&store, &mut steps, &mut model);
        match end {
            Some(Step::Commit) => committed = model,
            Some(Step::Drop { partition }) => {
                store.drop_partition(partition).unwrap();
                committed[partition as usize].clear();
            }
            _ => {
                drop(store);
                store = place.open();
            }
        }
        agree(&store, &committed);
    }
}

/// Runs one transaction up to its end, and commits it if that is how it ends.
fn run<'s>(
    store: &impl Store,
    steps: &mut impl Iterator<Item = &'s Step>,
    model: &mut Model,
) -> Option<Step> {
    let mut backings = [0, 1].map(|partition| PartitionBacking::new(store, partition));
    let mut cuts = [Vec::new(), Vec::new()];
    for step in steps {
        match step.clone() {
            Step::Put { partition, account, day, value, present } => {
                let (key, piece) = match day {
                    None => (PieceKey::Schedule, schedule(value)),
                    Some(day) => (PieceKey::Log(1, day), log(value).1),
                };
                cuts[partition as usize].push(cut(&account, vec![(key, present.then(|| piece.clone()))]));
                let pieces = &mut model[partition as usize].entry(account).or_default().0;
                if present {
                    pieces.insert(key, piece)
                } else {
                    pieces.remove(&key)
                };
            }
            Step::Reschedule { partition, account, to } => {
                let at = &mut model[partition as usize].entry(account.clone()).or_default().1;
                let backing = &mut backings[partition as usize];
                backing.reschedule(Deadline::Quiet, &account, *at, to).unwrap();
                *at = to;
                let expected: Vec<_> =
                    due(model, partition).into_iter().map(|(_, account)| account).collect();
                for at_most in [usize::MAX, 2, 1, 0] {
                    let first = &expected[..at_most.min(expected.len())];
                    assert_eq!(backing.due(Deadline::Quiet, 3, at_most).unwrap(), first);
                }
            }
            Step::Commit => {
                let partitions = [0, 1].map(|partition| PartitionCommit {
                    partition: partition as i32,
                    meta: meta(1),
                    accounts: cuts[partition].clone(),
                    deadlines: backings[partition].take_deadlines(),
                    erasures: None,
                    generation: None,
                });
                store.commit(&Commit { partitions: partitions.into() }).unwrap();
                return Some(Step::Commit);
            }
            end => return Some(end),
        }
    }
    None
}

fn due(model: &Model, partition: i32) -> Vec<(Millis, Box<str>)> {
    let at = model[partition as usize]
        .iter()
        .filter_map(|(account, (_, at))| Some(((*at)?, account.as_str().into())));
    at.filter(|(at, _)| *at <= 3).collect::<BTreeSet<_>>().into_iter().collect()
}

fn agree(store: &impl Store, model: &Model) {
    for partition in [0, 1] {
        let known = &model[partition as usize];
        for (account, (pieces, _)) in known {
            assert_eq!(
                store.load(partition, account).unwrap(),
                pieces.clone().into_iter().collect::<Vec<_>>()
            );
        }
        let accounts: BTreeSet<_> = store.accounts(partition).map(Result::unwrap).collect();
        let stored = known.iter().filter(|(_, (pieces, _))| !pieces.is_empty());
        assert_eq!(accounts, stored.map(|(account, _)| account.as_str().into()).collect());
        assert_eq!(store.due(partition, Deadline::Quiet, 3, usize::MAX).unwrap(), due(model, partition));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn rocks_is_an_ordered_map(steps in prop::collection::vec(step(), 0..60)) {
        check::<Directory>(&steps);
    }
}

proptest! {
    #[test]
    fn memory_is_an_ordered_map(steps in prop::collection::vec(step(), 0..60)) {
        check::<Memory>(&steps);
    }
}
