//! Making the topics, and checking those that are there (SPEC sections 2 and 5).

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;
use springtide_core::event::Topic;

use crate::fault::{RunError, while_doing};
use crate::registry::{Registered, register_output};
use crate::settings::Settings;
use crate::{clients, layout};

/// How long input and output are kept: longer than any lateness, and than most outages.
const RETENTION_MS: &str = "2592000000";
/// What was set aside may be as large as the largest record that a source takes, and has more headers: a limit
/// that no source reaches, 64 KiB above the producer's.
const ASIDE_BYTES: &str = "104923136";
const ASK_TIMEOUT: Duration = Duration::from_secs(30);

/// What [`ensure`] found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Topics that were made.
    pub made: Vec<String>,
    /// Topics that were there.
    pub found: Vec<String>,
    /// Schemas of the output that the registry has, where there is one.
    pub registered: Vec<Registered>,
    /// What should be changed, with what to do.
    pub warnings: Vec<String>,
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
/// Where the topics do not fit together, or can't be made.
pub fn ensure(settings: &Settings, layout: Layout, verify: bool) -> Result<Report, RunError> {
    let admin: AdminClient<DefaultClientContext> = clients::plain(settings, DefaultClientContext)?;
    let counts = layout::ask(admin.inner()).map_err(while_doing("asking for topics"))?;
    let wanted = wanted(settings);
    let (there, missing): (Vec<_>, Vec<_>) = wanted.iter().partition(|topic| counts.contains_key(topic.name));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| RunError::Setting(format!("can't start a thread: {error}")))?;
    let mut report = Report { found: there.iter().map(|t| t.name.to_owned()).collect(), ..Report::default() };
    if !verify && !missing.is_empty() {
        report.made = runtime.block_on(make(&admin, &missing, layout))?;
    }
    let counts = wait_until_there(&admin, &report.made)?;
    layout::check(settings, &counts)?;
    report.warnings = runtime.block_on(lag_warnings(&admin, settings))?;
    report.registered = register_output(settings, verify)?;
    Ok(report)
}

struct Wanted<'a> {
    name: &'a str,
    config: Vec<(&'static str, &'static str)>,
}

fn wanted(settings: &Settings) -> Vec<Wanted<'_>> {
    let names = &settings.names;
    let kept = || vec![("cleanup.policy", "delete"), ("retention.ms", RETENTION_MS)];
    let mut wanted: Vec<Wanted<'_>> =
        Topic::ALL.into_iter().map(|topic| Wanted { name: names.of(topic), config: kept() }).collect();
    // No version of a profile may be lost while events of its time can still come.
    wanted[Topic::AccountProfiles.index()].config =
        vec![("cleanup.policy", "compact"), ("min.compaction.lag.ms", RETENTION_MS)];
    wanted.push(Wanted { name: &names.opportunities, config: kept() });
    wanted.push(Wanted { name: &names.latest, config: vec![("cleanup.policy", "compact")] });
    for name in [&names.dead_letter, &names.late] {
        let mut aside = kept();
        aside.push(("max.message.bytes", ASIDE_BYTES));
        wanted.push(Wanted { name, config: aside });
    }
    wanted
}

async fn make(
    admin: &AdminClient<DefaultClientContext>,
    missing: &[&Wanted<'_>],
    layout: Layout,
) -> Result<Vec<String>, RunError> {
    let new: Vec<NewTopic<'_>> = missing
        .iter()
        .map(|topic| {
            let replication = TopicReplication::Fixed(layout.replication_factor);
            let new = NewTopic::new(topic.name, layout.partitions, replication);
            topic.config.iter().fold(new, |new, (key, value)| new.set(key, value))
        })
        .collect();
    let options = AdminOptions::new().operation_timeout(Some(ASK_TIMEOUT));
    let results = admin.create_topics(&new, &options).await.map_err(while_doing("making topics"))?;
    let failed: Vec<String> = results
        .iter()
        .filter_map(|result| result.as_ref().err())
        .filter(|(_, code)| *code != RDKafkaErrorCode::TopicAlreadyExists)
        .map(|(name, code)| format!("topic `{name}` can't be made: {code}"))
        .collect();
    if !failed.is_empty() {
        return Err(RunError::Topics(failed));
    }
    Ok(missing.iter().map(|topic| topic.name.to_owned()).collect())
}

/// A broker answers for a new topic a moment after it said that it was made.
fn wait_until_there(
    admin: &AdminClient<DefaultClientContext>,
    made: &[String],
) -> Result<layout::Counts, RunError> {
    let deadline = std::time::Instant::now() + ASK_TIMEOUT;
    loop {
        let counts = layout::ask(admin.inner()).map_err(while_doing("asking for topics"))?;
        if made.iter().all(|name| counts.contains_key(name)) || std::time::Instant::now() > deadline {
            return Ok(counts);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Warns where a profile's versions may be compacted away while events of their time can still come.
async fn lag_warnings(
    admin: &AdminClient<DefaultClientContext>,
    settings: &Settings,
) -> Result<Vec<String>, RunError> {
    let names = &settings.names;
    let specifiers: Vec<ResourceSpecifier<'_>> =
        names.input.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
    let answers = admin
        .describe_configs(&specifiers, &AdminOptions::new())
        .await
        .map_err(while_doing("asking for the topics' settings"))?;
    let value = |topic: Topic, key: &str| -> Option<i64> {
        let answer = answers.get(topic.index())?.as_ref().ok()?;
        answer.entry_map().get(key)?.value.as_ref()?.parse().ok()
    };
    let others =
        [Topic::ProductUsage, Topic::BusinessSignals, Topic::EngagementSignals, Topic::OpportunityOutcomes];
    let forever = |ms: i64| if ms < 0 { i64::MAX } else { ms };
    let longest = others.into_iter().filter_map(|topic| value(topic, "retention.ms")).map(forever).max();
    let lag = value(Topic::AccountProfiles, "min.compaction.lag.ms");
    Ok(match (longest, lag) {
        (Some(longest), Some(lag)) if lag < longest => vec![format!(
            "topic `{}`: min.compaction.lag.ms is {lag}, less than the {longest} for which the other input topics \
             keep records; profile versions may be lost before events of their time are read; raise it",
            names.of(Topic::AccountProfiles)
        )],
        _ => Vec::new(),
    })
}
