//! Clients of Kafka, each with the settings it must have and the ones a person passed.

use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext, RDKafkaLogLevel};

use crate::fault::RunError;
use crate::settings::Settings;

/// What exactly-once rests on: nobody may set these.
const OURS: [&str; 11] = [
    "bootstrap.servers",
    "group.id",
    "transactional.id",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "isolation.level",
    "enable.idempotence",
    "partition.assignment.strategy",
    "enable.partition.eof",
    "group.instance.id",
    "group.protocol",
];

/// What the producer takes unless told otherwise.
const MESSAGE_MAX_BYTES: i64 = 100 * 1024 * 1024;

/// Refuses settings that would break the pipeline's promises.
pub fn check(settings: &Settings) -> Result<(), RunError> {
    let refused: Vec<&str> = OURS.into_iter().filter(|key| settings.kafka.contains_key(*key)).collect();
    if refused.is_empty() {
        return Ok(());
    }
    Err(RunError::Setting(format!(
        "Springtide sets {} itself, since its guarantees rest on it; leave it out",
        refused.join(", ")
    )))
}

fn base(settings: &Settings) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &settings.bootstrap_servers).set("client.id", &settings.application_id);
    config.set_log_level(RDKafkaLogLevel::Warning);
    config
}

fn build<C, T>(config: &mut ClientConfig, settings: &Settings, only: &str, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    for (key, value) in &settings.kafka {
        // `consumer.x` and `producer.x` go to one sort of client, all else to every one.
        let own = key.strip_prefix(only).and_then(|rest| rest.strip_prefix('.'));
        let shared = (!key.starts_with("consumer.") && !key.starts_with("producer.")).then_some(key.as_str());
        if let Some(key) = own.or(shared) {
            config.set(key, value);
        }
    }
    config.create_with_context(context).map_err(|error| RunError::Setting(error.to_string()))
}

/// The consumer of the five input topics, for one worker.
pub fn consumer<C, T>(settings: &Settings, worker: usize, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    let mut config = reading(settings);
    config
        // Equal partition numbers of the five topics must come to one owner.
        .set("partition.assignment.strategy", "range")
        // How long a killed process keeps its partitions from the next one.
        .set("session.timeout.ms", "10000");
    if let Some(instance) = &settings.instance_id {
        config.set("group.instance.id", format!("{instance}-{worker}"));
    }
    build(&mut config, settings, "consumer", context)
}

/// A reader of what is committed, by partitions that it is told.
pub fn reader<C, T>(settings: &Settings, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    build(&mut reading(settings), settings, "consumer", context)
}

fn reading(settings: &Settings) -> ClientConfig {
    let mut config = base(settings);
    config
        .set("group.id", &settings.application_id)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("isolation.level", "read_committed")
        .set("auto.offset.reset", "earliest")
        .set("enable.partition.eof", "true")
        // librdkafka waits a second, by default, once its queue is full; that idles a fast reader.
        .set("fetch.queue.backoff.ms", "5")
        .set("fetch.wait.max.ms", "50")
        .set("queued.max.messages.kbytes", "32768");
    config
}

/// The transactional producer of everything that one worker writes.
pub fn producer<C, T>(settings: &Settings, transactional_id: &str, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    let mut config = base(settings);
    config
        .set("transactional.id", transactional_id)
        // How long what a killed process left open holds up readers, and whoever takes its partitions.
        .set("transaction.timeout.ms", "15000")
        .set("enable.idempotence", "true")
        .set("compression.type", "zstd")
        .set("partitioner", "murmur2_random")
        // A dead letter is as large as its source's largest record, plus headers.
        .set("message.max.bytes", MESSAGE_MAX_BYTES.to_string())
        .set("linger.ms", "1");
    build(&mut config, settings, "producer", context)
}

/// A consumer for questions and for a look at a few records. It reads what it assigns to itself, joins no group
/// and commits nothing; librdkafka wants a group's name all the same.
pub fn looker<C, T>(settings: &Settings, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    let mut config = base(settings);
    config
        .set("group.id", &settings.application_id)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("isolation.level", "read_uncommitted")
        .set("auto.offset.reset", "earliest")
        .set("enable.partition.eof", "true")
        // A few records of each partition are wanted, and soon.
        .set("fetch.message.max.bytes", "65536")
        .set("queued.max.messages.kbytes", "4096")
        .set("fetch.queue.backoff.ms", "5")
        .set("fetch.wait.max.ms", "10");
    build(&mut config, settings, "consumer", context)
}

/// What a record that we write may have at most, in bytes.
pub fn largest_record(settings: &Settings) -> i64 {
    let passed = ["producer.message.max.bytes", "message.max.bytes"];
    let passed = passed.into_iter().find_map(|key| settings.kafka.get(key)?.parse().ok());
    passed.unwrap_or(MESSAGE_MAX_BYTES)
}

/// A client for making topics, and asking for their settings.
pub fn plain<C, T>(settings: &Settings, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    build(&mut base(settings), settings, "consumer", context)
}
