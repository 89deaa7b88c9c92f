//! Files of JSON lines: forms, odd lines, damage.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use springtide_core::event::Topic;
use springtide_schema::files::{self, Form, LineReader, OpenError, Packing, RecordReader};
use springtide_schema::{BadClass, limits};

fn line(id: usize) -> String {
    format!(
        r#"{{"event_id":"e{id}","account_id":"a","occurred_at":"2026-03-02T09:30:00Z","type":"user_activity","user_id":"u"}}"#
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The numbers of the good records and the error that ended the reading, if one did.
fn read(mut reader: RecordReader) -> (Vec<u64>, Option<String>) {
    let mut numbers = Vec::new();
    loop {
        match reader.next_record() {
            Ok(Some(record)) => {
                let number = record.number;
                record.decode().unwrap_or_else(|bad| panic!("line {number}: {bad}"));
                numbers.push(number);
            }
            Ok(None) => return (numbers, None),
            Err(error) => {
                assert!(matches!(reader.next_record(), Ok(None)), "there is no way on");
                return (numbers, Some(error.to_string()));
            }
        }
    }
}

#[test]
fn names_tell_topic_form_and_packing() {
    let folder = tempfile::tempdir().unwrap();
    let plain = format!("{}\n{}\n", line(1), line(2)).into_bytes();
    let zst = zstd::encode_all(&plain[..], 1).unwrap();
    for (name, bytes) in [
        ("product-usage.jsonl", &plain),
        ("product-usage.json", &plain),
        ("product-usage.ndjson", &plain),
        ("product-usage.2026-03.part1.jsonl", &plain),
        ("product-usage.jsonl.gz", &gzip(&plain)),
        ("product-usage.json.gz", &gzip(&plain)),
        ("product-usage.jsonl.zst", &zst),
        ("product-usage.day.jsonl.zst", &[&zst[..], &zst[..]].concat()),
        ("product-usage.day.jsonl.gz", &[gzip(&plain), gzip(&plain)].concat()),
    ] {
        let reader = files::open(write(folder.path(), name, bytes)).unwrap();
        assert_eq!(reader.topic(), Some(Topic::ProductUsage), "{name}");
        assert_eq!(reader.source(), folder.path().join(name));
        let progress = reader.progress().clone();
        let (numbers, error) = read(reader);
        let twice = name.contains("day");
        assert_eq!(numbers, if twice { vec![1, 2, 3, 4] } else { vec![1, 2] }, "{name}");
        assert_eq!(error, None, "{name}");
        assert_eq!(
            (progress.read_bytes(), progress.total_bytes()),
            (bytes.len() as u64, Some(bytes.len() as u64)),
            "{name}"
        );
    }
}

#[test]
fn a_name_that_is_no_topic_leaves_it_to_the_lines() {
    let folder = tempfile::tempdir().unwrap();
    let own = line(2).replacen('{', r#"{"_topic":"product-usage","#, 1);
    let path = write(folder.path(), "all.jsonl", format!("{}\n{own}", line(1)).as_bytes());
    let mut reader = files::open(&path).unwrap();
    assert_eq!(reader.topic(), None);
    let record = reader.next_record().unwrap().unwrap();
    assert_eq!(record.line_topic(), Some(None));
    assert_eq!(record.decode().unwrap_err().class, BadClass::UnknownTopic);
    assert_eq!(reader.next_record().unwrap().unwrap().decode().unwrap().0, Topic::ProductUsage);
}

#[test]
fn files_that_can_not_be_opened_say_why() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(files::open(folder.path().join("product-usage.csv")), Err(OpenError::UnknownForm(_))));
    assert!(matches!(files::open(folder.path().join("product-usage.jsonl")), Err(OpenError::Io(..))));
    std::fs::create_dir(folder.path().join("folder.jsonl")).unwrap();
    assert!(matches!(files::open(folder.path().join("folder.jsonl")), Err(OpenError::Io(..))));
    let path = write(folder.path(), "product-usage.avro", b"{}");
    let Err(error) = files::open(path) else { panic!() };
    assert!(error.to_string().contains("product-usage.avro: no Avro container file"), "{error}");
}

#[test]
fn odd_line_ends_blank_lines_and_a_mark_at_the_start_are_tolerated() {
    let text = format!("\u{feff}{}\r\n\r\n  \t\n\n{}\n{}", line(1), line(2), line(3));
    let reader = stream(text.into_bytes(), Packing::Plain);
    assert_eq!(read(reader), (vec![1, 5, 6], None));
}

#[test]
fn empty_files_are_files_without_records() {
    for (bytes, packing) in [
        (vec![], Packing::Plain),
        (b"\n\n".to_vec(), Packing::Plain),
        ("\u{feff}".into(), Packing::Plain),
        (gzip(b""), Packing::Gzip),
    ] {
        assert_eq!(read(stream(bytes, packing)), (vec![], None));
    }
}

#[test]
fn what_was_read_before_the_damage_is_kept() {
    let text: String = (1..=5_000).map(|id| line(id) + "\n").collect();
    let zst = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for (whole, packing) in [(gzip(text.as_bytes()), Packing::Gzip), (zst, Packing::Zstandard)] {
        let (numbers, error) = read(stream(whole[..whole.len() * 3 / 4].to_vec(), packing));
        let error = error.unwrap();
        assert!(error.contains("the compressed file ends too early"), "{packing:?}: {error}");
        assert!(error.contains(&format!("after record {}", numbers.len())), "{error}");
        let (numbers, error) = read(stream(whole[..whole.len() - 3].to_vec(), packing));
        assert!(error.is_some(), "{packing:?}: {} read without an error", numbers.len());
    }
    let garbage = [gzip(text.as_bytes()), b"garbage".to_vec()].concat();
    let (numbers, error) = read(stream(garbage, Packing::Gzip));
    assert_eq!(numbers.len(), 5_000);
    assert!(error.is_some());
}

#[test]
fn a_line_beyond_the_limit_is_bad_and_passed_over() {
    let long = "x".repeat(limits::MAX_LINE_BYTES + 1);
    let fits = format!("{}{}", line(2), " ".repeat(limits::MAX_LINE_BYTES - line(2).len()));
    let text = format!("{}\n{long}\n{fits}\r\n{}", line(1), line(4));
    let mut reader = stream(text.into_bytes(), Packing::Plain);
    let mut seen = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        let (number, length) = (record.number, record.bytes.len());
        match record.decode() {
            Ok((_, decoded)) => seen.push((number, decoded.event.fact.id().to_owned())),
            Err(bad) => {
                assert_eq!(bad.class, BadClass::TooLong);
                assert!(bad.message.contains("16777217 bytes long"), "{bad}");
                assert_eq!(length, limits::LONG_LINE_PREFIX_BYTES);
            }
        }
    }
    assert_eq!(seen, [(1, "e1".to_owned()), (3, "e2".to_owned()), (4, "e4".to_owned())]);
}

#[test]
fn lines_are_cut_the_same_however_the_bytes_arrive() {
    let text: Vec<u8> = (0..400_usize)
        .flat_map(|n| [vec![b'a' + (n % 26) as u8; n * 7 % 1_500], b"\r\n".to_vec()].concat())
        .collect();
    let expected: Vec<_> = (1_u64..)
        .zip(text.split(|byte| *byte == b'\n'))
        .map(|(number, line)| (number, line.strip_suffix(b"\r").unwrap_or(line)))
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| {
            let long = line.len() > 1_000;
            (
                number,
                line[..if long { line.len().min(1_024) } else { line.len() }].to_vec(),
                long.then_some(line.len() as u64),
            )
        })
        .collect();
    for step in [1, 2, 3, 1_000, 1_001, 1_002, 65_536, usize::MAX] {
        let mut lines = LineReader::with_limit(Steps { rest: &text, step }, 1_000);
        let mut seen = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            seen.push((line.number, line.bytes.to_vec(), line.too_long));
        }
        for (seen, expected) in seen.iter().zip(&expected) {
            assert_eq!(seen.0, expected.0, "{step}");
            assert_eq!(seen.2.is_some(), expected.2.is_some(), "{step}: line {}", seen.0);
            if expected.2.is_none() {
                assert_eq!(seen.1, expected.1, "{step}: line {}", seen.0);
            } else {
                assert!(expected.1.starts_with(&seen.1[..1_000]), "{step}: line {}", seen.0);
            }
        }
        assert_eq!(seen.len(), expected.len(), "{step}");
    }
}

/// A reader that gives a few bytes at a time.
struct Steps<'a> {
    rest: &'a [u8],
    step: usize,
}

impl Read for Steps<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.step.min(buffer.len()).min(self.rest.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest = &self.rest[count..];
        Ok(count)
    }
}

fn stream(bytes: Vec<u8>, packing: Packing) -> RecordReader {
    RecordReader::from_stream("-", Some(Topic::ProductUsage), Form::Lines, packing, io::Cursor::new(bytes))
        .unwrap()
}
