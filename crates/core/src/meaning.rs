//! Accounts and time: signals from events, convergences from signals, opportunities from convergences
//! (SPEC section 3).
//!
//! An event goes down this list: [`stream`] keeps it and steps the detectors ([`detect`]), whose signals
//! go to the timeline ([`signal`]); [`converge`] folds the timeline into openings; `publish` pairs them
//! with what was said before and writes the [`opportunity`]. [`account`] drives it and holds the state;
//! [`naive`] says the same thing slowly, and is the specification in code. [`explain`] tells a person why a
//! play did or did not open, [`portrait`] what is known of an account, [`gates`] when
//! a gate held. [`succeed`] is what an account becomes under other rules.

pub mod account;
pub mod converge;
pub mod detect;
pub mod explain;
#[doc(hidden)]
pub mod fixtures;
pub mod gates;
pub mod identity;
pub mod naive;
pub mod opportunity;
pub mod overdue;
pub mod piece;
pub mod portrait;
pub mod profiles;
mod publish;
pub mod rest;
pub mod score;
mod shared;
pub mod signal;
pub mod stream;
pub mod succeed;
mod timer;
mod weight;
pub mod words;
