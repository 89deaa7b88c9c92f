//! Clients of Kafka, each with the settings it must have and the ones a person passed.

use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::error::KafkaError;

use crate::fault::RunError;
use crate::members::client_id;
use crate::passed;
use crate::settings::Settings;
use crate::worker::bounds::{LONGEST_ABSENCE, MAX_POLL_INTERVAL};

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

/// What a consumer fetches before it is asked for, in KiB: a worker's, and that of the changelog's reader. It may be
/// exceeded by one answer of each broker.
const QUEUE_KIB: i64 = 16 * 1024;
/// The same in records: each takes some hundred bytes besides its own.
const QUEUE_RECORDS: i64 = 20_000;
/// What a broker answers with at most, of one partition and of all: so little that partitions take turns, so much that
/// the way there and back does not matter.
const PARTITION_FETCH_BYTES: i64 = 512 * 1024;
const FETCH_BYTES: i64 = 4 * 1024 * 1024;
/// What is taken for an answer at all: a single record may be larger than what is asked for, and is answered whole.
const ANSWER_BYTES: i64 = 512 * 1024 * 1024;

/// Refuses settings that would break the pipeline's promises.
pub fn check(settings: &Settings) -> Result<(), RunError> {
    let refused: Vec<&str> = OURS.into_iter().filter(|key| settings.kafka.get(key).is_some()).collect();
    if refused.is_empty() {
        if let Some(warning) = short_poll_interval(settings) {
            tracing::warn!("{warning}");
        }
        return Ok(());
    }
    Err(RunError::Setting(format!(
        "Springtide sets {} itself, since its guarantees rest on it; leave it out",
        refused.join(", ")
    )))
}

/// Words on an interval within which a worker can't promise to poll.
fn short_poll_interval(settings: &Settings) -> Option<String> {
    let least = LONGEST_ABSENCE.as_millis();
    let told = number(settings, "consumer", "max.poll.interval.ms")?;
    u128::try_from(told).is_ok_and(|told| told < least).then(|| {
        format!(
            "max.poll.interval.ms is {told}: with slow brokers a transaction may take longer, and partitions then move; \
             {least} or more is safe. Killed processes are noticed by session.timeout.ms"
        )
    })
}

/// A number that a person passed to one sort of client.
fn number(settings: &Settings, only: &str, key: &str) -> Option<i64> {
    let value = settings.kafka.get(&format!("{only}.{key}")).or_else(|| settings.kafka.get(key));
    value?.parse().ok()
}

fn base(settings: &Settings) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &settings.bootstrap_servers)
        .set("client.id", &settings.application_id)
        .set("receive.message.max.bytes", ANSWER_BYTES.to_string());
    config.set_log_level(RDKafkaLogLevel::Warning);
    config
}

fn build<C, T>(config: &mut ClientConfig, settings: &Settings, only: &str, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    for (key, value) in settings.kafka.of(only) {
        config.set(key, value);
    }
    config.create_with_context(context).map_err(|error| {
        RunError::Setting(match &error {
            KafkaError::ClientConfig(_, said, key, value) => passed::refused(key, value, said),
            other => other.to_string(),
        })
    })
}

/// The consumer of the five input topics, for one worker.
pub fn consumer<C, T>(settings: &Settings, worker: usize, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    let mut config = reading(settings);
    config
        // The others ask an account's owner, and find it by this.
        .set("client.id", client_id(&settings.application_id, settings.advertise.as_deref()))
        // Equal partition numbers of the five topics must come to one owner.
        .set("partition.assignment.strategy", "range")
        // Where what comes next is gone, it is told: somebody has to hear how much was lost.
        .set("auto.offset.reset", "error")
        // How long a killed process keeps its partitions from the next one.
        .set("session.timeout.ms", "10000")
        .set("max.poll.interval.ms", MAX_POLL_INTERVAL.as_millis().to_string());
    if let Some(instance) = &settings.instance_id {
        config.set("group.instance.id", format!("{instance}-{worker}"));
    }
    build(&mut config, settings, "consumer", context)
}

/// The consumer of signals by domain: a group of its own, since all of its members need not be the pipeline's.
pub fn router<C, T>(settings: &Settings, group: &str, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    let mut config = reading(settings);
    config
        .set("group.id", group)
        .set("partition.assignment.strategy", "range")
        .set("auto.offset.reset", "error")
        .set("session.timeout.ms", "10000")
        .set("max.poll.interval.ms", MAX_POLL_INTERVAL.as_millis().to_string())
        // There are few of them, as news are.
        .set("queued.max.messages.kbytes", "2048");
    if let Some(instance) = &settings.instance_id {
        config.set("group.instance.id", format!("{instance}-domains"));
    }
    build(&mut config, settings, "consumer", context)
}

/// A reader of what is committed that only wants to see whether something is there.
pub fn glancer<C, T>(settings: &Settings, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    let mut config = reading(settings);
    glance(&mut config);
    build(&mut config, settings, "consumer", context)
}

/// Little at a time, and soon.
fn glance(config: &mut ClientConfig) {
    config
        .set("fetch.message.max.bytes", "65536")
        .set("queued.max.messages.kbytes", "1024")
        .set("fetch.wait.max.ms", "10");
}

/// A reader of what is committed, by partitions that it is told.
pub fn reader<C, T>(settings: &Settings, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    let mut config = reading(settings);
    if settings.standby_replicas == 0 {
        // It reads only what somebody waits for: the end shall be known as soon as it is there.
        config.set("fetch.wait.max.ms", "10");
    }
    build(&mut config, settings, "consumer", context)
}

/// A reader of a topic that grows slowly, and is read whole.
pub fn follower<C, T>(settings: &Settings, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    let mut config = reading(settings);
    config.set("queued.max.messages.kbytes", "2048").set("fetch.message.max.bytes", "1048576");
    build(&mut config, settings, "consumer", context)
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
        // An idle pipeline asks four times a second; what is written is answered with at once.
        .set("fetch.wait.max.ms", "250")
        .set("queued.max.messages.kbytes", QUEUE_KIB.to_string())
        .set("queued.min.messages", QUEUE_RECORDS.to_string())
        .set("fetch.message.max.bytes", PARTITION_FETCH_BYTES.to_string())
        // librdkafka wants it to be `message.max.bytes` at least.
        .set(
            "fetch.max.bytes",
            number(settings, "consumer", "message.max.bytes").unwrap_or(0).max(FETCH_BYTES).to_string(),
        );
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
        // Half the bytes for a tenth of what zstd costs to make them.
        .set("compression.type", "lz4")
        .set("partitioner", "murmur2_random")
        // A dead letter is as large as its source's largest record, plus headers.
        .set("message.max.bytes", MESSAGE_MAX_BYTES.to_string())
        .set("linger.ms", "1");
    build(&mut config, settings, "producer", context)
}

/// A producer that copies records as they are.
pub fn copier<C, T>(settings: &Settings, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    let mut config = base(settings);
    config
        // In their order, and each once.
        .set("enable.idempotence", "true")
        .set("compression.type", "lz4")
        .set("message.max.bytes", MESSAGE_MAX_BYTES.to_string())
        .set("linger.ms", "20");
    build(&mut config, settings, "producer", context)
}

/// A consumer for questions and for a look at a few records. It reads what it assigns to itself, joins no group
/// and commits nothing; librdkafka wants a group's name all the same.
pub fn looker<C, T>(settings: &Settings, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    let mut config = reading(settings);
    config.set("isolation.level", "read_uncommitted");
    // Why a broker ended a connection is no error to librdkafka, only worth a line.
    config.set_log_level(RDKafkaLogLevel::Info);
    // A few records of each partition are wanted.
    glance(&mut config);
    build(&mut config, settings, "consumer", context)
}

/// What a record that we write may have at most, in bytes.
pub fn largest_record(settings: &Settings) -> i64 {
    number(settings, "producer", "message.max.bytes").unwrap_or(MESSAGE_MAX_BYTES)
}

/// A client for making topics, and asking for their settings.
pub fn plain<C, T>(settings: &Settings, context: C) -> Result<T, RunError>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    build(&mut base(settings), settings, "consumer", context)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(key: &str, value: &str) -> Settings {
        let mut settings = Settings::new("localhost:9092", "test");
        settings.kafka.insert(key.to_owned(), value.to_owned());
        settings
    }

    #[test]
    fn settings_that_break_a_promise_are_refused_by_name() {
        let said = check(&with("isolation.level", "read_uncommitted")).unwrap_err().to_string();
        assert!(said.contains("isolation.level"), "{said}");
        assert!(check(&with("session.timeout.ms", "3000")).is_ok());
    }

    #[test]
    fn an_interval_that_a_transaction_may_outlast_is_warned_of() {
        let least = LONGEST_ABSENCE.as_millis();
        for (key, value, warned) in [
            ("max.poll.interval.ms", least - 1, true),
            ("consumer.max.poll.interval.ms", 10_000, true),
            ("consumer.max.poll.interval.ms", least, false),
            ("session.timeout.ms", 3_000, false),
        ] {
            let settings = with(key, &value.to_string());
            assert!(check(&settings).is_ok(), "{key}");
            assert_eq!(short_poll_interval(&settings).is_some(), warned, "{key} {value}");
        }
    }
}
