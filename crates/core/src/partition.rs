//! Order and delivery: what one partition does about each record (SPEC 3.1, section 6).
//!
//! A [`Partition`] knows which events are late, how far time has come, which accounts changed since the last
//! commit and which ones a timer or the horizon makes due. It keeps a working set of accounts in memory and
//! asks a [`Backing`] for the others. It writes nothing: [`Partition::cut`] says what a commit must put.

mod deadlines;
mod erasure;
mod progress;
mod recent;
mod resident;
mod succession;

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

pub use deadlines::Deadlines;
pub use erasure::{Erased, Erasure, ErasureCut};
pub use progress::{LateReason, Lateness, Progress};
pub use recent::{Recent, Seen};
pub use succession::{Pieces, Succeeded, succeed};

use resident::{Residents, Slot};

use crate::event::Event;
use crate::meaning::account::{Account, Bounds};
use crate::meaning::opportunity::Opportunity;
use crate::meaning::piece::{Piece, PieceKey};
use crate::rules::{DetectorId, Rules};
use crate::time::Millis;

/// An index of accounts by the instant at which they want to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deadline {
    /// By the timers' clock: a `before` detector may signal.
    Timer,
    /// By the horizon: the account can shrink.
    Quiet,
}

/// Where accounts that are not in memory are, and who is due.
pub trait Backing {
    /// Why it can't say.
    type Error;

    /// The pieces of an account, in the order of their keys; empty for one that is not known.
    ///
    /// # Errors
    /// Where the state can't be read.
    fn load(&mut self, account: &str) -> Result<Vec<(PieceKey, Piece)>, Self::Error>;

    /// Accounts whose deadline is at or before an instant, earliest first, at most so many. The work must
    /// follow how many are returned, not how many are due.
    ///
    /// # Errors
    /// Where the state can't be read.
    fn due(
        &mut self,
        deadline: Deadline,
        up_to: Millis,
        at_most: usize,
    ) -> Result<Vec<Box<str>>, Self::Error>;

    /// An account's deadline changed.
    ///
    /// # Errors
    /// Where the state can't be written.
    fn reschedule(
        &mut self,
        deadline: Deadline,
        account: &str,
        from: Option<Millis>,
        to: Option<Millis>,
    ) -> Result<(), Self::Error>;
}

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It counts.
    Accepted(Seen),
    /// It is too old: it goes, whole, to the late topic, and changes nothing else.
    Late(LateReason),
}

/// What a commit must write for one account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountCut {
    /// The account.
    pub account: Box<str>,
    /// Each piece that changed, as it is now; `None` where nothing of it is left.
    pub pieces: Vec<(PieceKey, Option<Piece>)>,
}

/// How much of what is due one settlement takes in, of each kind of deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueAtMost {
    /// How many accounts.
    pub accounts: usize,
    /// About how many bytes of accounts that were not in memory: the one that goes beyond it is the last.
    pub loaded_bytes: usize,
}

impl From<usize> for DueAtMost {
    /// So many accounts, whatever they weigh.
    fn from(accounts: usize) -> DueAtMost {
        DueAtMost { accounts, loaded_bytes: usize::MAX }
    }
}

/// What a settlement came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// The revisions to emit.
    pub emitted: Vec<Opportunity>,
    /// Whether accounts are due that had to wait: another settlement, now or after a commit, takes them in.
    pub more_due: bool,
    /// How many signals were found, by detector. Those after one that came late are found anew.
    pub signals: BTreeMap<DetectorId, u64>,
}

/// When a settlement is, for all accounts of it.
#[derive(Clone, Copy)]
struct Moment {
    clock: Millis,
    bounds: Bounds,
}

/// One partition of the five input topics.
pub struct Partition {
    rules: Arc<Rules>,
    progress: Progress,
    accounts: Residents,
    waiting: Vec<Slot>,
    changed: Vec<Slot>,
    recent: Recent,
    erased: Erased,
}

impl Partition {
    /// A partition that has come as far as `progress` says, and remembers whom it erased.
    pub fn new(rules: Arc<Rules>, progress: Progress, erased: Erased) -> Partition {
        Partition {
            rules,
            progress,
            accounts: Residents::default(),
            waiting: Vec::new(),
            changed: Vec::new(),
            recent: Recent::default(),
            erased,
        }
    }

    /// How far time has come; to be committed with the state.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// How far time has come, to say what only its reader knows: which topics are at their end.
    pub fn progress_mut(&mut self) -> &mut Progress {
        &mut self.progress
    }

    /// Takes a record for the next [`Partition::settle`].
    ///
    /// # Errors
    /// Where the account's state can't be read.
    pub fn record<B: Backing>(&mut self, backing: &mut B, event: Event) -> Result<Verdict, B::Error> {
        if let Some(reason) = self.progress.advance(event.topic(), event.at()) {
            return Ok(Verdict::Late(reason));
        }
        let seen = self.recent.note(&event);
        let Event { account, fact } = event;
        if !Account::is_concerned(&self.rules, &account, &fact) {
            return Ok(Verdict::Accepted(seen));
        }
        let slot = self.accounts.slot(backing, &self.rules, &account)?;
        let resident = self.accounts.get(slot);
        resident.account.arrive(&self.rules, fact);
        if !mem::replace(&mut resident.waiting, true) {
            self.waiting.push(slot);
        }
        Ok(Verdict::Accepted(seen))
    }

    /// Takes in all that has arrived, with timers due by `clock`, and at most so many accounts of each kind of
    /// deadline, earliest first: after a long pause millions may be due. In the end a bound changes nothing; 0
    /// takes in arrivals alone.
    ///
    /// # Errors
    /// Where state can't be read.
    pub fn settle<B: Backing>(
        &mut self,
        backing: &mut B,
        clock: Millis,
        due_at_most: impl Into<DueAtMost>,
    ) -> Result<Settled, B::Error> {
        let DueAtMost { accounts, loaded_bytes } = due_at_most.into();
        let moment = Moment { clock, bounds: self.progress.bounds().up_to_clock(clock) };
        let mut settled = Settled::default();
        for slot in mem::take(&mut self.waiting) {
            self.visit(backing, slot, moment, false, &mut settled)?;
        }
        for (deadline, up_to) in [(Deadline::Timer, clock), (Deadline::Quiet, moment.bounds.horizon)] {
            let due = backing.due(deadline, up_to, accounts.saturating_add(1))?;
            let full_bytes = self.resident_bytes().saturating_add(loaded_bytes);
            for (taken, account) in due.iter().enumerate() {
                if taken == accounts || self.resident_bytes() > full_bytes {
                    settled.more_due = true;
                    break;
                }
                let slot = self.accounts.slot(backing, &self.rules, account)?;
                self.visit(backing, slot, moment, true, &mut settled)?;
            }
        }
        Ok(settled)
    }

    fn visit<B: Backing>(
        &mut self,
        backing: &mut B,
        slot: Slot,
        Moment { clock, bounds }: Moment,
        is_due: bool,
        settled: &mut Settled,
    ) -> Result<(), B::Error> {
        let resident = self.accounts.get(slot);
        let signals = &mut settled.signals;
        let mut found = |detector, new| *signals.entry(detector).or_default() += new;
        settled.emitted.extend(resident.account.settle_and_tell(&self.rules, clock, &mut found));
        resident.waiting = false;
        // Who is due is so too when something arrives first.
        let is_due = is_due || resident.account.is_due(&bounds);
        if is_due || resident.bounds.as_ref() != Some(&bounds) {
            resident.account.prune(&self.rules, &bounds, is_due);
            resident.bounds = Some(bounds);
        }
        if let Some((from, to)) = resident.account.reschedule(&self.rules) {
            let account = resident.account.id();
            if from.timer != to.timer {
                backing.reschedule(Deadline::Timer, account, from.timer, to.timer)?;
            }
            if from.quiet != to.quiet {
                backing.reschedule(Deadline::Quiet, account, from.quiet, to.quiet)?;
            }
        }
        if !mem::replace(&mut resident.changed, true) {
            self.changed.push(slot);
        }
        Ok(())
    }

    /// What changed since the last cut, and must be written in the next commit.
    pub fn cut(&mut self) -> Vec<AccountCut> {
        let changed = mem::take(&mut self.changed);
        changed.into_iter().filter_map(|slot| self.accounts.cut(slot)).collect()
    }

    /// Forgets what a commit would write, for a partition that is written nowhere.
    pub fn discard_cut(&mut self) {
        self.cut_erasures();
        for slot in mem::take(&mut self.changed) {
            let resident = self.accounts.get(slot);
            resident.changed = false;
            resident.account.take_touched();
        }
    }

    /// How many accounts have arrivals for the next settlement.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// About how many bytes the accounts in memory take, as of when each was loaded or last cut.
    pub fn resident_bytes(&self) -> usize {
        self.accounts.weight_bytes()
    }

    /// Drops accounts from memory beyond a budget, those used longest ago first, and never one with something
    /// to settle or to write. To be asked once the store has what was last cut, and not before.
    pub fn keep_within(&mut self, budget_bytes: usize) {
        self.accounts.evict(budget_bytes);
    }
}
