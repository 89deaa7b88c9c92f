//! One pipeline with topics, state and an application id of its own, so that tests share the broker.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};
use tempfile::TempDir;

use crate::broker::Broker;
use crate::committed::Committed;
use crate::data::Data;
use crate::feed::feed;
use crate::opportunities::Opportunities;
use crate::process::{Ended, Process};
use crate::program::springtide;
use crate::records::{INPUT, Record};
use crate::wait::DEADLINE;

const OUTPUT: [&str; 4] = [
    "expansion-opportunities",
    "expansion-opportunities-latest",
    "springtide-dead-letter",
    "springtide-late",
];

const PATIENCE: Duration = Duration::from_secs(30);

/// The end of each partition of a topic.
fn ends(client: &BaseConsumer, topic: &str) -> KafkaResult<Vec<i64>> {
    let metadata = client.fetch_metadata(Some(topic), PATIENCE)?;
    let partitions = metadata.topics()[0].partitions().iter();
    partitions.map(|partition| Ok(client.fetch_watermarks(topic, partition.id(), PATIENCE)?.1)).collect()
}

/// Signals that name a domain; the topic is made where they are routed.
pub const BY_DOMAIN: &str = "business-signals-by-domain";

/// All topics of every pipeline, by the names they have without configuration.
pub fn all_topics() -> impl Iterator<Item = &'static str> {
    INPUT.into_iter().chain(OUTPUT)
}

/// A pipeline's configuration and place.
pub struct Pipeline {
    name: &'static str,
    folder: TempDir,
    /// Where those who look at it find the brokers.
    readers: String,
}

impl Pipeline {
    /// One whose topics exist. The name must be this test's alone.
    pub fn new(name: &'static str, partitions: i32) -> Pipeline {
        let pipeline = Pipeline::without_topics(name);
        pipeline.topics(&[&format!("--partitions={partitions}")]).well();
        pipeline
    }

    /// One whose topics do not exist yet.
    pub fn without_topics(name: &'static str) -> Pipeline {
        Pipeline::at(name, &Broker::shared().bootstrap)
    }

    /// One that looks for its broker somewhere.
    pub fn at(name: &'static str, bootstrap: &str) -> Pipeline {
        let folder = Broker::shared().new_folder();
        Pipeline::in_folder(name, folder, bootstrap, &Broker::shared().bootstrap)
    }

    /// One in a folder that looks for its broker somewhere; those who look at it, somewhere else.
    ///
    /// # Panics
    /// Where the folder can't be written.
    pub fn in_folder(name: &'static str, folder: TempDir, bootstrap: &str, readers: &str) -> Pipeline {
        let pipeline = Pipeline { name, folder, readers: readers.to_owned() };
        let topics: Vec<String> = all_topics()
            .chain([BY_DOMAIN])
            .map(|topic| format!("{topic} = {:?}", pipeline.topic(topic)))
            .collect();
        let config = format!(
            "bootstrap_servers = {bootstrap:?}\napplication_id = {name:?}\nstate_dir = {:?}\n\
             commit_interval = \"20ms\"\ncommit_records = 500\n\n[topics]\n{}\n\n\
             [kafka]\n\"consumer.session.timeout.ms\" = 3000\n\"consumer.heartbeat.interval.ms\" = 500\n",
            pipeline.state(),
            topics.join("\n")
        );
        fs::write(pipeline.config(), config).unwrap();
        pipeline
    }

    /// The name here of a topic.
    pub fn topic(&self, topic: &str) -> String {
        format!("{}.{topic}", self.name)
    }

    /// Where the state is.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// A path beside the state.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sets a setting that the file has at its top, in place of what it had.
    ///
    /// # Panics
    /// Where the file can't be written.
    pub fn set(&self, key: &str, value: impl std::fmt::Display) {
        let config = fs::read_to_string(self.config()).unwrap();
        let others = config.lines().filter(|line| !line.starts_with(&format!("{key} = ")));
        let lines: Vec<String> =
            std::iter::once(format!("{key} = {value}")).chain(others.map(str::to_owned)).collect();
        fs::write(self.config(), lines.join("\n") + "\n").unwrap();
    }

    /// Where its configuration is.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("springtide.toml")
    }

    /// Writes records to its input topics, all in one transaction.
    pub fn feed_in_a_transaction(&self, records: &[Record]) {
        let id = format!("{}-source", self.topic("feed"));
        crate::feed::feed_in_a_transaction(&id, records, |topic| self.topic(topic));
    }

    /// Writes records to its input topics.
    pub fn feed(&self, records: &[Record]) {
        feed(records, |topic| self.topic(topic));
    }

    /// Writes records to its input topics, placed by one of librdkafka's partitioners.
    pub fn feed_by(&self, partitioner: &str, records: &[Record]) {
        crate::feed::feed_by(partitioner, records, |topic| self.topic(topic));
    }

    /// Adds a table to its configuration.
    ///
    /// # Panics
    /// Where the file can't be written.
    pub fn configure(&self, table: &str) {
        let config = fs::read_to_string(self.config()).unwrap();
        fs::write(self.config(), format!("{config}\n{table}\n")).unwrap();
    }

    /// The name of the topic of signals by domain that wait.
    pub fn domains_waiting(&self) -> String {
        format!("{}-domains-waiting", self.name)
    }

    /// The name of the topic that backs its state.
    pub fn changelog(&self) -> String {
        format!("{}-changelog", self.name)
    }

    /// Runs `springtide topics`.
    pub fn topics(&self, flags: &[&str]) -> Ended {
        self.start("topics", flags.iter().map(OsString::from).collect()).finish()
    }

    /// Starts `springtide run`.
    pub fn run(&self, flags: Vec<OsString>) -> Process {
        self.start("run", flags)
    }

    /// Runs until everything is processed that is in the topics now.
    ///
    /// # Panics
    /// Where that fails.
    pub fn catch_up(&self, mut flags: Vec<OsString>) -> Ended {
        flags.push("--until-caught-up".into());
        self.run(flags).finish().well()
    }

    /// Starts `springtide run`, with what it says in a file.
    pub fn run_with_log(&self, flags: Vec<OsString>, log: File) -> Process {
        Process::start_with_log(springtide().as_os_str(), &self.args("run", flags), log)
    }

    fn start(&self, command: &str, flags: Vec<OsString>) -> Process {
        self.start_with(command, flags, &[])
    }

    /// Starts `springtide topics` or `springtide run`, with environment variables.
    pub fn start_with(&self, command: &str, flags: Vec<OsString>, environment: &[(&str, &str)]) -> Process {
        Process::start_with(springtide().as_os_str(), &self.args(command, flags), environment)
    }

    fn args(&self, command: &str, flags: Vec<OsString>) -> Vec<OsString> {
        let mut args: Vec<OsString> = vec![command.into(), "--config".into(), self.config().into()];
        args.extend(flags);
        args
    }

    /// What it has committed.
    pub fn committed(&self) -> Committed {
        Committed::read_at(&self.readers, &self.topic(OUTPUT[0]), &self.topic(OUTPUT[1]))
    }

    /// Fails unless what is committed is what a replay of the data says, each revision once, nothing set aside.
    ///
    /// # Panics
    /// That is how it fails.
    pub fn must_agree_with(&self, data: &Data) {
        self.must_have_open(&data.replayed());
    }

    /// Fails unless exactly these are open, each revision once, nothing set aside.
    ///
    /// # Panics
    /// That is how it fails.
    pub fn must_have_open(&self, expected: &Opportunities) {
        self.committed().open().must_equal(expected);
        for aside in &OUTPUT[2..] {
            assert_eq!(self.written(aside), 0, "{aside} must be empty");
        }
    }

    /// The sum of a topic's end offsets: how much was written to it, committed or not.
    ///
    /// # Panics
    /// Where the broker does not say.
    pub fn written(&self, topic: &str) -> i64 {
        ends(&self.client(), &self.topic(topic)).unwrap().into_iter().sum()
    }

    /// The same of the changelog topic.
    ///
    /// # Panics
    /// As [`Pipeline::written`].
    pub fn changelog_end(&self) -> i64 {
        ends(&self.client(), &self.changelog()).unwrap().into_iter().sum()
    }

    /// The same of the topic of signals by domain that wait.
    ///
    /// # Panics
    /// As [`Pipeline::written`].
    pub fn domains_waiting_end(&self) -> i64 {
        ends(&self.client(), &self.domains_waiting()).unwrap().into_iter().sum()
    }

    /// How many offsets of the input topics the group has yet to commit.
    ///
    /// # Panics
    /// Where the broker does not say.
    pub fn lag(&self) -> i64 {
        self.lag_if_told().unwrap()
    }

    /// The same where the brokers may have something else to do.
    ///
    /// # Errors
    /// Then.
    pub fn lag_if_told(&self) -> KafkaResult<i64> {
        let client = self.client();
        let behind = |topic: &&str| {
            let (topic, mut wanted) = (self.topic(topic), TopicPartitionList::new());
            let ends = ends(&client, &topic)?;
            for (partition, _) in (0..).zip(&ends) {
                wanted.add_partition(&topic, partition);
            }
            let committed = client.committed_offsets(wanted, PATIENCE)?;
            let next = |partition| match committed.find_partition(&topic, partition).unwrap().offset() {
                Offset::Offset(next) => next,
                _ => 0,
            };
            Ok((0..).zip(&ends).map(|(partition, end)| end - next(partition)).sum::<i64>())
        };
        INPUT.iter().map(behind).sum()
    }

    fn client(&self) -> BaseConsumer {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.readers).set("group.id", self.name);
        config.create().unwrap()
    }

    /// Where its group is with a topic, by partition; 0 where it has not begun.
    ///
    /// # Panics
    /// Where the broker does not say.
    pub fn group_offsets(&self, topic: &str) -> Vec<i64> {
        let topic = self.topic(topic);
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.readers).set("group.id", self.name);
        let client: BaseConsumer = config.create().unwrap();
        let metadata = client.fetch_metadata(Some(&topic), DEADLINE).unwrap();
        let mut asked = TopicPartitionList::new();
        for partition in metadata.topics()[0].partitions() {
            asked.add_partition(&topic, partition.id());
        }
        let answer = client.committed_offsets(asked, DEADLINE).unwrap();
        answer.elements().iter().map(|element| element.offset().to_raw().unwrap_or(0).max(0)).collect()
    }

    /// Loses the state, as a machine that breaks does.
    ///
    /// # Panics
    /// Where there is none.
    pub fn lose_state(&self) {
        fs::remove_dir_all(self.state()).unwrap();
    }
}

/// Copies a folder.
///
/// # Panics
/// Where it can't be copied.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}
