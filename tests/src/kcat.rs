//! Reading topics with `kcat`, a client that is not ours; only what was committed.

use std::ffi::{OsStr, OsString};

use serde_json::Value;

use crate::broker::Broker;
use crate::process::{Ended, Process};

/// A record as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The partition.
    pub partition: i64,
    /// The offset.
    pub offset: i64,
    /// The key, where it has one.
    pub key: Option<String>,
    /// The value, where it has one.
    pub value: Option<String>,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Its time in Kafka, in milliseconds.
    pub written_at: i64,
}

impl Message {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }
}

/// A record's key and value as they are, bytes that need not be text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Raw {
    /// The partition.
    pub partition: i64,
    /// The offset.
    pub offset: i64,
    /// The key, where it has one.
    pub key: Option<Vec<u8>>,
    /// The value, where it has one.
    pub value: Option<Vec<u8>>,
}

/// All records of a topic, in the order of partition and offset.
///
/// # Panics
/// Where kcat is missing or fails.
pub fn read(topic: &str) -> Vec<Message> {
    read_at(&Broker::shared().bootstrap, topic)
}

/// The same from brokers that listen somewhere else.
///
/// # Panics
/// As [`read`].
pub fn read_at(bootstrap: &str, topic: &str) -> Vec<Message> {
    let ended = consume(bootstrap, topic, &["-J"]);
    let text = String::from_utf8_lossy(&ended.stdout);
    let mut messages: Vec<Message> = text.lines().map(message).collect();
    messages.sort_by_key(|message| (message.partition, message.offset));
    messages
}

/// The same, as bytes.
///
/// # Panics
/// As [`read`].
pub fn read_raw(topic: &str) -> Vec<Raw> {
    read_raw_at(&Broker::shared().bootstrap, topic)
}

/// The same from brokers that listen somewhere else.
///
/// # Panics
/// As [`read`].
pub fn read_raw_at(bootstrap: &str, topic: &str) -> Vec<Raw> {
    // The lengths say how many bytes follow; -1 where there is no key or value.
    let ended = consume(bootstrap, topic, &["-f", "%p %o %K %S\n%k%s"]);
    let mut rest = &ended.stdout[..];
    let mut raw = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let numbers =
            std::str::from_utf8(&rest[..end]).unwrap().split(' ').map(|number| number.parse().unwrap());
        let [partition, offset, key, value] = numbers.collect::<Vec<i64>>().try_into().unwrap();
        rest = &rest[end + 1..];
        let mut take = |length: i64| {
            let (taken, left) = rest.split_at(usize::try_from(length).ok()?);
            rest = left;
            Some(taken.to_vec())
        };
        raw.push(Raw { partition, offset, key: take(key), value: take(value) });
    }
    raw.sort();
    raw
}

/// What the broker says about a topic.
///
/// # Panics
/// As [`read`].
pub fn describe(topic: &str) -> Value {
    serde_json::from_slice(&kcat(&Broker::shared().bootstrap, &["-L", "-J", "-t", topic]).stdout).unwrap()
}

fn consume(bootstrap: &str, topic: &str, format: &[&str]) -> Ended {
    let read = ["-C", "-t", topic, "-X", "isolation.level=read_committed", "-o", "beginning", "-e", "-q"];
    kcat(bootstrap, &[&read, format].concat())
}

fn kcat(bootstrap: &str, args: &[&str]) -> Ended {
    assert!(
        is_there(),
        "kcat is not on the PATH: these tests read with it; install it (apt-get install kcat)"
    );
    let mut all: Vec<OsString> = vec!["-b".into(), bootstrap.into()];
    all.extend(args.iter().map(OsString::from));
    Process::start(OsStr::new("kcat"), &all).finish().well()
}

fn is_there() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join("kcat").is_file())
}

fn message(line: &str) -> Message {
    let value: Value = serde_json::from_str(line).unwrap();
    let text = |field: &str| value[field].as_str().map(str::to_owned);
    let words: Vec<&str> =
        value["headers"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    Message {
        partition: value["partition"].as_i64().unwrap(),
        offset: value["offset"].as_i64().unwrap(),
        key: text("key"),
        value: text("payload"),
        headers: words.chunks_exact(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect(),
        written_at: value["ts"].as_i64().unwrap(),
    }
}
