//! Realistic input at any scale: the five topics of a software vendor's customers, made from a seed.
//!
//! The crate is pure: no clock, no I/O, no machine's randomness. The same [`Settings`] give the same bytes on
//! every machine and in every version of the compiler, which is why only exact arithmetic is used (no `exp`, no
//! `ln`: their last digit is the platform's choice).
//!
//! [`generate`] simulates one day after the other and writes each record when it is taken, so memory grows with
//! the accounts and never with the days:
//!
//! - `temper` says what kinds of customers there are, and how often what happens to each;
//! - `account` is one customer's state, `birth` its first, `lifecycle` how it changes, `deal` how it buys more;
//! - `product`, `business` and `engagement` are a day's happenings, as `draft`s;
//! - `records` puts the drafts in order and `line` writes them as JSON.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account;
mod birth;
mod business;
mod counts;
mod deal;
mod draft;
mod engagement;
mod lifecycle;
mod line;
mod product;
mod profile;
mod random;
mod records;
mod settings;
mod temper;
mod words;

pub use counts::Counts;
pub use records::{Records, generate};
pub use settings::Settings;
pub use springtide_core::event::Topic;
pub use springtide_core::time::Millis;
