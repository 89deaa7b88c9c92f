//! The accounts in memory: a working set that is kept to a budget of bytes.

use std::collections::{BTreeMap, HashMap};
use std::mem;

use super::{AccountCut, Backing};
use crate::meaning::account::{Account, Bounds};
use crate::meaning::piece::PieceKey;
use crate::meaning::rest::Resting;
use crate::rules::Rules;

/// An account in memory.
pub(super) struct Resident {
    pub(super) account: Account,
    /// Whether it has arrivals to settle.
    pub(super) waiting: bool,
    /// Whether it is on the list of changed accounts.
    pub(super) changed: bool,
    /// Up to where it was pruned.
    pub(super) bounds: Option<Bounds>,
    /// The turn in which it was last asked for.
    used: u64,
    /// About what it took in memory when it was loaded or last cut.
    weight_bytes: usize,
}

impl Resident {
    fn new(account: Account, used: u64) -> Resident {
        let weight_bytes = account.weight_bytes();
        Resident { account, waiting: false, changed: false, bounds: None, used, weight_bytes }
    }

    fn may_go(&self) -> bool {
        !self.waiting && !self.changed
    }
}

/// What part of a budget is for accounts that are awake: one in so many. Six at rest take the room of one that is
/// awake, and to read one from the store costs as much as to wake and lay down three.
const AWAKE: usize = 6;

/// An account at rest, and the turn in which it was last asked for.
struct Laid {
    resting: Resting,
    used: u64,
}

/// Where an account is among those in memory. It stays there while it has something to settle or to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(u32);

impl Slot {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// The accounts in memory.
#[derive(Default)]
pub(super) struct Residents {
    slots: HashMap<Box<str>, Slot>,
    /// By slot; those that are free have nobody.
    residents: Vec<Option<Box<Resident>>>,
    free: Vec<Slot>,
    /// Those at rest, which are in no slot.
    resting: HashMap<Box<str>, Laid>,
    weight_bytes: usize,
    resting_bytes: usize,
    /// Turns end with evictions.
    turn: u64,
}

impl Residents {
    /// Where an account is, loaded where it was not in memory.
    pub(super) fn slot<B: Backing>(
        &mut self,
        backing: &mut B,
        rules: &Rules,
        account: &str,
    ) -> Result<Slot, B::Error> {
        if let Some(slot) = self.slots.get(account) {
            return Ok(*slot);
        }
        let loaded = match self.resting.remove(account) {
            Some(laid) => {
                self.resting_bytes -= weight_at_rest(account, &laid);
                laid.resting.wake(account)
            }
            None => Account::restore(account, rules, backing.load(account)?),
        };
        let resident = Box::new(Resident::new(loaded, self.turn));
        self.weight_bytes += resident.weight_bytes;
        let resident = Some(resident);
        let slot = match self.free.pop() {
            Some(slot) => {
                self.residents[slot.index()] = resident;
                slot
            }
            None => {
                self.residents.push(resident);
                // Four milliards of accounts are in no memory.
                Slot(self.residents.len() as u32 - 1)
            }
        };
        self.slots.insert(account.into(), slot);
        Ok(slot)
    }

    /// The account of a slot, which has one: [`Residents::slot`] said so, and it was not evicted since.
    #[allow(clippy::expect_used, reason = "a slot is given for an account, and taken back with it")]
    pub(super) fn get(&mut self, slot: Slot) -> &mut Resident {
        let resident = self.residents[slot.index()].as_mut().expect("a slot that was given has an account");
        resident.used = self.turn;
        resident
    }

    /// Whether an account is in memory.
    pub(super) fn knows(&self, account: &str) -> bool {
        self.slots.contains_key(account) || self.resting.contains_key(account)
    }

    /// What changed of an account since this was last asked.
    pub(super) fn cut(&mut self, slot: Slot) -> Option<AccountCut> {
        let resident = self.get(slot);
        resident.changed = false;
        let weight_bytes = resident.account.weight_bytes();
        let before_bytes = mem::replace(&mut resident.weight_bytes, weight_bytes);
        let touched = resident.account.take_touched();
        let piece = |key: PieceKey| (key, resident.account.piece(key));
        let pieces: Vec<_> = touched.into_iter().map(piece).collect();
        resident.account.rest();
        let cut = (!pieces.is_empty()).then(|| AccountCut { account: resident.account.id().into(), pieces });
        self.weight_bytes = self.weight_bytes + weight_bytes - before_bytes;
        cut
    }

    /// About how many bytes the accounts take.
    pub(super) fn weight_bytes(&self) -> usize {
        self.weight_bytes + self.resting_bytes
    }

    /// Keeps within a budget, a part of which is for those who are awake: beyond that they are laid to rest, and of
    /// those at rest some are dropped.
    pub(super) fn evict(&mut self, budget_bytes: usize) {
        self.lay_to_rest(budget_bytes / AWAKE);
        let left_bytes = budget_bytes.saturating_sub(self.weight_bytes);
        if self.resting_bytes > left_bytes {
            self.drop_resting(left_bytes - left_bytes / 8);
        }
    }

    /// Drops those at rest that were used longest ago; of one turn, any.
    fn drop_resting(&mut self, budget_bytes: usize) {
        let weights = self.resting.iter().map(|(account, laid)| (laid.used, weight_at_rest(account, laid)));
        let mut oldest = Oldest::of(weights, self.resting_bytes.saturating_sub(budget_bytes));
        let bytes = &mut self.resting_bytes;
        self.resting.retain(|account, laid| {
            let weight_bytes = weight_at_rest(account, laid);
            let goes = oldest.takes(laid.used, weight_bytes);
            if goes {
                *bytes -= weight_bytes;
            }
            !goes
        });
        // A map keeps its room; what it held may never come back.
        if self.resting.capacity() > 4 * self.resting.len() {
            self.resting.shrink_to_fit();
        }
    }

    /// Lays accounts to rest until the others are within a budget, and an eighth of it below where it was exceeded, so
    /// that the next turns need not look again. Those that were used longest ago go first; of one turn, any.
    fn lay_to_rest(&mut self, budget_bytes: usize) {
        self.turn += 1;
        if self.weight_bytes <= budget_bytes {
            return;
        }
        let may_go = self.residents.iter().flatten().filter(|resident| resident.may_go());
        let weights = may_go.map(|resident| (resident.used, resident.weight_bytes));
        let mut oldest = Oldest::of(weights, self.weight_bytes - (budget_bytes - budget_bytes / 8));
        for (at, place) in self.residents.iter_mut().enumerate() {
            let goes = |resident: &mut Box<Resident>| {
                resident.may_go() && oldest.takes(resident.used, resident.weight_bytes)
            };
            let Some(gone) = place.take_if(goes) else { continue };
            self.weight_bytes -= gone.weight_bytes;
            self.free.push(Slot(at as u32));
            if let Some((id, _)) = self.slots.remove_entry(gone.account.id()) {
                let laid = Laid { used: gone.used, resting: gone.account.to_rest() };
                self.resting_bytes += weight_at_rest(&id, &laid);
                self.resting.insert(id, laid);
            }
        }
    }
}

/// Those who go, since they were used longest ago.
struct Oldest {
    /// Older than this all go, of this one as many as it takes.
    last: u64,
    /// How many bytes of the last turn have yet to go.
    excess_bytes: usize,
}

impl Oldest {
    /// By turn and weight of each who may go, and how many bytes are to go.
    fn of(weights: impl Iterator<Item = (u64, usize)>, mut excess_bytes: usize) -> Oldest {
        let mut by_turn: BTreeMap<u64, usize> = BTreeMap::new();
        weights.for_each(|(used, bytes)| *by_turn.entry(used).or_default() += bytes);
        let mut last = 0;
        for (turn, bytes) in by_turn {
            last = turn;
            if bytes >= excess_bytes {
                break;
            }
            excess_bytes -= bytes;
        }
        Oldest { last, excess_bytes }
    }

    fn takes(&mut self, used: u64, weight_bytes: usize) -> bool {
        let of_last = used == self.last && self.excess_bytes > 0;
        if of_last {
            self.excess_bytes = self.excess_bytes.saturating_sub(weight_bytes);
        }
        used < self.last || of_last
    }
}

/// What an account at rest takes, with its name and its place in a map that is two thirds full.
fn weight_at_rest(account: &str, laid: &Laid) -> usize {
    laid.resting.weight_bytes() + account.len() + 92
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::meaning::piece::Piece;
    use crate::partition::Deadlines;
    use uuid::Uuid;

    fn rules() -> Rules {
        Rules::new("test", Vec::new(), Vec::new(), Default::default(), Default::default())
    }

    struct Room {
        rules: Rules,
        residents: Residents,
    }

    impl Room {
        fn touch(&mut self, account: &str) -> &mut Resident {
            let touched: Result<_, Infallible> =
                self.residents.slot(&mut Deadlines::default(), &self.rules, account);
            match touched {
                Ok(slot) => self.residents.get(slot),
            }
        }

        fn cut(&mut self, account: &str) {
            let slot = self.residents.slots[account];
            self.residents.cut(slot);
        }

        fn held(&self) -> Vec<&str> {
            let mut held: Vec<&str> = self.residents.slots.keys().map(|account| &**account).collect();
            held.sort_unstable();
            held
        }
    }

    /// Nine accounts of one weight, each used in a turn of its own, the last first.
    fn room() -> (Room, usize) {
        let mut room = Room { rules: rules(), residents: Residents::default() };
        for account in ["i", "h", "g", "f", "e", "d", "c", "b", "a"] {
            room.touch(account);
            room.residents.lay_to_rest(usize::MAX);
        }
        let one_bytes = room.residents.weight_bytes / 9;
        (room, one_bytes)
    }

    #[test]
    fn those_used_longest_ago_go_first() {
        let (mut room, one_bytes) = room();
        room.touch("i");
        room.residents.lay_to_rest(9 * one_bytes);
        assert_eq!(room.held().len(), 9, "within the budget nobody goes");
        room.residents.lay_to_rest(8 * one_bytes);
        assert_eq!(room.held(), ["a", "b", "c", "d", "e", "f", "i"]);
        assert_eq!(room.residents.weight_bytes, 7 * one_bytes);
        room.residents.lay_to_rest(0);
        assert_eq!((room.held().len(), room.residents.weight_bytes), (0, 0));
    }

    #[test]
    fn of_one_turn_as_many_go_as_it_takes() {
        let (mut room, one_bytes) = room();
        for account in ["a", "b", "c", "d", "e", "f", "g", "h", "i"] {
            room.touch(account);
        }
        room.residents.lay_to_rest(8 * one_bytes);
        assert_eq!((room.held().len(), room.residents.weight_bytes), (7, 7 * one_bytes));
    }

    #[test]
    fn what_waits_or_changed_stays_whatever_the_budget() {
        let (mut room, one_bytes) = room();
        room.touch("c").waiting = true;
        room.touch("h").changed = true;
        room.residents.lay_to_rest(0);
        assert_eq!((room.held(), room.residents.weight_bytes), (vec!["c", "h"], 2 * one_bytes));
        room.cut("h");
        room.residents.lay_to_rest(0);
        assert_eq!(room.held(), ["c"]);
    }

    #[test]
    fn an_account_weighs_what_it_did_when_it_was_cut() {
        let (mut room, one_bytes) = room();
        let heavy = room.touch("d");
        heavy.changed = true;
        let rows = Piece::Rows((0..1_000).map(Uuid::from_u128).collect());
        heavy.account = Account::restore("d", &rules(), [(PieceKey::Rows, rows)]);
        room.cut("d");
        let heavy_bytes = room.residents.weight_bytes - 8 * one_bytes;
        assert!(heavy_bytes > 10 * one_bytes);
        // It alone is over the budget, and it is the last that was used: all go.
        room.residents.lay_to_rest(heavy_bytes / 2);
        assert_eq!((room.held().len(), room.residents.weight_bytes), (0, 0));
    }

    #[test]
    fn who_rests_is_woken_as_it_was_and_some_are_dropped_beyond_the_budget() {
        let (mut room, _) = room();
        let rows = Piece::Rows((0..50).map(Uuid::from_u128).collect());
        room.touch("d").account = Account::restore("d", &rules(), [(PieceKey::Rows, rows.clone())]);
        room.residents.evict(0);
        assert_eq!((room.held().len(), room.residents.weight_bytes()), (0, 0), "nobody is in memory");
        for account in ["d", "e", "f"] {
            let woken = room.touch(account);
            if account == "d" {
                woken.account = Account::restore("d", &rules(), [(PieceKey::Rows, rows.clone())]);
            }
        }
        room.residents.lay_to_rest(0);
        assert!(room.residents.knows("d") && room.residents.weight_bytes == 0);
        assert_eq!(room.touch("d").account.piece(PieceKey::Rows), Some(rows));
        assert_eq!(room.residents.resting.len(), 2);
        room.residents.drop_resting(room.residents.resting_bytes - 1);
        assert_eq!(room.residents.resting.len(), 1);
        let left: usize = room.residents.resting.iter().map(|(id, laid)| weight_at_rest(id, laid)).sum();
        assert_eq!(room.residents.resting_bytes, left);
    }
}
