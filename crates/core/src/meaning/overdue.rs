//! Who waited too long: opportunities past their date, of which nobody has said anything (SPEC 3.4, 5).

use std::collections::BTreeSet;

use super::piece::{Piece, PieceKey};
use crate::rules::Rules;
use crate::time::Millis;

/// Counts, over pieces of accounts in the order of their keys, open opportunities that are past their `act_by` and have no
/// outcome.
///
/// ```
/// use springtide_core::meaning::overdue::Overdue;
/// use springtide_core::rules::Rules;
///
/// let rules = Rules::new("r1", Vec::new(), Vec::new(), Default::default(), Default::default());
/// assert_eq!(Overdue::at(&rules, 0).count(), 0);
/// ```
pub struct Overdue<'r> {
    rules: &'r Rules,
    now: Millis,
    account: Box<str>,
    /// The opportunities of the account of which something was said.
    answered: BTreeSet<Box<str>>,
    count: u64,
}

impl<'r> Overdue<'r> {
    /// As of an instant.
    pub fn at(rules: &'r Rules, now: Millis) -> Overdue<'r> {
        Overdue { rules, now, account: "".into(), answered: BTreeSet::new(), count: 0 }
    }

    /// Whether a piece has a say.
    pub fn wants(key: PieceKey) -> bool {
        matches!(key, PieceKey::Outcomes | PieceKey::Play(_))
    }

    /// Takes a piece; an account's outcomes come before its plays.
    pub fn take(&mut self, account: &str, key: PieceKey, piece: &Piece) {
        if *self.account != *account {
            self.account = account.into();
            self.answered.clear();
        }
        match (key, piece) {
            (_, Piece::Outcomes(outcomes)) => {
                self.answered.extend(outcomes.iter().map(|outcome| outcome.opportunity.clone()));
            }
            (PieceKey::Play(id), Piece::Play { openings, .. }) => {
                let Some(play) = self.rules.plays.get(id) else { return };
                for opening in openings {
                    let is_past = self.rules.calendar.add(opening.opened_at, play.act_within) <= self.now;
                    let given = opening.given.as_ref().map(|given| given.id.to_string());
                    self.count += u64::from(is_past && given.is_some_and(|id| !self.answered.contains(&*id)));
                }
            }
            _ => {}
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }
}
