//! Avro container files, written by the library and by hand.

use apache_avro::{Codec, DeflateSettings, Schema, Writer};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use springtide_core::event::Topic;
use springtide_schema::avro::{Container, ContainerError, schemas};
use springtide_schema::{BadClass, files};

use crate::avro_records::{encode, to_avro};

fn event(number: usize) -> Json {
    json!({
        "event_id": format!("e{number}"), "account_id": "acme", "occurred_at": "2026-03-02T09:30:00.000Z",
        "type": "user_activity", "user_id": "u",
    })
}

fn schema() -> Schema {
    Schema::parse_str(schemas::of(Topic::ProductUsage)).unwrap()
}

/// A file as the library writes it, in blocks of ten records.
fn by_library(codec: Codec, count: usize) -> Vec<u8> {
    let schema = schema();
    let mut writer = Writer::with_codec(&schema, Vec::new(), codec).unwrap();
    for number in 1..=count {
        writer.append_value(to_avro(&schema, &event(number))).unwrap();
        if number % 10 == 0 {
            writer.flush().unwrap();
        }
    }
    writer.into_inner().unwrap()
}

/// A file of these blocks: (claimed number of records, bytes as they stand in the file).
fn by_hand(codec: &str, blocks: &[(i64, Vec<u8>)]) -> Vec<u8> {
    let sync = [7; 16];
    let mut file = b"Obj\x01".to_vec();
    long(&mut file, 2);
    for (name, value) in [("avro.schema", schemas::of(Topic::ProductUsage)), ("avro.codec", codec)] {
        counted(&mut file, name.as_bytes());
        counted(&mut file, value.as_bytes());
    }
    long(&mut file, 0);
    file.extend(sync);
    for (count, bytes) in blocks {
        long(&mut file, *count);
        counted(&mut file, bytes);
        file.extend(sync);
    }
    file
}

fn counted(file: &mut Vec<u8>, bytes: &[u8]) {
    long(file, bytes.len() as i64);
    file.extend(bytes);
}

fn long(file: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest > 0x7f {
        file.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    file.push(rest as u8);
}

fn records(numbers: std::ops::RangeInclusive<usize>) -> Vec<u8> {
    numbers.flat_map(|number| encode(&schema(), &event(number))).collect()
}

/// What a file holds: a record's number with its event's id, or its class and message where it is bad.
fn read(file: &[u8]) -> Result<Vec<(u64, String)>, ContainerError> {
    let mut container = Container::open(file)?;
    let mut seen = Vec::new();
    while let Some(record) = container.next_record(Some(Topic::ProductUsage))? {
        seen.push((
            record.number,
            match record.result {
                Ok((_, decoded)) => decoded.event.fact.id().to_owned(),
                Err(bad) => bad.to_string(),
            },
        ));
    }
    Ok(seen)
}

fn expected(count: usize) -> Vec<(u64, String)> {
    (1..=count).map(|number| (number as u64, format!("e{number}"))).collect()
}

#[test]
fn every_codec_is_read() {
    let plain = records(1..=9);
    let mut snappy = snap::raw::Encoder::new().compress_vec(&plain).unwrap();
    let mut crc = flate2::Crc::new();
    crc.update(&plain);
    snappy.extend(crc.sum().to_be_bytes());
    let zstandard = zstd::encode_all(&plain[..], 3).unwrap();
    for (name, file) in [
        ("null", by_library(Codec::Null, 25)),
        ("deflate", by_library(Codec::Deflate(DeflateSettings::default()), 25)),
        ("empty", by_library(Codec::Null, 0)),
        ("null by hand", by_hand("null", &[(9, plain.clone()), (0, vec![])])),
        ("snappy", by_hand("snappy", &[(9, snappy)])),
        ("zstandard", by_hand("zstandard", &[(9, zstandard)])),
    ] {
        let count = match name {
            "null" | "deflate" => 25,
            "empty" => 0,
            _ => 9,
        };
        assert_eq!(read(&file).unwrap(), expected(count), "{name}");
    }
}

#[test]
fn a_record_that_can_not_be_read_costs_its_block_and_no_more() {
    let mut damaged = records(1..=2);
    damaged.extend([0xff; 12]);
    damaged.extend(records(4..=5));
    let seen = read(&by_hand("null", &[(5, damaged), (1, records(6..=6))])).unwrap();
    assert_eq!(seen.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3, 6]);
    assert!(seen[2].1.starts_with("not_avro: field `event_id`"), "{}", seen[2].1);
    assert!(seen[2].1.contains("the 2 records after it"), "{}", seen[2].1);
    assert_eq!(seen[3].1, "e6");
}

#[test]
fn a_block_that_can_not_be_unpacked_is_one_bad_record() {
    for (codec, block, part) in [
        ("deflate", vec![0xff; 20], "can't be read"),
        ("snappy", vec![1, 2], "too short"),
        ("snappy", vec![3, 8, 1, 2, 3, 0, 0, 0, 0], "checksum"),
        ("zstandard", vec![1, 2, 3], "can't be read"),
        ("null", vec![], "only 0 bytes"),
    ] {
        let seen = read(&by_hand(codec, &[(4, block)])).unwrap();
        assert_eq!(seen.len(), 1, "{codec}");
        assert!(seen[0].1.contains(part), "{}", seen[0].1);
    }
}

#[test]
fn broken_frames_end_the_reading() {
    let file = by_hand("null", &[(1, records(1..=1))]);
    let mut wrong_marker = file.clone();
    *wrong_marker.last_mut().unwrap() = 0;
    for (file, part) in [
        (file[..file.len() - 1].to_vec(), "ends in the middle"),
        (file[..file.len() - 20].to_vec(), "ends in the middle"),
        (wrong_marker, "marker"),
        (by_hand("null", &[(-1, vec![])]), "negative"),
        (by_hand("bzip2", &[]), "`bzip2` is not read"),
        (b"Obj\x02".to_vec(), "no Avro container"),
        (b"".to_vec(), "no Avro container"),
        (b"Obj\x01\x00aaaaaaaaaaaaaaaa".to_vec(), "no schema"),
        (b"Obj\x01".to_vec(), "ends in the middle"),
    ] {
        let error = read(&file).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_files_records_come_with_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("product-usage.avro");
    let one = records(1..=1);
    std::fs::write(&path, by_hand("null", &[(2, records(1..=2)), (1, vec![2])])).unwrap();
    let mut reader = files::open(&path).unwrap();
    let record = reader.next_record().unwrap().unwrap();
    assert_eq!((record.number, record.bytes), (1, &one[..]));
    assert_eq!(record.decode().unwrap().0, Topic::ProductUsage);
    assert_eq!(reader.next_record().unwrap().unwrap().decode().unwrap().1.event.fact.id(), "e2");
    let record = reader.next_record().unwrap().unwrap();
    assert_eq!(record.bytes, [2]);
    assert_eq!(record.decode().unwrap_err().class, BadClass::NotAvro);
    assert!(reader.next_record().unwrap().is_none());
    assert_eq!(Some(reader.progress().read_bytes()), reader.progress().total_bytes());
}

proptest! {
    #[test]
    fn damaged_files_never_panic(place in any::<prop::sample::Index>(), byte in any::<u8>(), hard in any::<bool>()) {
        let codec = if hard { Codec::Deflate(DeflateSettings::default()) } else { Codec::Null };
        let mut file = by_library(codec, 12);
        let place = place.index(file.len());
        file[place] = byte;
        let _ = read(&file);
        let _ = read(&file[..place]);
    }
}
