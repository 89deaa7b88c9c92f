//! Bytes in, words out: JSON and Avro records into [`springtide_core::event::Event`]s, and opportunities back
//! into JSON and Avro (SPEC sections 2 and 5).
//!
//! Every input form (a JSON line, a Kafka value, an Avro datum) first becomes a draft: the members as the
//! producer wrote them, without judgement. One validation turns a draft into an event, so that the rules about
//! ranges, required fields and times stand once.
//!
//! - [`decode_json`], [`decode_json_with`], [`decode_line`]: one JSON record.
//! - [`decode_addressed_json`], [`with_account`]: one that names a domain in the place of its account, and what it becomes.
//! - [`avro`]: schemas, single Avro records, container files.
//! - [`frame`], [`unframe`]: a datum with the id of its schema, as registries have it.
//! - [`files`]: records of a file, one after the other, in bounded memory.
//! - [`check_key`], [`check_future`]: what can only be judged with the Kafka key or the wall clock.
//! - [`opportunity_json`], [`opportunity_avro`]: the output; [`opportunity_json_of_avro`]: the one from the other;
//!   [`explanation_json`]: why an account has an opportunity, or not.
//! - [`event_json`], [`outcome_avro`], [`SignalWriter`]: what is written to an input topic.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod avro;
mod bad;
mod checks;
mod cloudevents;
mod draft;
pub mod files;
mod framing;
mod json;
pub mod limits;
mod output;

pub use bad::{BadClass, BadRecord};
pub use checks::{check_future, check_key};
pub use cloudevents::Attributes;
pub use draft::Decoded;
pub use framing::{frame, unframe};
pub use json::{decode_addressed_json, with_account};
pub use json::{decode_json, decode_json_with, decode_line, event_json};
pub use output::{Explained, SignalWriter, explanation_json};
pub use output::{
    opportunity_avro, opportunity_json, opportunity_json_of_avro, opportunity_value, outcome_avro,
};
