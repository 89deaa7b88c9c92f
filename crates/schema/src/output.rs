//! The opportunity on the wire (SPEC section 5): one JSON line, or one Avro record; and what somebody decided.

mod avro;
mod json;
mod outcome;
mod read;

pub use avro::{opportunity_avro, opportunity_value};
pub use json::opportunity_json;
pub use outcome::outcome_avro;
pub use read::opportunity_json_of_avro;
