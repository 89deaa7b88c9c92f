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
/// overlaps. Returns, for each new one, the position of its old one.
pub(super) fn pair(old: &[Opening], new: &[Opening], cooldown_ms: Millis) -> Vec<Option<usize>> {
    let mut taken = vec![false; old.len()];
    new.iter()
        .map(|opening| {
            let overlaps = |before: &Opening| {
                let apart = (before.opened_at - opening.opened_at).abs();
                apart == 0 || apart < cooldown_ms
            };
            let found = (0..old.len()).find(|at| !taken[*at] && overlaps(&old[*at]))?;
            taken[found] = true;
            Some(found)
        })
        .collect()
}
