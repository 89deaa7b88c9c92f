//! What a pipeline of an earlier stored format left behind, kept in the repository: `tests/golden/format-N`.
//!
//! - `rules`: the pack it ran with.
//! - `first.jsonl`, `later.jsonl`: its input, and what came after it; `_topic` names the topic of each line.
//! - `changelog.jsonl`, `opportunities.jsonl`, `latest.jsonl`: the topics it wrote, one record a line, keys and values in
//!   hexadecimal. Offsets that are missing are those of transactions' markers.
//! - `state`: its state directory.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::{Value, json};
use springtide_store::kv::header::FORMAT;

use crate::broker::{Broker, repository};
use crate::data::Data;
use crate::kcat::{Raw, read, read_raw};
use crate::opportunities::Opportunities;
use crate::pipeline::{Pipeline, copy};
use crate::process::Process;
use crate::program::springtide;
use crate::records::{INPUT, Record};
use crate::wait::DEADLINE;

const UNTIL: &str = "2024-03-01T00:00:00Z";
const FILES: [&str; 3] = ["changelog.jsonl", "opportunities.jsonl", "latest.jsonl"];

/// One format's folder.
pub struct Golden {
    folder: PathBuf,
    name: &'static str,
}

fn home() -> PathBuf {
    repository().join("tests/golden")
}

/// Those that are kept, oldest first.
///
/// # Panics
/// Where there is none.
pub fn all() -> Vec<Golden> {
    let entries = fs::read_dir(home()).expect("tests/golden").flatten();
    let number = |name: OsString| name.to_str()?.strip_prefix("format-")?.parse::<u8>().ok();
    let mut formats: Vec<u8> = entries.filter_map(|entry| number(entry.file_name())).collect();
    formats.sort_unstable();
    formats.into_iter().map(Golden::of).collect()
}

impl Golden {
    fn of(format: u8) -> Golden {
        // A pipeline's name lives as long as its test.
        let name = Box::leak(format!("golden-{format}").into_boxed_str());
        Golden { folder: home().join(format!("format-{format}")), name }
    }

    /// The one of the format that is written now.
    pub fn present() -> Golden {
        Golden::of(FORMAT)
    }

    /// Whether its folder is there.
    pub fn exists(&self) -> bool {
        self.folder.is_dir()
    }

    /// Its name, for messages.
    pub fn name(&self) -> &str {
        self.name
    }

    /// Runs a pipeline, and keeps what it leaves behind.
    ///
    /// # Panics
    /// Where it is kept already: what a format has left behind never changes.
    pub fn make(&self) {
        assert!(!self.exists(), "{} is there already", self.folder.display());
        fs::create_dir_all(&self.folder).unwrap();
        let rules = ["check".into(), "--write-default".into(), self.rules().into_os_string()];
        Process::start(springtide().as_os_str(), &rules).finish().well();
        let mut first = Data::generated_small(91).records(92);
        let later = first.split_off(first.len() / 2);
        for (file, records) in [("first.jsonl", &first), ("later.jsonl", &later)] {
            let lines: Vec<String> = records.iter().map(line_of).collect();
            fs::write(self.folder.join(file), lines.join("\n") + "\n").unwrap();
        }
        let pipeline = Pipeline::new(self.name, 1);
        pipeline.feed(&first);
        pipeline.catch_up(self.flags());
        for (file, topic) in FILES.iter().zip(topics(&pipeline)) {
            let headers = if topic == pipeline.changelog() { Vec::new() } else { read(&topic) };
            let mut headers = headers.into_iter().map(|message| message.headers);
            let with = |record: &Raw| kept(record, &headers.next().unwrap_or_default());
            let lines: Vec<String> = read_raw(&topic).iter().map(with).collect();
            fs::write(self.folder.join(file), lines.join("\n") + "\n").unwrap();
        }
        copy(&pipeline.state(), &self.folder.join("state"));
        for entry in fs::read_dir(self.folder.join("state")).unwrap().flatten() {
            let name = entry.file_name();
            if ["LOG", "LOCK"].iter().any(|log| name.to_string_lossy().starts_with(log)) {
                fs::remove_file(entry.path()).unwrap();
            }
        }
    }

    /// A pipeline as that one left it.
    ///
    /// # Panics
    /// Where the topics can't be made so.
    pub fn left_behind(&self) -> Pipeline {
        let pipeline = Pipeline::new(self.name, 1);
        let first = self.records("first.jsonl");
        pipeline.feed(&first);
        for (file, topic) in FILES.iter().zip(topics(&pipeline)) {
            self.write_again(file, &topic);
        }
        let mut reached = TopicPartitionList::new();
        for topic in INPUT {
            let count = first.iter().filter(|record| record.topic == topic).count() as i64;
            reached.add_partition_offset(&pipeline.topic(topic), 0, Offset::Offset(count)).unwrap();
        }
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &Broker::shared().bootstrap).set("group.id", self.name);
        let group: BaseConsumer = config.create().unwrap();
        group.commit(&reached, CommitMode::Sync).unwrap();
        copy(&self.folder.join("state"), &pipeline.state());
        pipeline
    }

    /// What came after, in two parts.
    pub fn later(&self) -> [Vec<Record>; 2] {
        let mut one = self.records("later.jsonl");
        let other = one.split_off(one.len() / 2);
        [one, other]
    }

    /// The flags that it ran with.
    pub fn flags(&self) -> Vec<OsString> {
        vec!["--until".into(), UNTIL.into(), "--rules".into(), self.rules().into()]
    }

    /// What a replay says that is open at the end.
    ///
    /// # Panics
    /// Where it can't be replayed.
    pub fn replayed(&self) -> Opportunities {
        let mut args: Vec<OsString> = vec!["replay".into()];
        args.extend(self.flags());
        args.extend(["first.jsonl", "later.jsonl"].map(|file| self.folder.join(file).into()));
        let ended = Process::start(springtide().as_os_str(), &args).finish().well();
        Opportunities::open(ended.text().lines().map(|line| serde_json::from_str(line).unwrap()))
    }

    fn rules(&self) -> PathBuf {
        self.folder.join("rules")
    }

    fn records(&self, file: &str) -> Vec<Record> {
        lines(&self.folder.join(file)).iter().map(record_of).collect()
    }

    /// Writes a topic as it was, offset by offset: what stands together was a transaction.
    fn write_again(&self, file: &str, topic: &str) {
        let records = lines(&self.folder.join(file));
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &Broker::shared().bootstrap)
            .set("transactional.id", format!("{topic}-again"));
        let producer: BaseProducer = config.create().unwrap();
        producer.init_transactions(DEADLINE).unwrap();
        let offset = |record: &Value| record["offset"].as_i64().unwrap();
        for together in records.chunk_by(|one, next| offset(one) + 1 == offset(next)) {
            producer.begin_transaction().unwrap();
            for record in together {
                let (key, value) = (bytes(&record["key"]), bytes(&record["value"]));
                let mut again = BaseRecord::<[u8], [u8]>::to(topic).partition(0);
                (again.key, again.payload) = (key.as_deref(), value.as_deref());
                again.headers = Some(headers(&record["headers"]));
                producer.send(again).map_err(|(error, _)| error).unwrap();
            }
            producer.commit_transaction(DEADLINE).unwrap();
        }
        let again: Vec<i64> = read_raw(topic).iter().map(|record| record.offset).collect();
        assert_eq!(again, records.iter().map(offset).collect::<Vec<_>>(), "{topic} is as it was");
    }
}

fn topics(pipeline: &Pipeline) -> [String; 3] {
    let output =
        ["expansion-opportunities", "expansion-opportunities-latest"].map(|name| pipeline.topic(name));
    let [opportunities, latest] = output;
    [pipeline.changelog(), opportunities, latest]
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn line_of(record: &Record) -> String {
    let mut value: Value = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
    value["_topic"] = record.topic.into();
    value.to_string()
}

fn record_of(line: &Value) -> Record {
    let mut value = line.clone();
    value.as_object_mut().unwrap().remove("_topic");
    let topic = INPUT.iter().find(|topic| line["_topic"] == **topic).expect("an input topic");
    Record::new(topic, line["account_id"].as_str().unwrap(), value.to_string())
}

fn kept(record: &Raw, headers: &[(String, String)]) -> String {
    let hex = |bytes: &Option<Vec<u8>>| {
        bytes.as_ref().map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    };
    let (offset, key, value) = (record.offset, hex(&record.key), hex(&record.value));
    json!({"offset": offset, "key": key, "value": value, "headers": headers}).to_string()
}

fn headers(kept: &Value) -> OwnedHeaders {
    let pairs = kept.as_array().into_iter().flatten();
    pairs.fold(OwnedHeaders::new(), |headers, pair| {
        let (key, value) = (pair[0].as_str().unwrap(), pair[1].as_str());
        headers.insert(Header { key, value })
    })
}

fn bytes(hex: &Value) -> Option<Vec<u8>> {
    let byte = |at: usize| u8::from_str_radix(&hex.as_str()?[at..at + 2], 16).ok();
    (0..hex.as_str()?.len() / 2).map(|number| byte(2 * number)).collect()
}
