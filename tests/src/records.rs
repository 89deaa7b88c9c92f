//! Records of the input topics, and the orders in which they may come.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::Value;

use crate::random::Random;

/// The input topics, by the names they have without configuration.
pub const INPUT: [&str; 5] =
    ["product-usage", "business-signals", "engagement-signals", "account-profiles", "opportunity-outcomes"];

/// A record for an input topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The topic's name without configuration.
    pub topic: &'static str,
    /// The key, where it has one.
    pub key: Option<Vec<u8>>,
    /// The value, where it has one.
    pub value: Option<Vec<u8>>,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Its time in Kafka, in milliseconds; when it is sent where there is none.
    pub written_at: Option<i64>,
}

impl Record {
    /// A record without headers.
    pub fn new(topic: &'static str, key: &str, value: impl Into<Vec<u8>>) -> Record {
        Record {
            topic,
            key: Some(key.into()),
            value: Some(value.into()),
            headers: Vec::new(),
            written_at: None,
        }
    }

    /// The same, with a header more.
    #[must_use]
    pub fn with_header(mut self, key: &str, value: &str) -> Record {
        self.headers.push((key.to_owned(), value.to_owned()));
        self
    }
}

/// The records of a file, keyed by account; its name up to the first dot is its topic.
///
/// # Panics
/// Where it can't be read, or a line names no account.
pub fn of_file(path: &Path) -> Vec<Record> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let topic =
        *INPUT.iter().find(|topic| name.split('.').next() == Some(**topic)).expect("a file of a topic");
    let file = File::open(path).unwrap();
    let bytes: Box<dyn Read> =
        if name.ends_with(".gz") { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    let lines = BufReader::new(bytes).lines().map(Result::unwrap).filter(|line| !line.is_empty());
    lines.map(|line| Record::new(topic, &account(&line), line)).collect()
}

fn account(line: &str) -> String {
    let value: Value = serde_json::from_str(line).unwrap();
    value["account_id"].as_str().expect("an account").to_owned()
}

/// Every topic in its own order, the topics mixed in bursts: now one is ahead, now another.
pub fn interleaved(topics: Vec<Vec<Record>>, random: &mut Random) -> Vec<Record> {
    let mut mixed = Vec::with_capacity(topics.iter().map(Vec::len).sum());
    let mut left: Vec<_> = topics.into_iter().map(|records| records.into_iter().peekable()).collect();
    loop {
        left.retain_mut(|topic| topic.peek().is_some());
        if left.is_empty() {
            return mixed;
        }
        let at = random.below(left.len());
        let most = left[at].len().div_ceil(4);
        let burst = 1 + random.below(most);
        mixed.extend(left[at].by_ref().take(burst));
    }
}

/// Every topic in its own order, each as often as it has records left: all of them end together.
pub fn steady(topics: Vec<Vec<Record>>, random: &mut Random) -> Vec<Record> {
    let mut left: Vec<usize> = topics.iter().map(Vec::len).collect();
    let mut topics: Vec<_> = topics.into_iter().map(Vec::into_iter).collect();
    let all = left.iter().sum();
    let mut mixed = Vec::with_capacity(all);
    for taken in 0..all {
        let mut at = random.below(all - taken);
        let topic = left.iter().position(|left| {
            let here = at < *left;
            at = at.saturating_sub(*left);
            here
        });
        let topic = topic.expect("one of those that are left");
        left[topic] -= 1;
        mixed.extend(topics[topic].next());
    }
    mixed
}
