//! Which partitions a process stands by for.
//!
//! The `range` assignor gives each member a run of neighbouring partitions, and when one leaves its run goes
//! mostly to its neighbours. Nobody knows the others' runs, and nobody needs to: if every process stands by for
//! the next partitions after its own, as many as it has itself and one more (runs differ by one at most), every
//! partition has a copy elsewhere.

use std::collections::BTreeSet;

/// The partitions to stand by for, given those a process has: `replicas` copies of each in the whole group.
///
/// ```
/// use springtide_runtime::changelog::standby::after;
/// // Eight partitions, three processes: 0 to 2, 3 to 5, 6 and 7.
/// assert_eq!(after(&[0, 1, 2].into(), 8, 1), [3, 4, 5, 6].into());
/// assert_eq!(after(&[6, 7].into(), 8, 1), [0, 1, 2].into());
/// assert_eq!(after(&[0, 1].into(), 2, 1), [].into());
/// ```
pub fn after(own: &BTreeSet<i32>, partitions: i32, replicas: usize) -> BTreeSet<i32> {
    let wanted = own.len().saturating_add(1).saturating_mul(replicas);
    let Some(last) = last_of_run(own) else {
        // Without partitions of its own a process is all spare.
        return if replicas > 0 { (0..partitions).collect() } else { BTreeSet::new() };
    };
    let following = (1..partitions).map(|step| (last + step) % partitions);
    following.filter(|number| !own.contains(number)).take(wanted).collect()
}

/// The last partition of the longest way round: the one after which somebody else's begin.
fn last_of_run(own: &BTreeSet<i32>) -> Option<i32> {
    own.iter().copied().find(|number| !own.contains(&(number + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs as `range` deals them out.
    fn runs(partitions: i32, members: i32) -> Vec<BTreeSet<i32>> {
        let (each, more) = (partitions / members, partitions % members);
        let start = |member: i32| member * each + member.min(more);
        (0..members).map(|member| (start(member)..start(member + 1)).collect()).collect()
    }

    #[test]
    fn every_partition_has_as_many_copies_elsewhere_as_asked_for() {
        for partitions in 1..=24 {
            for members in 1..=partitions {
                for replicas in 0..=2_usize {
                    let runs = runs(partitions, members);
                    let copies: Vec<_> = runs.iter().map(|own| after(own, partitions, replicas)).collect();
                    for number in 0..partitions {
                        let found = copies.iter().filter(|copies| copies.contains(&number)).count();
                        let possible = replicas.min(members as usize - 1);
                        assert!(found >= possible, "{partitions} {members} {replicas}: {number} has {found}");
                    }
                    assert!(copies.iter().zip(&runs).all(|(copies, own)| copies.is_disjoint(own)));
                }
            }
        }
    }

    #[test]
    fn a_process_without_partitions_is_spare() {
        assert_eq!(after(&BTreeSet::new(), 3, 1), [0, 1, 2].into());
        assert_eq!(after(&BTreeSet::new(), 3, 0), [].into());
    }
}
