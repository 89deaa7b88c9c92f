//! The opportunity on the wire (SPEC section 5): one JSON line, or one Avro record.

mod avro;
mod json;
mod read;

pub use avro::{opportunity_avro, opportunity_value};
pub use json::opportunity_json;
pub use read::opportunity_json_of_avro;
