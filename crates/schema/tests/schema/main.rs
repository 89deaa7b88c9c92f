//! The schema crate from the outside: what is read, what is refused, what is written.

mod avro_files;
mod avro_odd_types;
mod avro_records;
mod avro_writers;
mod bad_fields;
mod bad_json;
mod events;
mod good_json;
mod json_files;
mod opportunities;
mod schemas;
