//! A store in memory: pieces as bytes, deadlines in sets.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;

use springtide_core::meaning::piece::{Piece, PieceKey};
use springtide_core::partition::{AccountCut, Backing, Deadline, Erased, ErasureCut};
use springtide_core::time::Millis;
use uuid::Uuid;

/// What was written, and who is due.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    accounts: BTreeMap<Box<str>, BTreeMap<PieceKey, Vec<u8>>>,
    timers: BTreeSet<(Millis, Box<str>)>,
    quiet: BTreeSet<(Millis, Box<str>)>,
    /// The key of the hashes of erased accounts, and when their tombstones were written.
    erased: Option<(Uuid, HashMap<Uuid, Millis>)>,
}

impl Shelf {
    /// Writes what a commit would.
    pub fn put(&mut self, cuts: Vec<AccountCut>) {
        for AccountCut { account, pieces } in cuts {
            let held = self.accounts.entry(account).or_default();
            for (key, piece) in pieces {
                match piece {
                    Some(piece) => held.insert(key, postcard::to_stdvec(&piece).unwrap()),
                    None => held.remove(&key),
                };
            }
        }
    }

    /// Writes what a commit would of erasures.
    pub fn put_erasures(&mut self, cut: Option<ErasureCut>) {
        let Some(ErasureCut { salt, changes }) = cut else { return };
        let (_, erased) = self.erased.get_or_insert((salt, HashMap::new()));
        for (hash, at) in changes {
            match at {
                Some(at) => erased.insert(hash, at),
                None => erased.remove(&hash),
            };
        }
    }

    /// Who was erased, read back.
    pub fn erased(&self) -> Option<Erased> {
        self.erased.clone().map(|(salt, erased)| Erased::restore(salt, erased))
    }

    /// The accounts of which there is anything.
    pub fn accounts(&self) -> Vec<Box<str>> {
        self.accounts.keys().cloned().collect()
    }

    /// The pieces of an account, read back.
    pub fn pieces(&self, account: &str) -> Vec<(PieceKey, Piece)> {
        let held = self.accounts.get(account).into_iter().flatten();
        held.map(|(key, bytes)| (*key, postcard::from_bytes(bytes).unwrap())).collect()
    }

    /// How much room the accounts take, but for the ids of rows, which are kept until an erasure.
    pub fn bytes_but_rows(&self) -> usize {
        let pieces = self.accounts.values().flatten();
        pieces.filter(|(key, _)| **key != PieceKey::Rows).map(|(_, bytes)| bytes.len()).sum()
    }

    /// An account's deadlines.
    pub fn deadlines(&self, account: &str) -> Vec<(Deadline, Millis)> {
        let of = |kind, index: &BTreeSet<(Millis, Box<str>)>| -> Vec<(Deadline, Millis)> {
            index.iter().filter(|(_, of)| &**of == account).map(|(at, _)| (kind, *at)).collect()
        };
        [of(Deadline::Timer, &self.timers), of(Deadline::Quiet, &self.quiet)].concat()
    }

    fn index(&mut self, deadline: Deadline) -> &mut BTreeSet<(Millis, Box<str>)> {
        match deadline {
            Deadline::Timer => &mut self.timers,
            Deadline::Quiet => &mut self.quiet,
        }
    }
}

impl Backing for Shelf {
    type Error = Infallible;

    fn load(&mut self, account: &str) -> Result<Vec<(PieceKey, Piece)>, Infallible> {
        Ok(self.pieces(account))
    }

    fn due(
        &mut self,
        deadline: Deadline,
        up_to: Millis,
        at_most: usize,
    ) -> Result<Vec<Box<str>>, Infallible> {
        let due = self.index(deadline).iter().take_while(|(at, _)| *at <= up_to);
        Ok(due.take(at_most).map(|(_, account)| account.clone()).collect())
    }

    fn reschedule(
        &mut self,
        deadline: Deadline,
        account: &str,
        from: Option<Millis>,
        to: Option<Millis>,
    ) -> Result<(), Infallible> {
        let index = self.index(deadline);
        if let Some(from) = from {
            assert!(index.remove(&(from, account.into())), "{account} was not due at {from}");
        }
        if let Some(to) = to {
            assert!(index.insert((to, account.into())), "{account} is due at {to} already");
        }
        Ok(())
    }
}
