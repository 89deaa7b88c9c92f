//! Accounts and time: signals from events, convergences from signals, opportunities from convergences
//! (SPEC section 3).

pub mod opportunity;
