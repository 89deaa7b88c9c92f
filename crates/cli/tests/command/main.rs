//! The command as a person meets it: what it prints, what it keeps, how it ends.
//!
//! Every test runs the built program; `tool` starts it, `history` makes its input, `avro` writes that in another form.

mod avro;
mod history;
mod tool;

mod account_by_account;
mod asked_for_help;
mod beginning;
mod changing;
mod checking_rules;
mod comparing_packs;
mod effective;
mod generating;
mod lines_in_any_order;
mod lines_set_aside;
mod memory;
mod near_misses;
mod odd_histories;
mod reporting;
mod similar;
mod streams_that_end;
mod tutorial;
