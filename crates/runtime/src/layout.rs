//! Do the topics fit together, and do they hold what the pipeline needs? (SPEC sections 2, 5, 6)
//!
//! [`prepare`] is what a pipeline calls before it works. What certainly breaks it is refused, in lines that say
//! which topic and what to do; what may, and what can't be checked, is a warning.

use springtide_core::event::Topic;
use springtide_core::time::Millis;

pub use crate::brokers::{Answer, Answers, Shape};
use crate::brokers::{Brokers, Described};
use crate::control::Control;
use crate::domains::{self, Route};
use crate::fault::RunError;
use crate::partitioner::{Partitioner, Placing};
use crate::placement::{Seen, judge, recognise};
use crate::settings::Settings;
use crate::topics::Layout;
use crate::{changelog, limits, rights, sampling};

/// What a pipeline has to know of its topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Partitions of each input topic, and of the changelog.
    pub partitions: i32,
    /// See [`Settings::stale_after_ms`].
    pub stale_after_ms: Millis,
    /// What places decisions; nothing that is known here.
    pub placed_by: Option<Partitioner>,
    /// Where signals by domain go, where they are routed.
    pub route: Option<Route>,
}

/// What is wrong, and what may be, each a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Nothing can work with these.
    pub problems: Vec<String>,
    /// Somebody should look at these.
    pub warnings: Vec<String>,
    /// What places the records of the input topics, where they say.
    pub placed_by: Option<Partitioner>,
}

impl Findings {
    /// Adds others to these.
    pub fn add(&mut self, others: Findings) {
        self.problems.extend(others.problems);
        self.warnings.extend(others.warnings);
        self.placed_by = self.placed_by.or(others.placed_by);
    }
}

/// Waits for brokers and topics, makes the changelog topic where it is missing, and checks all; warnings are logged.
///
/// # Errors
/// [`RunError::Topics`] with a line a problem; [`RunError::Stopped`] where the pipeline is told to end meanwhile.
pub fn prepare(settings: &Settings, control: &Control) -> Result<Prepared, RunError> {
    let brokers = Brokers::connect(settings)?;
    let answers = wait(&brokers, settings, control)?;
    let partitions = check(settings, &answers)?;
    let (described, mut findings) = describe(&brokers, settings);
    let name = settings.changelog();
    // As the first input topic is.
    let replication_factor = match answers.get(&settings.names.input[0]) {
        Some(Answer::There(shape)) => shape.replication_factor,
        _ => 1,
    };
    let layout = Layout { partitions, replication_factor };
    let bytes = limits::aside_bytes(settings, &described);
    changelog::ensure(&brokers, &name, answers.get(&name), layout, bytes)?;
    let names: Vec<&str> = named(settings).into_iter().chain([name.as_str()]).collect();
    let rights = brokers.rights(&names);
    let lacking = rights::lacking(settings, &rights);
    if !lacking.is_empty() {
        return Err(RunError::Topics(lacking));
    }
    let (checked, denied) = inspect(&brokers, settings, partitions, &described, control);
    findings.add(checked);
    findings.warnings.extend(rights::untold(&rights));
    // What can't be read now can't be read later.
    findings.problems.extend(denied);
    findings.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    if findings.problems.is_empty() {
        let stay = limits::tombstones_stay_ms(&name, &described);
        Ok(Prepared {
            partitions,
            stale_after_ms: stay.map_or(settings.stale_after_ms, |stay| stay / 2),
            placed_by: placed_by(settings, Topic::OpportunityOutcomes, findings.placed_by),
            route: domains::prepare(
                settings,
                partitions,
                &described,
                placed_by(settings, Topic::BusinessSignals, findings.placed_by),
            )?,
        })
    } else {
        Err(RunError::Topics(findings.problems))
    }
}

/// Asks a broker for the topics, and waits for one with growing pauses.
///
/// # Errors
/// Where a setting is refused, or the pipeline is told to end meanwhile.
pub fn wait_for_topics(settings: &Settings, control: &Control) -> Result<Answers, RunError> {
    wait(&Brokers::connect(settings)?, settings, control)
}

fn wait(brokers: &Brokers, settings: &Settings, control: &Control) -> Result<Answers, RunError> {
    let changelog = settings.changelog();
    let names: Vec<&str> = named(settings).into_iter().chain([changelog.as_str()]).collect();
    brokers.wait_for(&names, control)
}

/// The topics that must be there.
pub(crate) fn named(settings: &Settings) -> Vec<&str> {
    let by_domain = settings.by_domain.iter().flat_map(|by| [&*by.topic, &*by.waiting]);
    let names = settings.names.input.iter().map(String::as_str).chain(settings.names.output());
    names.chain(by_domain).collect()
}

/// Checks that every topic is there and the input topics have equal partition counts; returns that count.
///
/// # Errors
/// [`RunError::Topics`], with a line a problem.
pub fn check(settings: &Settings, answers: &Answers) -> Result<i32, RunError> {
    check_those(settings, &named(settings), answers)
}

/// The same of the input topics, whatever there is of the others.
pub(crate) fn check_input(settings: &Settings, answers: &Answers) -> Result<i32, RunError> {
    let input: Vec<&str> = settings.names.input.iter().map(String::as_str).collect();
    check_those(settings, &input, answers)
}

fn check_those(settings: &Settings, needed: &[&str], answers: &Answers) -> Result<i32, RunError> {
    let names = &settings.names;
    let mut problems: Vec<String> =
        needed.iter().filter_map(|name| absent(settings, name, answers.get(*name))).collect();
    let count = |topic: Topic| match answers.get(names.of(topic)) {
        Some(Answer::There(shape)) => Some((names.of(topic), shape.partitions)),
        _ => None,
    };
    let there: Vec<(&str, i32)> = Topic::ALL.into_iter().filter_map(count).collect();
    if there.iter().any(|(_, count)| Some(count) != there.first().map(|(_, count)| count)) {
        let said: Vec<String> = there.iter().map(|(name, count)| format!("`{name}` has {count}")).collect();
        problems.push(format!(
            "the input topics must have equal partition counts, so that an account's records meet: {}",
            said.join(", ")
        ));
    }
    problems.extend(domains::problems(settings, answers));
    match there.first() {
        Some((_, count)) if problems.is_empty() => Ok(*count),
        _ => Err(RunError::Topics(problems)),
    }
}

/// Why a topic can't be used, where it can't.
fn absent(settings: &Settings, name: &str, answer: Option<&Answer>) -> Option<String> {
    match answer {
        Some(Answer::There(_)) => None,
        Some(Answer::Denied) => {
            let is_read = settings.names.topic(name).is_some()
                || settings.by_domain.as_ref().is_some_and(|by| by.topic == name);
            let right = if is_read { "READ" } else { "WRITE" };
            Some(format!(
                "no right to see topic `{name}`: grant {right} and DESCRIBE on it to this pipeline's user"
            ))
        }
        Some(Answer::NoName) => {
            Some(format!("`{name}` can't be the name of a topic; mend it under [topics]"))
        }
        Some(Answer::Later(code)) => Some(format!("topic `{name}` is not ready: {code}; try again")),
        Some(Answer::Missing) | None => {
            Some(format!("topic `{name}` does not exist; `springtide topics` makes what is missing"))
        }
    }
}

/// The settings of all topics; none, and a warning, where brokers do not tell.
pub(crate) fn describe(brokers: &Brokers, settings: &Settings) -> (Described, Findings) {
    let changelog = settings.changelog();
    let names: Vec<&str> = named(settings).into_iter().chain([changelog.as_str()]).collect();
    match brokers.describe(&names) {
        Ok(described) => (described, Findings::default()),
        Err(error) => {
            let warning =
                format!("the topics' settings can't be asked for, so they are not checked: {error}");
            (Described::new(), Findings { warnings: vec![warning], ..Findings::default() })
        }
    }
}

/// Checks what the topics are set to, and where their records lie; the second are topics that this user may not
/// read, a line each.
pub(crate) fn inspect(
    brokers: &Brokers,
    settings: &Settings,
    partitions: i32,
    described: &Described,
    control: &Control,
) -> (Findings, Vec<String>) {
    let mut findings = limits::check(settings, described);
    let (placed, denied) = placement(brokers, settings, partitions, control);
    findings.add(placed);
    (findings, denied)
}

/// Checks where records lie; the second are topics that this user may not read, a line each.
pub(crate) fn placement(
    brokers: &Brokers,
    settings: &Settings,
    partitions: i32,
    control: &Control,
) -> (Findings, Vec<String>) {
    let sample = sampling::sample(&brokers.consumer, settings, partitions, control);
    let mut findings = Findings { warnings: sample.warnings, ..Findings::default() };
    let seen = Topic::ALL.map(|topic| Seen {
        name: settings.names.of(topic),
        key: topic.name(),
        placing: settings.partitioners[topic.index()],
        verdict: recognise(&sample.placed[topic.index()], partitions),
    });
    if partitions > 1 {
        findings.add(judge(&seen));
    }
    (findings, sample.denied)
}

/// What places what we write to an input topic, such as decisions, so that they meet their account's records: what is configured, else what the records say, else
/// what Java clients do. Nothing that is known where producers have a way of their own.
pub(crate) fn placed_by(
    settings: &Settings,
    topic: Topic,
    recognised: Option<Partitioner>,
) -> Option<Partitioner> {
    let said = |placing: &Placing| match placing {
        Placing::By(partitioner) => Some(*partitioner),
        Placing::Recognise | Placing::Custom => None,
    };
    match settings.partitioners[topic.index()] {
        Placing::Custom => None,
        Placing::By(partitioner) => Some(partitioner),
        Placing::Recognise if recognised.is_some() => recognised,
        Placing::Recognise if settings.partitioners.contains(&Placing::Custom) => None,
        Placing::Recognise => settings.partitioners.iter().find_map(said).or(Some(Partitioner::Murmur2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::new("localhost:9092", "test")
    }

    fn there(partitions: i32) -> Answer {
        Answer::There(Shape { partitions, replication_factor: 1, leaderless: Vec::new() })
    }

    fn all(partitions: i32) -> Answers {
        named(&settings()).into_iter().map(|name| (name.to_owned(), there(partitions))).collect()
    }

    #[test]
    fn decisions_are_placed_as_their_accounts_records_are() {
        let (crc32, custom) = (Placing::By(Partitioner::Crc32), Placing::Custom);
        let (usage, outcomes) = (Topic::ProductUsage.index(), Topic::OpportunityOutcomes.index());
        for (said, recognised, placed) in [
            (&[][..], None, Some(Partitioner::Murmur2)),
            (&[], Some(Partitioner::Crc32), Some(Partitioner::Crc32)),
            (&[(usage, crc32)], None, Some(Partitioner::Crc32)),
            (&[(outcomes, crc32)], Some(Partitioner::Murmur2), Some(Partitioner::Crc32)),
            (&[(usage, custom)], Some(Partitioner::Crc32), Some(Partitioner::Crc32)),
            (&[(usage, custom)], None, None),
            (&[(outcomes, custom)], Some(Partitioner::Crc32), None),
        ] {
            let mut settings = settings();
            said.iter().for_each(|(topic, placing)| settings.partitioners[*topic] = *placing);
            assert_eq!(
                placed_by(&settings, Topic::OpportunityOutcomes, recognised),
                placed,
                "{said:?} {recognised:?}"
            );
        }
    }

    #[test]
    fn equal_counts_pass() {
        assert_eq!(check(&settings(), &all(3)).unwrap(), 3);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let mut answers = all(3);
        answers.insert("business-signals".to_owned(), there(4));
        answers.insert("springtide-late".to_owned(), Answer::Missing);
        answers.insert("springtide-dead-letter".to_owned(), Answer::Denied);
        answers.insert("opportunity-outcomes".to_owned(), Answer::Denied);
        let said = check(&settings(), &answers).unwrap_err().to_string();
        for words in [
            "`springtide-late` does not exist",
            "`product-usage` has 3, `business-signals` has 4",
            "no right to see topic `springtide-dead-letter`: grant WRITE",
            "no right to see topic `opportunity-outcomes`: grant READ",
        ] {
            assert!(said.contains(words), "{said}");
        }
    }
}
