//! Which opportunity is this? Ids, and the pairing of old openings with new ones (SPEC 3.5).

use uuid::Uuid;

use super::converge::Opening;
use crate::time::Millis;

/// The namespace of opportunity ids. It is part of the contract with readers and never changes.
pub const NAMESPACE: Uuid = Uuid::from_u128(0x0c5f_5a3e_9d41_4b7a_8f27_6c1d_53e0_91b4);

/// The id of an opening, as of its first emission; `again` counts the ids of the same instant that were
/// given before, since no id is given twice.
///
/// ```
/// use springtide_core::meaning::identity::opportunity_id;
/// let id = opportunity_id("acme", "seat-expansion", 1_772_443_800_000, 0);
/// assert_eq!(id, opportunity_id("acme", "seat-expansion", 1_772_443_800_000, 0));
/// assert_ne!(id, opportunity_id("acme", "seat-expansion", 1_772_443_800_000, 1));
/// ```
pub fn opportunity_id(account: &str, play: &str, opened_at: Millis, again: u32) -> Uuid {
    let mut name = format!("{account}\n{play}\n{opened_at}");
    if again > 0 {
        name.push_str(&format!("\n{again}"));
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// Pairs old openings with new ones, both ascending: each with the earliest unpaired one whose cooldown
/// overlaps. Old ones of which nobody was told are nobody's partner. Returns, for each new one, the position of its
/// old one.
pub(super) fn pair(old: &[Opening], new: &[Opening], cooldown_ms: Millis) -> Vec<Option<usize>> {
    let mut pairs = vec![None; new.len()];
    pair_others(old, new, cooldown_ms, &mut pairs);
    pairs
}

/// The same where other rules made the old ones: those that opened at one instant first, since what these rules lack may
/// stay, and one opening must not have two ids then. Of old ones from before `remembered_from` some may be forgotten:
/// the partner of a new one from then may be among those.
pub(super) fn pair_across(
    (old, remembered_from): (&[Opening], Millis),
    new: &[Opening],
    cooldown_ms: Millis,
) -> Vec<Option<usize>> {
    let of_instant = |opening: &Opening| {
        old.iter().position(|before| before.opened_at == opening.opened_at && before.given.is_some())
    };
    let mut pairs: Vec<Option<usize>> = new.iter().map(of_instant).collect();
    let remembered = new.partition_point(|opening| opening.opened_at < remembered_from);
    let mut taken = pairs.split_off(remembered);
    pair_others(old, &new[remembered..], cooldown_ms, &mut taken);
    pairs.extend(taken);
    pairs
}

fn pair_others(old: &[Opening], new: &[Opening], cooldown_ms: Millis, pairs: &mut [Option<usize>]) {
    for at in 0..new.len() {
        if pairs[at].is_some() {
            continue;
        }
        let is_free = |before: usize| old[before].given.is_some() && !pairs.contains(&Some(before));
        let overlaps = |before: usize| {
            let apart = (old[before].opened_at - new[at].opened_at).abs();
            apart == 0 || apart < cooldown_ms
        };
        pairs[at] = (0..old.len()).find(|before| is_free(*before) && overlaps(*before));
    }
}
