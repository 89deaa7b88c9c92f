//! Making the topics, and checking those that are there (SPEC sections 2, 5, 6).

use rdkafka::admin::{NewTopic, TopicReplication};
use springtide_core::event::Topic;

use crate::brokers::{Answer, Answers, Brokers};
use crate::control::Control;
use crate::fault::RunError;
use crate::layout::Findings;
use crate::registry::{Registered, register_output};
use crate::settings::Settings;
use crate::{changelog, clients, domains, layout, limits, rights};

/// How long input and output are kept: longer than any lateness, and than most outages.
const RETENTION_MS: &str = "2592000000";

/// What [`ensure`] found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Topics that were made.
    pub made: Vec<String>,
    /// Topics that were there.
    pub found: Vec<String>,
    /// What must be changed before a pipeline can work, and what should be, each with what to do.
    pub findings: Findings,
    /// Schemas of the output that the registry has, where there is one.
    pub registered: Vec<Registered>,
}

/// How new topics are laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Partitions of each topic.
    pub partitions: i32,
    /// Copies of each partition.
    pub replication_factor: i32,
}

/// Makes the topics that are missing and checks the others, and so with the output's schema in the registry; with
/// `verify` it makes nothing.
///
/// # Errors
/// Where no broker answers, or topics can't be made.
pub fn ensure(settings: &Settings, layout: Layout, verify: bool) -> Result<Report, RunError> {
    clients::check(settings)?;
    let brokers = Brokers::connect(settings)?;
    let changelog = settings.changelog();
    let names: Vec<&str> = layout::named(settings).into_iter().chain([changelog.as_str()]).collect();
    let answers = brokers.ask_once(names.iter().copied())?;
    let missing = |name: &str| answers.get(name) == Some(&Answer::Missing);
    let found = names.iter().filter(|name| matches!(answers.get(**name), Some(Answer::There(_))));
    let mut report = Report { found: found.map(|name| (*name).to_owned()).collect(), ..Report::default() };
    if !verify {
        let wanted: Vec<Wanted<'_>> =
            wanted(settings).into_iter().filter(|topic| missing(topic.name)).collect();
        report.made = make(&brokers, settings, &wanted, layout)?;
        let (described, _) = layout::describe(&brokers, settings);
        report.made.extend(domains::ensure(&brokers, settings, layout, &described)?);
    }
    let answers = brokers.ask_once(names.iter().copied())?;
    match layout::check(settings, &answers) {
        Ok(partitions) => {
            check(&brokers, settings, &answers, Layout { partitions, ..layout }, verify, &mut report)?
        }
        Err(RunError::Topics(problems)) => report.findings.problems.extend(problems),
        Err(other) => return Err(other),
    }
    report.registered = register_output(settings, verify)?;
    Ok(report)
}

/// Makes the changelog topic of an input that fits together, and checks what the topics are set to and hold.
fn check(
    brokers: &Brokers,
    settings: &Settings,
    answers: &Answers,
    layout: Layout,
    verify: bool,
    report: &mut Report,
) -> Result<(), RunError> {
    let (described, untold) = layout::describe(brokers, settings);
    report.findings.add(untold);
    let name = settings.changelog();
    let answer = answers.get(&name);
    if verify {
        match changelog::problem(&name, answer, layout.partitions) {
            Some(line) if answer == Some(&Answer::Missing) => {
                report.findings.warnings.push(format!("{line}; `springtide run` makes it"));
            }
            problem => report.findings.problems.extend(problem),
        }
    } else {
        let bytes = limits::aside_bytes(settings, &described);
        match changelog::ensure(brokers, &name, answer, layout, bytes) {
            Ok(true) => report.made.push(name),
            Ok(false) => {}
            Err(RunError::Topics(problems)) => report.findings.problems.extend(problems),
            Err(other) => return Err(other),
        }
    }
    let control = Control::default();
    let (checked, denied) = layout::inspect(brokers, settings, layout.partitions, &described, &control);
    report.findings.add(checked);
    report.findings.warnings.extend(rights::untold(&brokers.rights(&layout::named(settings))));
    // Who makes topics need not be who reads them.
    report.findings.warnings.extend(denied);
    Ok(())
}

struct Wanted<'a> {
    name: &'a str,
    config: Vec<(&'static str, &'static str)>,
    /// Takes what the largest source takes.
    aside: bool,
}

fn wanted(settings: &Settings) -> Vec<Wanted<'_>> {
    let names = &settings.names;
    let kept = |name| Wanted {
        name,
        config: vec![("cleanup.policy", "delete"), ("retention.ms", RETENTION_MS)],
        aside: false,
    };
    let mut wanted: Vec<Wanted<'_>> = Topic::ALL.into_iter().map(|topic| kept(names.of(topic))).collect();
    // No version of a profile may be lost while events of its time can still come.
    wanted[Topic::AccountProfiles.index()].config =
        vec![("cleanup.policy", "compact"), ("min.compaction.lag.ms", RETENTION_MS)];
    wanted.push(kept(&names.opportunities));
    wanted.push(Wanted { name: &names.latest, config: vec![("cleanup.policy", "compact")], aside: false });
    wanted.extend(settings.by_domain.iter().map(|by| kept(&by.topic)));
    wanted.extend([&names.dead_letter, &names.late].map(|name| Wanted { aside: true, ..kept(name) }));
    wanted
}

/// Makes topics: those that take what is set aside last, since they depend on the sources.
fn make(
    brokers: &Brokers,
    settings: &Settings,
    wanted: &[Wanted<'_>],
    layout: Layout,
) -> Result<Vec<String>, RunError> {
    let first: Vec<NewTopic<'_>> =
        wanted.iter().filter(|topic| !topic.aside).map(|topic| new(topic, layout)).collect();
    brokers.make(&first)?;
    if wanted.iter().any(|topic| topic.aside) {
        let (described, _) = layout::describe(brokers, settings);
        let bytes = limits::aside_bytes(settings, &described).to_string();
        let asides = wanted.iter().filter(|topic| topic.aside);
        let asides: Vec<NewTopic<'_>> =
            asides.map(|topic| new(topic, layout).set("max.message.bytes", &bytes)).collect();
        brokers.make(&asides)?;
    }
    Ok(wanted.iter().map(|topic| topic.name.to_owned()).collect())
}

fn new<'a>(topic: &'a Wanted<'_>, layout: Layout) -> NewTopic<'a> {
    let replication = TopicReplication::Fixed(layout.replication_factor);
    let new = NewTopic::new(topic.name, layout.partitions, replication);
    topic.config.iter().fold(new, |new, (key, value)| new.set(key, value))
}
