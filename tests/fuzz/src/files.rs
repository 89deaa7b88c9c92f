//! Files of records: lines and Avro containers, as they are or compressed.

use std::io::Cursor;

use springtide_core::event::Topic;
use springtide_schema::files::{Form, Packing, RecordReader};

pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let form = if first & 1 == 0 { Form::Lines } else { Form::Avro };
    let packing = [Packing::Plain, Packing::Gzip, Packing::Zstandard][usize::from(first / 2) % 3];
    let stream = Cursor::new(rest.to_vec());
    let Ok(mut reader) = RecordReader::from_stream("-", Some(Topic::ProductUsage), form, packing, stream) else { return };
    let mut last = 0;
    while let Ok(Some(record)) = reader.next_record() {
        assert!(record.number > last, "records are numbered in order");
        last = record.number;
        let _ = record.decode();
    }
}
