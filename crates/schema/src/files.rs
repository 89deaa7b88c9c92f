//! Records of a file, one after the other and in bounded memory: JSON lines, plain or compressed, and Avro
//! container files (SPEC sections 2 and 8).
//!
//! A file's name up to the first dot names its topic; a record's own `_topic` goes before it.

mod lines;
mod reader;
mod source;

pub use lines::{Line, LineError, LineReader};
pub use reader::{OpenError, ReadError, ReadFault, Record, RecordReader, open};
pub use source::{Form, Packing, Progress};
