//! Questions to the brokers, and what they say of each topic.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::MetadataTopic;

use crate::clients;
use crate::control::Control;
use crate::fault::{RunError, code};
use crate::rights::{self, Rights};
use crate::settings::Settings;

/// For a question that is asked again.
const ASK_TIMEOUT: Duration = Duration::from_secs(2);
/// For a question that is asked once.
const ADMIN_TIMEOUT: Duration = Duration::from_secs(30);
/// For a question that is only a check.
const DESCRIBE_TIMEOUT: Duration = Duration::from_secs(10);
/// How often one that is asked once is asked at most.
const ASK_TIMES: u32 = 5;
/// So many refusals in a row are no accident, such as one broker of many that was just set up.
const REFUSALS: u32 = 3;
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// What librdkafka has found out is said while its queue is polled, for a moment.
const LISTEN: Duration = Duration::from_millis(50);

/// What a broker says of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is there.
    There(Shape),
    /// It is not.
    Missing,
    /// We have no right to know.
    Denied,
    /// No topic can have this name.
    NoName,
    /// Not now.
    Later(RDKafkaErrorCode),
}

/// How a topic is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its partitions.
    pub partitions: i32,
    /// Copies of its first partition.
    pub replication_factor: i32,
    /// Partitions that nobody leads at present.
    pub leaderless: Vec<i32>,
}

/// What a broker says of topics, by their names.
pub type Answers = BTreeMap<String, Answer>;

/// The settings of topics; of those that are not told of, or are not there, there are none.
pub(crate) type Described = BTreeMap<String, HashMap<String, String>>;

/// Has a client ask who leads a topic's partitions. What it remembers may be of a moment when nobody did; it takes that
/// for lasting, and by itself asks again only after minutes. Whoever asks next is told whether it helped.
pub(crate) fn look_for_leaders<C: ConsumerContext>(client: &BaseConsumer<C>, topic: &str, timeout: Duration) {
    let _ = client.fetch_metadata(Some(topic), timeout);
}

/// The clients that ask.
pub(crate) struct Brokers {
    pub(crate) consumer: BaseConsumer<Reports>,
    admin: AdminClient<DefaultClientContext>,
    runtime: tokio::runtime::Runtime,
    servers: String,
    /// The broker that answered last.
    answered: Cell<i32>,
}

impl Brokers {
    /// Makes the clients; a connection comes with the first question.
    pub fn connect(settings: &Settings) -> Result<Brokers, RunError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Brokers {
            consumer: clients::looker(settings, Reports::default())?,
            admin: clients::plain(settings, DefaultClientContext)?,
            runtime: runtime.map_err(|error| RunError::Setting(format!("can't start a thread: {error}")))?,
            servers: settings.bootstrap_servers.clone(),
            answered: Cell::new(-1),
        })
    }

    /// Asks for topics, by name: a list of all would leave out those that we have no right to see.
    pub fn ask<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
        timeout: Duration,
    ) -> KafkaResult<Answers> {
        let answer = |name: &'a str| {
            let metadata = self.consumer.client().fetch_metadata(Some(name), timeout)?;
            self.answered.set(metadata.orig_broker_id());
            let topic = metadata.topics().iter().find(|topic| topic.name() == name);
            Ok((name.to_owned(), topic.map_or(Answer::Missing, answer_of)))
        };
        names.into_iter().map(answer).collect()
    }

    /// Asks once, for a person who waits; less long where it is certain that waiting is in vain.
    ///
    /// # Errors
    /// Where no broker answers: with what librdkafka says of the reason.
    pub fn ask_once<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str> + Clone,
    ) -> Result<Answers, RunError> {
        let mut asked = 0;
        loop {
            asked += 1;
            let error = match self.ask(names.clone(), ASK_TIMEOUT) {
                Ok(answers) => return Ok(answers),
                Err(error) => error,
            };
            self.listen(LISTEN);
            let away = self.unreachable(&error);
            if asked == ASK_TIMES || away.for_good {
                return Err(self.refused(&away));
            }
        }
    }

    fn refused(&self, away: &Away) -> RunError {
        let Away { what, reason, to_do, .. } = away;
        RunError::Connection(format!("{what} at `{}`: {reason}; {to_do}", self.servers))
    }

    /// Asks until a broker answers and all of the topics that are there are led, with growing pauses.
    ///
    /// # Errors
    /// [`RunError::Stopped`] where the pipeline is told to end meanwhile; [`RunError::Connection`] where brokers do not
    /// take us, again and again, and none ever did: that is a person's to mend. Once one has, who changes passwords or
    /// certificates is waited for.
    pub fn wait_for(&self, names: &[&str], control: &Control) -> Result<Answers, RunError> {
        let (mut pause, mut refusals) = (Duration::from_millis(250), 0);
        loop {
            let answers = self.ask(names.iter().copied(), ASK_TIMEOUT);
            match answers {
                Ok(answers) => match unready(&answers) {
                    None => return Ok(answers),
                    Some(which) => tracing::warn!(which, "topics are not ready; waiting for them"),
                },
                Err(error) => {
                    self.listen(LISTEN);
                    let away = self.unreachable(&error);
                    refusals = if away.for_good && self.answered.get() < 0 { refusals + 1 } else { 0 };
                    if refusals == REFUSALS {
                        return Err(self.refused(&away));
                    }
                    let Away { what, reason, to_do, .. } = away;
                    tracing::warn!(
                        bootstrap_servers = self.servers,
                        reason,
                        to_do,
                        "{what}; waiting for one"
                    );
                }
            }
            let again = Instant::now() + pause;
            while Instant::now() < again {
                if control.stopping() {
                    return Err(RunError::Stopped);
                }
                self.listen(Duration::from_millis(100));
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Nothing is subscribed: polling only lets librdkafka say what is wrong.
    fn listen(&self, length: Duration) {
        let until = Instant::now() + length;
        // An error ends a poll before its time.
        while self.consumer.poll(until.saturating_duration_since(Instant::now())).is_some()
            && Instant::now() < until
        {}
    }

    fn unreachable(&self, error: &KafkaError) -> Away {
        let (error, reason) =
            self.consumer.context().last().unwrap_or_else(|| (error.clone(), error.to_string()));
        Away::of(&error, reason)
    }

    /// Asks for topics' settings.
    pub fn describe(&self, names: &[&str]) -> KafkaResult<Described> {
        let specifiers: Vec<ResourceSpecifier<'_>> =
            names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
        let options = AdminOptions::new().request_timeout(Some(DESCRIBE_TIMEOUT));
        // Any broker knows; who is asked for nobody in particular waits for a controller, which not all have.
        let options = match self.answered.get() {
            broker if broker >= 0 => options.broker_id(broker),
            _ => options,
        };
        let answers = self.runtime.block_on(self.admin.describe_configs(&specifiers, &options))?;
        let told = answers.into_iter().filter_map(Result::ok).filter_map(|answer| match answer.specifier {
            OwnedResourceSpecifier::Topic(name) => {
                let entries = answer.entries.into_iter();
                Some((name, entries.filter_map(|entry| Some((entry.name, entry.value?))).collect()))
            }
            _ => None,
        });
        Ok(told.collect())
    }

    /// What we may do with topics; of none where brokers do not tell.
    pub fn rights(&self, names: &[&str]) -> Rights {
        let client = self.admin.inner().native_ptr();
        // SAFETY: the client lives as long as this.
        let told = unsafe { rights::ask(client, self.answered.get(), names, DESCRIBE_TIMEOUT) };
        told.unwrap_or_else(|| {
            tracing::debug!("brokers do not tell what this user may do");
            Rights::new()
        })
    }

    /// Makes topics, and waits until a broker knows them.
    ///
    /// # Errors
    /// A line for each that can't be made.
    pub fn make(&self, topics: &[NewTopic<'_>]) -> Result<(), RunError> {
        if topics.is_empty() {
            return Ok(());
        }
        let options = AdminOptions::new().operation_timeout(Some(ADMIN_TIMEOUT));
        let made = self.runtime.block_on(self.admin.create_topics(topics, &options));
        let results = made.map_err(crate::fault::while_doing("making topics"))?;
        let failed = results.into_iter().filter_map(Result::err);
        // Another process may have been quicker.
        let failed = failed.filter(|(_, code)| *code != RDKafkaErrorCode::TopicAlreadyExists);
        let problems: Vec<String> = failed.map(|(name, code)| not_made(&name, code)).collect();
        if !problems.is_empty() {
            return Err(RunError::Topics(problems));
        }
        self.wait_until_there(topics)
    }

    /// A broker answers for a new topic a moment after it said that it was made.
    fn wait_until_there(&self, topics: &[NewTopic<'_>]) -> Result<(), RunError> {
        let deadline = Instant::now() + ADMIN_TIMEOUT;
        loop {
            let answers = self.ask_once(topics.iter().map(|topic| topic.name))?;
            let ready =
                |answer: &Answer| matches!(answer, Answer::There(shape) if shape.leaderless.is_empty());
            if answers.values().all(ready) || Instant::now() > deadline {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn answer_of(topic: &MetadataTopic) -> Answer {
    match topic.error().map(RDKafkaErrorCode::from) {
        None => {
            let partitions = topic.partitions();
            let leaderless = partitions.iter().filter(|partition| partition.leader() < 0);
            let mut leaderless: Vec<i32> = leaderless.map(|partition| partition.id()).collect();
            leaderless.sort_unstable();
            Answer::There(Shape {
                partitions: partitions.len() as i32,
                replication_factor: partitions.first().map_or(1, |first| first.replicas().len() as i32),
                leaderless,
            })
        }
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => Answer::Missing,
        Some(RDKafkaErrorCode::TopicAuthorizationFailed) => Answer::Denied,
        Some(RDKafkaErrorCode::InvalidTopic) => Answer::NoName,
        Some(code) => Answer::Later(code),
    }
}

/// What is not ready yet, in words.
fn unready(answers: &Answers) -> Option<String> {
    let mut said = String::new();
    for (name, answer) in answers {
        let _ = match answer {
            Answer::Later(code) => write!(said, "; `{name}`: {code}"),
            Answer::There(shape) if !shape.leaderless.is_empty() => {
                write!(said, "; `{name}` has partitions without leader: {:?}", shape.leaderless)
            }
            _ => Ok(()),
        };
    }
    said.strip_prefix("; ").map(str::to_owned)
}

/// Why no broker answers.
#[derive(Debug, PartialEq, Eq)]
struct Away {
    what: &'static str,
    /// As librdkafka gives it.
    reason: String,
    to_do: &'static str,
    /// A broker was there and does not take us as we are.
    for_good: bool,
}

impl Away {
    /// What an error at a connection means.
    fn of(error: &KafkaError, reason: String) -> Away {
        let says = |part: &str| reason.contains(part);
        // The brokers' alert comes behind the handshake, as they look at our certificate last.
        let alert = says("SSL alert number");
        let is_tls = alert || code(error) == Some(RDKafkaErrorCode::SSL) || says("SSL handshake failed");
        let (what, to_do, for_good) = match code(error) {
            Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed) => (
                "no broker takes our name and password (authentication failed)",
                "check sasl.mechanism, sasl.username and sasl.password, or the user at the brokers",
                true,
            ),
            _ if is_tls && says("certificate verify failed") => (
                "no broker shows a certificate that we trust (TLS failed)",
                "check ssl.ca.location, which must hold the authority that signed the brokers' certificates, and that \
                 these name the servers as bootstrap_servers does",
                true,
            ),
            _ if alert => (
                "no broker takes our certificate (TLS failed)",
                "check ssl.certificate.location and ssl.key.location: the brokers want a certificate of an authority \
                 that they trust",
                true,
            ),
            _ if is_tls => (
                "no secure connection to a broker (TLS failed)",
                "check security.protocol (is it a listener with TLS?), ssl.ca.location and the brokers' certificates",
                false,
            ),
            // So does a listener that hears another protocol than its own.
            _ if ["Disconnected", "Broken pipe", "Connection reset"].into_iter().any(says) => (
                "no broker talks to us (it ends the connection)",
                "check security.protocol: a listener with TLS wants ssl, one for users sasl_plaintext, both sasl_ssl",
                false,
            ),
            _ => ("no broker answers", "check the servers' names and ports, and security.protocol", false),
        };
        Away { what, reason, to_do, for_good }
    }
}

fn not_made(name: &str, code: RDKafkaErrorCode) -> String {
    match code {
        RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::ClusterAuthorizationFailed => format!(
            "topic `{name}` can't be made: grant CREATE on it to this user, or have `springtide topics` make it \
             under another"
        ),
        code => format!("topic `{name}` can't be made: {code}"),
    }
}

/// Remembers what librdkafka reports, such as a refused certificate or password.
#[derive(Default)]
pub(crate) struct Reports {
    last: Mutex<Option<(KafkaError, String)>>,
    /// What it only logs: that a broker ended a connection, and what that may mean.
    closed: Mutex<Option<String>>,
}

impl Reports {
    fn last(&self) -> Option<(KafkaError, String)> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let closed = || self.closed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let broken = KafkaError::Global(RDKafkaErrorCode::BrokerTransportFailure);
        last.or_else(|| Some((broken, closed()?)))
    }
}

impl ClientContext for Reports {
    fn error(&self, error: KafkaError, reason: &str) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // That all are down is known; why the last one is, is news.
        if last.is_none() || code(&error) != Some(RDKafkaErrorCode::AllBrokersDown) {
            *last = Some((error, reason.to_owned()));
        }
    }

    /// What matters of it is said in our words.
    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        if facility == "FAIL" {
            // Behind the thread's name.
            let told = message.split_once("]: ").map_or(message, |(_, told)| told).to_owned();
            *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
        }
        tracing::debug!(facility, message, "librdkafka");
    }
}

impl ConsumerContext for Reports {}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(leaderless: Vec<i32>) -> Answer {
        Answer::There(Shape { partitions: 4, replication_factor: 1, leaderless })
    }

    #[test]
    fn topics_that_will_be_ready_are_waited_for_and_others_are_not() {
        let answers =
            |answer: Answer| Answers::from([("fine".to_owned(), there(vec![])), ("x".to_owned(), answer)]);
        for ready in [there(vec![]), Answer::Missing, Answer::Denied, Answer::NoName] {
            assert_eq!(unready(&answers(ready)), None);
        }
        let said = unready(&answers(there(vec![0, 3]))).unwrap();
        assert_eq!(said, "`x` has partitions without leader: [0, 3]");
        assert!(
            unready(&answers(Answer::Later(RDKafkaErrorCode::LeaderNotAvailable)))
                .unwrap()
                .starts_with("`x`: ")
        );
    }

    #[test]
    fn the_reason_of_a_failure_is_kept() {
        let reports = Reports::default();
        reports.error(KafkaError::Global(RDKafkaErrorCode::Authentication), "wrong password");
        reports.error(KafkaError::Global(RDKafkaErrorCode::AllBrokersDown), "1/1 brokers are down");
        let (error, reason) = reports.last().unwrap();
        assert_eq!(reason, "wrong password");
        let away = Away::of(&error, reason);
        assert!(away.what.contains("authentication failed") && away.for_good, "{away:?}");
        let reports = Reports::default();
        assert_eq!(reports.last(), None);
        reports.log(RDKafkaLogLevel::Info, "FAIL", "[thrd:a:1/bootstrap]: a:1/bootstrap: Disconnected: x");
        assert_eq!(reports.last().unwrap().1, "a:1/bootstrap: Disconnected: x");
    }

    #[test]
    fn what_a_person_must_mend_is_told_from_what_passes() {
        let down = || KafkaError::Global(RDKafkaErrorCode::BrokerTransportFailure);
        let tls = || KafkaError::Global(RDKafkaErrorCode::SSL);
        let login = || KafkaError::Global(RDKafkaErrorCode::Authentication);
        for (error, reason, what, to_do, for_good) in [
            (
                down(),
                "Connect to a:1 failed: Connection refused",
                "no broker answers",
                "names and ports",
                false,
            ),
            (down(), "Disconnected: connection closed by peer", "ends the connection", "wants ssl", false),
            (
                down(),
                "SSL handshake failed: Disconnected",
                "no secure connection",
                "a listener with TLS?",
                false,
            ),
            (
                tls(),
                "error: certificate verify failed: x",
                "a certificate that we trust",
                "ssl.ca.location",
                true,
            ),
            (
                down(),
                "alert bad certificate: SSL alert number 42",
                "takes our certificate",
                "ssl.key.location",
                true,
            ),
            (login(), "Authentication failed", "name and password", "sasl.password", true),
        ] {
            let away = Away::of(&error, reason.to_owned());
            assert!(away.what.contains(what) && away.to_do.contains(to_do), "{away:?}");
            assert_eq!(away.for_good, for_good, "{away:?}");
        }
    }
}
