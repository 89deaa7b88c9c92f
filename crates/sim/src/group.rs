//! The consumer group: members, generations, the stop of a rebalance, the `range` assignor.

use std::collections::BTreeMap;

use crate::stage::Micros;

/// How long a member may be silent.
pub const SESSION: Micros = 10_000_000;
/// How long a rebalance waits for members that are alive and do not let go.
const REBALANCE: Micros = 60_000_000;

/// A member's name, never given twice.
pub type MemberId = u64;

/// What the group says to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// These partition numbers are its.
    Assigned(Vec<i32>),
    /// Nothing is its any more.
    Revoked,
}

#[derive(Clone, Debug)]
struct Member {
    heard_at: Micros,
    /// Whether it has let go and waits for the next generation.
    joined: bool,
    assigned: Vec<i32>,
    /// What it has not heard yet.
    unsaid: Vec<Said>,
    /// The generation that it knows.
    generation: u64,
}

/// The group.
#[derive(Clone, Debug, Default)]
pub struct Group {
    partitions: i32,
    generation: u64,
    members: BTreeMap<MemberId, Member>,
    /// Since when it is being rebalanced.
    rebalancing: Option<Micros>,
    named: MemberId,
}

impl Group {
    /// Of topics with so many partitions each.
    pub fn new(partitions: i32) -> Group {
        Group { partitions, ..Group::default() }
    }

    /// A new member.
    pub fn join(&mut self, now: Micros) -> MemberId {
        self.named += 1;
        let member =
            Member { heard_at: now, joined: true, assigned: Vec::new(), unsaid: Vec::new(), generation: 0 };
        self.members.insert(self.named, member);
        self.rebalance(now);
        self.named
    }

    /// A member is gone.
    pub fn leave(&mut self, member: MemberId, now: Micros) {
        if self.members.remove(&member).is_some() {
            self.rebalance(now);
        }
    }

    /// A member is alive.
    pub fn beat(&mut self, member: MemberId, now: Micros) {
        if let Some(member) = self.members.get_mut(&member) {
            member.heard_at = now;
        }
    }

    /// Whether the group still counts a member among its own.
    pub fn knows(&self, member: MemberId) -> bool {
        self.members.contains_key(&member)
    }

    /// What a member has not heard yet.
    pub fn hear(&mut self, member: MemberId) -> Vec<Said> {
        let generation = self.generation;
        let Some(member) = self.members.get_mut(&member) else { return Vec::new() };
        let said = std::mem::take(&mut member.unsaid);
        if said.iter().any(|said| matches!(said, Said::Assigned(_))) {
            member.generation = generation;
        }
        said
    }

    /// A member has let go of all it had.
    pub fn let_go(&mut self, member: MemberId, now: Micros) {
        if let (Some(member), Some(_)) = (self.members.get_mut(&member), self.rebalancing) {
            member.joined = true;
            member.assigned.clear();
        }
        self.turn(now);
    }

    /// Whether a member may commit offsets: of the generation that it knows.
    pub fn admits(&self, member: MemberId) -> bool {
        self.members.get(&member).is_some_and(|member| member.generation == self.generation)
    }

    fn rebalance(&mut self, now: Micros) {
        if self.rebalancing.is_none() {
            self.rebalancing = Some(now);
            for member in self.members.values_mut() {
                // Whoever has not heard of an assignment has nothing to let go of.
                let unheard = member.unsaid.iter().any(|said| matches!(said, Said::Assigned(_)));
                if unheard {
                    member.unsaid.clear();
                }
                if !member.joined && !unheard {
                    member.unsaid.push(Said::Revoked);
                }
                member.joined |= unheard;
            }
        }
        self.turn(now);
    }

    /// Expels who is silent, and ends a rebalance that has all it waits for.
    pub fn turn(&mut self, now: Micros) {
        let before = self.members.len();
        self.members.retain(|_, member| now - member.heard_at <= SESSION);
        if let Some(since) = self.rebalancing
            && now - since > REBALANCE
        {
            self.members.retain(|_, member| member.joined);
        }
        if self.members.len() < before && self.rebalancing.is_none() {
            self.rebalance(now);
        }
        if self.rebalancing.is_some() && self.members.values().all(|member| member.joined) {
            self.assign();
        }
    }

    fn assign(&mut self) {
        self.rebalancing = None;
        self.generation += 1;
        let count = self.members.len() as i32;
        let mut first = 0;
        for (place, member) in (0..).zip(self.members.values_mut()) {
            let size = self.partitions / count + i32::from(place < self.partitions % count);
            member.assigned = (first..first + size).collect();
            first += size;
            member.joined = false;
            member.unsaid = vec![Said::Assigned(member.assigned.clone())];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_move_once_all_have_let_go() {
        let mut group = Group::new(3);
        let one = group.join(0);
        assert_eq!(group.hear(one), [Said::Assigned(vec![0, 1, 2])]);
        assert!(group.admits(one));
        let two = group.join(1);
        assert_eq!((group.hear(one), group.hear(two)), (vec![Said::Revoked], vec![]));
        assert!(group.admits(one), "it may commit before it lets go");
        group.let_go(one, 2);
        assert!(!group.admits(one));
        assert_eq!(group.hear(one), [Said::Assigned(vec![0, 1])]);
        assert_eq!(group.hear(two), [Said::Assigned(vec![2])]);
    }

    #[test]
    fn who_is_silent_is_expelled_and_may_not_commit() {
        let mut group = Group::new(2);
        let (one, two) = (group.join(0), group.join(0));
        for member in [one, two] {
            group.hear(member);
            group.let_go(member, 0);
        }
        group.hear(one);
        group.beat(one, SESSION);
        group.turn(SESSION + 1);
        assert!(!group.knows(two) && !group.admits(two));
        group.hear(one);
        group.let_go(one, SESSION + 1);
        assert_eq!(group.hear(one), [Said::Assigned(vec![0, 1])]);
    }
}
