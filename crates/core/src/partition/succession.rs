//! A partition's accounts under new rules, one after the other.

use super::AccountCut;
use crate::meaning::account::{Account, Schedule};
use crate::meaning::opportunity::Opportunity;
use crate::meaning::piece::{Piece, PieceKey};
use crate::meaning::succeed::Succession;

/// Pieces of an account, in the order of their keys.
pub type Pieces = Vec<(PieceKey, Piece)>;

/// What an account's succession must write and say.
#[derive(Clone, Debug, PartialEq)]
pub struct Succeeded {
    /// Every piece that is or was there.
    pub cut: AccountCut,
    /// The revisions to emit.
    pub emitted: Vec<Opportunity>,
    /// When it asked to be looked at, and when it asks now.
    pub scheduled: (Schedule, Schedule),
}

/// Puts an account under new rules, given what is stored of it and what was warmed up.
pub fn succeed(account: &str, stored: Pieces, warmed: Pieces, by: &Succession<'_>) -> Succeeded {
    let keys: Vec<PieceKey> = stored.iter().map(|(key, _)| *key).collect();
    let old = Account::restore(account, by.old, stored);
    let warmed = match &by.change.warming {
        Some(warming) => Account::restore(account, &warming.rules, warmed),
        None => Account::new(account),
    };
    let (mut next, emitted) = old.succeed(warmed, by);
    let unchanged = next.scheduled();
    let scheduled = next.reschedule(by.new).unwrap_or((unchanged, unchanged));
    let cut = AccountCut { account: account.into(), pieces: next.whole(keys) };
    Succeeded { cut, emitted, scheduled }
}
