//! Two rule packs over the same history: what would have opened under each (`springtide backtest`, SPEC section 8).
//!
//! The crate is pure: no I/O, no clock, no randomness. It is told what each pack opened ([`Side`]) and what people did
//! ([`Outcomes`]), pairs the openings as SPEC 3.5 does, and says what is the same, changed, gained and lost
//! ([`Backtest`]). Three rules hold for all of it:
//!
//! - **Old and new are alike**: to swap them swaps gained with lost and turns the sign of every change, nothing else.
//! - **Parts make their sums**: rows by play, by segment, and by both each add up to the totals.
//! - **A figure that can't be worked out is absent**, never 0; without outcomes there is not a word on them.
//!
//! `pair` says which openings belong together, `change` what differs between two, `deal` what became of them, `tally`
//! adds up, `volume` counts weeks, [`Backtest::explain`] asks why, [`html()`] makes a page of it. The names that figures
//! are serialized under are stable.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod backtest;
mod change;
mod compare;
mod deal;
mod difference;
mod facts;
mod figures;
mod html;
mod pair;
mod side;
mod tally;
mod volume;
mod why;
mod words;

pub use backtest::{Backtest, Detailed, Pack, Source};
pub use change::{Change, DetectorRow, FieldRow};
pub use compare::{About, DETAILED_MOST, compare};
pub use deal::{Caught, Ended, Outcomes, Worth};
pub use difference::{Difference, Opening, What};
pub use facts::Facts;
pub use html::html;
pub use side::Side;
pub use tally::{Counts, Row};
pub use volume::{Load, OwnerRow, Volume};
pub use why::{Conditions, Failed, FailedRow};
pub use words::{changed_by, spoken};
