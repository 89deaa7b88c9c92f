//! The pure heart of Springtide: what events mean, and what a partition does about them.
//!
//! The crate decides and never does: no I/O, no clock, no randomness, no async, no logging, no wire
//! types. Time is always an argument. It has two layers:
//!
//! - [`meaning`]: accounts and time. Signals from events, convergences from signals, opportunities from
//!   convergences (SPEC section 3), with [`event`] and [`rules`] as its words.
//! - [`partition`]: order and delivery. Lateness, the horizon, timers, which accounts a commit touches.
//!
//! `meaning` never imports `partition`; a tidy test holds that.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod event;
pub mod expr;
pub mod meaning;
pub mod partition;
pub mod rules;
pub mod sorted;
pub mod time;
