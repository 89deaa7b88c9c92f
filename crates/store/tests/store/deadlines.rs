//! The index of deadlines, as any store keeps it, and what a backing lays over it.

use springtide_core::partition::{Backing, Deadline};
use springtide_core::time::Millis;
use springtide_store::{PartitionBacking, Store};

use crate::place::{Place, in_both};
use crate::samples::{change, deadlines};

in_both! {
    due_is_by_instant_then_account
    due_sees_what_is_not_committed
}

fn due_is_by_instant_then_account<P: Place>() {
    let store = P::new().open();
    let at = [Millis::MIN, -86_400_001, -1, 0, 1, Millis::MAX];
    let changes = at.iter().rev().flat_map(|at| {
        [change(Deadline::Timer, "b", None, Some(*at)), change(Deadline::Timer, "a\0", None, Some(*at))]
    });
    store.commit(&deadlines(0, changes.collect())).unwrap();
    store.commit(&deadlines(0, vec![change(Deadline::Quiet, "q", None, Some(-3))])).unwrap();
    for (due, up_to) in at.iter().enumerate() {
        let expected = at[..=due].iter().flat_map(|at| [(*at, "a\0".into()), (*at, "b".into())]);
        let expected: Vec<_> = expected.collect();
        for at_most in [0, 1, 3, expected.len()] {
            let first = expected[..at_most.min(expected.len())].to_vec();
            assert_eq!(store.due(0, Deadline::Timer, *up_to, at_most), Ok(first));
        }
        assert_eq!(store.due(0, Deadline::Timer, *up_to, usize::MAX), Ok(expected));
    }
    assert_eq!(store.due(0, Deadline::Quiet, 5, usize::MAX), Ok(vec![(-3, "q".into())]));
    store.commit(&deadlines(0, vec![change(Deadline::Quiet, "q", Some(-3), Some(6))])).unwrap();
    assert_eq!(store.due(0, Deadline::Quiet, 5, usize::MAX), Ok(Vec::new()));
    store.commit(&deadlines(0, vec![change(Deadline::Quiet, "q", Some(6), Some(6))])).unwrap();
    assert_eq!(store.due(0, Deadline::Quiet, 6, usize::MAX), Ok(vec![(6, "q".into())]));
}

fn due_sees_what_is_not_committed<P: Place>() {
    let store = P::new().open();
    let timer = Deadline::Timer;
    let stored = [("a", 1), ("b", 2), ("c", 3)].map(|(account, at)| change(timer, account, None, Some(at)));
    store.commit(&deadlines(0, stored.into())).unwrap();
    let mut backing = PartitionBacking::new(&store, 0);
    backing.reschedule(timer, "a", Some(1), None).unwrap();
    backing.reschedule(timer, "b", Some(2), Some(9)).unwrap();
    backing.reschedule(timer, "d", None, Some(-4)).unwrap();
    let due =
        |backing: &mut PartitionBacking<'_, P::Store>, up_to| backing.due(timer, up_to, usize::MAX).unwrap();
    assert_eq!(due(&mut backing, 8), ["d", "c"].map(Box::from));
    assert_eq!(due(&mut backing, 9), ["d", "c", "b"].map(Box::from));
    assert_eq!(store.due(0, timer, 9, usize::MAX).unwrap().len(), 3, "the store does not know yet");
    store.commit(&deadlines(0, backing.take_deadlines())).unwrap();
    assert_eq!(due(&mut backing, 9), ["d", "c", "b"].map(Box::from));
    assert_eq!(backing.take_deadlines(), []);
}
