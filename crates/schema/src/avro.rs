//! Avro: the project's schemas, single records under any compatible writer schema, and container files.
//!
//! Records are read straight from the bytes into a draft. The schema library parses the schemas; its own decoder
//! is not used, since it builds a tree of owned values for every record and takes a record that was cut short
//! inside a string or a union for one that ends in nulls.

mod codec;
mod container;
mod datum;
mod plan;
pub mod schemas;

pub use container::{Container, ContainerError, ContainerRecord};
pub use plan::{SchemaError, WriterSchema};
