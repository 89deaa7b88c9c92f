//! The opportunity on the wire (SPEC section 5): one JSON line, or one Avro record; why there is one or not; and what
//! somebody decided.

mod avro;
mod explanation;
mod json;
mod outcome;
mod read;
mod signal;

pub use avro::{opportunity_avro, opportunity_value};
pub use explanation::{Explained, explanation_json};
pub use json::opportunity_json;
pub use outcome::outcome_avro;
pub use read::opportunity_json_of_avro;
pub use signal::SignalWriter;
