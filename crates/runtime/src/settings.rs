//! Where and how a pipeline runs.

use std::time::Duration;

use springtide_core::event::Topic;
use springtide_core::partition::Lateness;
use springtide_core::time::{HOUR_MS, Millis};

use crate::domains::ByDomain;
use crate::fault::RunError;
use crate::partitioner::Placing;
use crate::passed::Passed;
use crate::registry::RegistrySettings;

/// The names of the topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The five input topics, in the order of [`Topic::ALL`].
    pub input: [String; 5],
    /// Every revision.
    pub opportunities: String,
    /// The latest revision of each opportunity.
    pub latest: String,
    /// Records that can't be used.
    pub dead_letter: String,
    /// Events that came too late.
    pub late: String,
}

impl Default for Names {
    fn default() -> Self {
        Names {
            input: Topic::ALL.map(|topic| topic.name().to_owned()),
            opportunities: "expansion-opportunities".to_owned(),
            latest: "expansion-opportunities-latest".to_owned(),
            dead_letter: "springtide-dead-letter".to_owned(),
            late: "springtide-late".to_owned(),
        }
    }
}

impl Names {
    /// The topic of an input name.
    pub fn topic(&self, name: &str) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| self.input[topic.index()] == name)
    }

    /// The name of an input topic.
    pub fn of(&self, topic: Topic) -> &str {
        &self.input[topic.index()]
    }

    /// The topics that the pipeline writes.
    pub fn output(&self) -> [&str; 4] {
        [&self.opportunities, &self.latest, &self.dead_letter, &self.late]
    }
}

/// How a topic's values are written (SPEC section 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One UTF-8 object a record.
    #[default]
    Json,
    /// Avro with a schema registry's framing.
    Avro,
}

/// The formats of the topics that have one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Formats {
    /// Of the five input topics, in the order of [`Topic::ALL`].
    pub input: [Format; 5],
    /// Of every revision.
    pub opportunities: Format,
    /// Of the latest revisions.
    pub latest: Format,
}

impl Formats {
    /// The format of an input topic.
    pub fn of(&self, topic: Topic) -> Format {
        self.input[topic.index()]
    }
}

/// Where and how a pipeline runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `host:port,…`
    pub bootstrap_servers: String,
    /// Consumer group, and prefix of transactional ids.
    pub application_id: String,
    /// The names of the topics.
    pub names: Names,
    /// What places the records of each input topic, in the order of [`Topic::ALL`].
    pub partitioners: [Placing; 5],
    /// The formats of the topics.
    pub formats: Formats,
    /// Signals that name a domain, where they are routed.
    pub by_domain: Option<ByDomain>,
    /// The schema registry; without one there is no Avro.
    pub registry: Option<RegistrySettings>,
    /// How late events may come.
    pub lateness: Lateness,
    /// How far ahead of the wall clock an event may be, in milliseconds.
    pub max_future_ms: Millis,
    /// How long a topic that is read to its end must be silent to hold nothing back.
    pub idle_after: Duration,
    /// How often work is committed.
    pub commit_interval: Duration,
    /// How many records are taken at most between two commits.
    pub commit_records: usize,
    /// How many bytes of accounts the process keeps in memory, about.
    pub resident_bytes: usize,
    /// A fixed clock for the timers; the wall clock where there is none.
    pub until: Option<Millis>,
    /// Emit only what opens at or after this instant.
    pub emit_from: Option<Millis>,
    /// End once what the topics held at the start is processed.
    pub until_caught_up: bool,
    /// Members of the group that this process is, each with a thread of its own.
    pub threads: usize,
    /// A name that outlives the process, for static membership: a restart within the session's time-out then moves
    /// no partition.
    pub instance_id: Option<String>,
    /// Copies of each partition's state that other processes keep, to take over without restoring it.
    pub standby_replicas: usize,
    /// A copy of state that is older is made anew when the changelog has gone on: what it would have to delete may have
    /// been forgotten there. Half of what tombstones stay, which is asked when a pipeline begins.
    pub stale_after_ms: Millis,
    /// How often what was erased is taken from the disk.
    pub scrub_interval: Duration,
    /// How often it is asked how much is unread; not at all where nobody would see it.
    pub lag_interval: Option<Duration>,
    /// Whether people are shown the inbox.
    pub has_desk: bool,
    /// Where this process answers over HTTP, for the group's others to ask it ([`crate::members::advertised`]).
    pub advertise: Option<String>,
    /// Where a collector takes traces (OTLP over HTTP), the whole URL; without one contexts are passed on, and that is all.
    pub traces_url: Option<String>,
    /// librdkafka settings that go before ours.
    pub kafka: Passed,
}

impl Settings {
    /// The defaults for a broker and an application id.
    pub fn new(bootstrap_servers: &str, application_id: &str) -> Settings {
        Settings {
            bootstrap_servers: bootstrap_servers.to_owned(),
            application_id: application_id.to_owned(),
            names: Names::default(),
            partitioners: [Placing::Recognise; 5],
            formats: Formats::default(),
            by_domain: None,
            registry: None,
            lateness: Lateness::default(),
            max_future_ms: HOUR_MS,
            idle_after: Duration::from_secs(3600),
            commit_interval: Duration::from_millis(100),
            commit_records: 100_000,
            resident_bytes: 128 << 20,
            until: None,
            emit_from: None,
            until_caught_up: false,
            threads: 1,
            instance_id: None,
            standby_replicas: 0,
            stale_after_ms: 12 * HOUR_MS,
            scrub_interval: Duration::from_secs(3600),
            lag_interval: None,
            has_desk: false,
            advertise: None,
            traces_url: None,
            kafka: Passed::default(),
        }
    }

    /// How many bytes of accounts one worker keeps in memory, about.
    pub fn share_bytes(&self) -> usize {
        self.resident_bytes / self.threads.max(1)
    }

    /// The name of the topic that holds every change of state.
    pub fn changelog(&self) -> String {
        format!("{}-changelog", self.application_id)
    }

    /// The name of the topic that says which rules the pipeline has, once they were ever changed.
    pub fn rules_topic(&self) -> String {
        format!("{}-rules", self.application_id)
    }

    /// The topics whose values are Avro, by their names here.
    pub fn avro_topics(&self) -> Vec<&str> {
        let input = Topic::ALL.map(|topic| (self.names.of(topic), self.formats.of(topic)));
        let output = [
            (&*self.names.opportunities, self.formats.opportunities),
            (&*self.names.latest, self.formats.latest),
        ];
        let all = input.into_iter().chain(output);
        all.filter(|(_, format)| *format == Format::Avro).map(|(name, _)| name).collect()
    }

    /// Refuses Avro without a schema registry.
    ///
    /// # Errors
    /// [`RunError::Setting`], with the topics' names.
    pub fn check_formats(&self) -> Result<(), RunError> {
        match (self.avro_topics().as_slice(), &self.registry) {
            ([], _) | (_, Some(_)) => Ok(()),
            (topics, None) => Err(RunError::Setting(format!(
                "Avro needs a schema registry, for `{}`: say where it is (--schema-registry URL), or take json",
                topics.join("`, `")
            ))),
        }
    }
}
