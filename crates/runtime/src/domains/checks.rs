//! Do the topics of signals by domain fit, before anything is routed?

use rdkafka::admin::{NewTopic, TopicReplication};
use springtide_core::event::Topic;
use springtide_core::time::{DAY_MS, Millis};

use super::Route;
use crate::brokers::{Answer, Answers, Brokers, Described};
use crate::fault::RunError;
use crate::limits;
use crate::partitioner::Partitioner;
use crate::settings::Settings;
use crate::topics::Layout;

/// What a topic takes unless it is told otherwise.
const USUAL_BYTES: usize = 1_048_588;

/// What the router has to know, where there is one.
///
/// # Errors
/// Where nobody knows what places the records of `business-signals`.
pub(crate) fn prepare(
    settings: &Settings,
    partitions: i32,
    described: &Described,
    placed_by: Option<Partitioner>,
) -> Result<Option<Route>, RunError> {
    if settings.by_domain.is_none() {
        return Ok(None);
    }
    let signals = settings.names.of(Topic::BusinessSignals);
    let Some(placed_by) = placed_by else {
        return Err(RunError::Setting(format!(
            "by_domain: how `{signals}` is placed is not known (`custom` under [partitioners]), so nothing can be routed \
             into it; route signals by domain with a producer of your own"
        )));
    };
    let number = |key: &str| described.get(signals)?.get(key)?.parse::<i64>().ok();
    let largest = number("max.message.bytes").and_then(|bytes| usize::try_from(bytes).ok());
    let ages = [number("retention.ms").filter(|ms| *ms > 0), number("message.timestamp.before.max.ms")];
    Ok(Some(Route {
        partitions,
        placed_by,
        largest_bytes: largest.unwrap_or(USUAL_BYTES),
        oldest_ms: ages.into_iter().flatten().map(with_a_margin).min(),
    }))
}

/// Less a day, in which what was written is read; of short times half.
fn with_a_margin(ms: Millis) -> Millis {
    (ms - DAY_MS).max(ms / 2)
}

/// What is wrong with how the topics are laid out.
pub(crate) fn problems(settings: &Settings, answers: &Answers) -> Option<String> {
    let by = settings.by_domain.as_ref()?;
    let (topic, waiting) = (&by.topic, &by.waiting);
    let (Some(Answer::There(signals)), Some(Answer::There(rows))) =
        (answers.get(topic), answers.get(waiting))
    else {
        return None;
    };
    (signals.partitions != rows.partitions).then(|| {
        format!(
            "topic `{waiting}` has {} partitions, `{topic}` has {}: whoever reads one reads the same of the other; add \
             partitions to the one that has fewer (kafka-topics --alter --partitions)",
            rows.partitions, signals.partitions
        )
    })
}

/// Makes the topic of those that wait where it is missing, with as many partitions as the signals have; says which it made.
///
/// # Errors
/// Where it can't be made.
pub(crate) fn ensure(
    brokers: &Brokers,
    settings: &Settings,
    layout: Layout,
    described: &Described,
) -> Result<Option<String>, RunError> {
    let Some(by) = &settings.by_domain else { return Ok(None) };
    let answers = brokers.ask_once([&*by.topic, &*by.waiting])?;
    if answers.get(&by.waiting) != Some(&Answer::Missing) {
        return Ok(None);
    }
    let partitions = match answers.get(&by.topic) {
        Some(Answer::There(shape)) => shape.partitions,
        _ => layout.partitions,
    };
    let bytes = limits::aside_bytes(settings, described).to_string();
    let new = NewTopic::new(&by.waiting, partitions, TopicReplication::Fixed(layout.replication_factor))
        .set("cleanup.policy", "compact")
        .set("max.message.bytes", &bytes);
    brokers.make(&[new])?;
    Ok(Some(by.waiting.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brokers::Shape;
    use crate::domains::ByDomain;

    fn settings() -> Settings {
        Settings { by_domain: Some(ByDomain::new("x")), ..Settings::new("", "x") }
    }

    #[test]
    fn both_topics_have_as_many_partitions() {
        let there =
            |partitions| Answer::There(Shape { partitions, replication_factor: 1, leaderless: Vec::new() });
        for (signals, rows, is_wrong) in [(4, 4, false), (4, 3, true), (3, 4, true)] {
            let answers = [
                ("business-signals-by-domain".to_owned(), there(signals)),
                ("x-domains-waiting".to_owned(), there(rows)),
            ];
            let said = problems(&settings(), &answers.into());
            assert_eq!(said.is_some(), is_wrong, "{said:?}");
        }
        assert_eq!(problems(&settings(), &Answers::new()), None, "what is missing is told elsewhere");
    }

    #[test]
    fn what_can_not_be_placed_is_refused() {
        let refused = prepare(&settings(), 3, &Described::new(), None).unwrap_err().to_string();
        assert!(refused.contains("how `business-signals` is placed is not known"), "{refused}");
        let route = prepare(&settings(), 3, &Described::new(), Some(Partitioner::Crc32)).unwrap().unwrap();
        assert_eq!((route.largest_bytes, route.oldest_ms), (USUAL_BYTES, None));
        for (retention, before, oldest_ms) in [
            ("-1", "9223372036854775807", i64::MAX - DAY_MS),
            (&*(10 * DAY_MS).to_string(), "9223372036854775807", 9 * DAY_MS),
            ("-1", "1000", 500),
            ("600", "1000", 300),
        ] {
            let told = [("retention.ms", retention), ("message.timestamp.before.max.ms", before)];
            let told = told.map(|(key, value)| (key.to_owned(), value.to_owned()));
            let described = [("business-signals".to_owned(), told.into())].into();
            let route = prepare(&settings(), 3, &described, Some(Partitioner::Crc32)).unwrap().unwrap();
            assert_eq!(route.oldest_ms, Some(oldest_ms), "{retention} {before}");
        }
        assert_eq!(prepare(&Settings::new("", "x"), 3, &Described::new(), None).unwrap(), None);
    }
}
