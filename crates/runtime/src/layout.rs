//! Do the topics fit together? (SPEC section 2)

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::client::Client;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::metadata::Metadata;
use springtide_core::event::Topic;

use crate::clients;
use crate::control::Control;
use crate::fault::RunError;
use crate::settings::Settings;

const ASK_TIMEOUT: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Partition counts by topic name; a topic that does not exist is missing.
pub type Counts = BTreeMap<String, i32>;

/// Asks a broker for its topics, and waits for one with growing pauses.
///
/// # Errors
/// Where a setting is refused, or the pipeline is told to end meanwhile.
pub fn wait_for_topics(settings: &Settings, control: &Control) -> Result<Counts, RunError> {
    let consumer: BaseConsumer<clients::Reports> = clients::plain(settings, clients::Reports)?;
    let mut pause = Duration::from_millis(250);
    loop {
        match consumer.client().fetch_metadata(None, ASK_TIMEOUT) {
            Ok(metadata) => return Ok(counts(&metadata)),
            Err(error) => tracing::warn!(
                bootstrap_servers = settings.bootstrap_servers, %error,
                "no broker answers; waiting for one"
            ),
        }
        let again = Instant::now() + pause;
        while Instant::now() < again {
            if control.stopping() {
                return Err(RunError::Stopped);
            }
            // Nothing is subscribed: polling only lets librdkafka say what is wrong.
            if consumer.poll(Duration::from_millis(100)).is_some() {
                thread::sleep(Duration::from_millis(100));
            }
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Partition counts, or why a broker does not say.
pub(crate) fn ask<C: ClientContext>(client: &Client<C>) -> rdkafka::error::KafkaResult<Counts> {
    client.fetch_metadata(None, ASK_TIMEOUT).map(|metadata| counts(&metadata))
}

fn counts(metadata: &Metadata) -> Counts {
    let there = metadata.topics().iter().filter(|topic| topic.error().is_none());
    there.map(|topic| (topic.name().to_owned(), topic.partitions().len() as i32)).collect()
}

/// Checks that every topic is there and the input topics have equal partition counts; returns that count.
///
/// # Errors
/// [`RunError::Topics`], with a line a problem.
pub fn check(settings: &Settings, counts: &Counts) -> Result<i32, RunError> {
    let names = &settings.names;
    let all = names.input.iter().map(String::as_str).chain(names.output());
    let mut problems: Vec<String> = all
        .filter(|name| !counts.contains_key(*name))
        .map(|name| format!("topic `{name}` does not exist; `springtide topics` makes what is missing"))
        .collect();
    let there: Vec<(&str, i32)> =
        Topic::ALL.into_iter().filter_map(|t| Some((names.of(t), *counts.get(names.of(t))?))).collect();
    if there.iter().any(|(_, count)| Some(count) != there.first().map(|(_, count)| count)) {
        let said: Vec<String> = there.iter().map(|(name, count)| format!("`{name}` has {count}")).collect();
        problems.push(format!(
            "the input topics must have equal partition counts, so that an account's records meet: {}",
            said.join(", ")
        ));
    }
    match there.first() {
        Some((_, count)) if problems.is_empty() => Ok(*count),
        _ => Err(RunError::Topics(problems)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::new("localhost:9092", "test")
    }

    fn all(count: i32) -> Counts {
        let names = settings().names;
        names
            .input
            .iter()
            .map(String::as_str)
            .chain(names.output())
            .map(|name| (name.to_owned(), count))
            .collect()
    }

    #[test]
    fn equal_counts_pass() {
        assert_eq!(check(&settings(), &all(3)).unwrap(), 3);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let mut counts = all(3);
        counts.insert("business-signals".to_owned(), 4);
        counts.remove("springtide-late");
        let said = check(&settings(), &counts).unwrap_err().to_string();
        assert!(said.contains("`springtide-late` does not exist"), "{said}");
        assert!(said.contains("`product-usage` has 3, `business-signals` has 4"), "{said}");
    }
}
