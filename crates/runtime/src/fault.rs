//! What can end a pipeline, in words that say what to do.

use std::fmt;

pub use rdkafka::error::KafkaError;
use rdkafka::error::RDKafkaErrorCode;
use springtide_store::StoreError;

use crate::registry::RegistryError;

/// Why a pipeline ended, or would not start.
#[derive(Debug)]
pub enum RunError {
    /// librdkafka refuses a setting.
    Setting(String),
    /// The topics do not fit together; each line says which, and what to do.
    Topics(Vec<String>),
    /// No broker takes us as we are; says why and what to do.
    Connection(String),
    /// Kafka failed in a way that a new start may mend.
    Kafka {
        /// What was being done.
        doing: &'static str,
        /// What Kafka says.
        error: KafkaError,
    },
    /// The producer can't go on: it was fenced, or its transaction timed out while the process stood still.
    Fenced(KafkaError),
    /// A transaction failed, and so did its abort: the producer can't go on.
    Spent {
        /// Why it could not be aborted.
        why: Box<KafkaError>,
        /// Why it was to be.
        cause: Box<KafkaError>,
    },
    /// The group has gone on without us: what was taken belongs to somebody else by now.
    Unowned(KafkaError),
    /// What comes next of a topic's partition is not there: deleted, or never written.
    OutOfRange {
        /// The topic's name.
        topic: String,
        /// The partition.
        partition: i32,
    },
    /// A call to Kafka does not come back.
    Hung,
    /// The changelog topic can't be what the state is made from; says which and what to do.
    Changelog(String),
    /// The rules can't be changed, or are not known; says why and what to do.
    Rules(String),
    /// The state failed.
    Store(StoreError),
    /// The schema registry does not do what the pipeline needs.
    Registry(RegistryError),
    /// An opportunity does not fit the output's schema: a fault of the program.
    Encoding {
        /// The opportunity.
        opportunity: String,
        /// What does not fit.
        message: String,
    },
    /// It was told to end before it had begun.
    Stopped,
}

/// Errors of Kafka that trying again does not mend.
const FINAL: [RDKafkaErrorCode; 6] = [
    RDKafkaErrorCode::Fatal,
    RDKafkaErrorCode::GroupAuthorizationFailed,
    RDKafkaErrorCode::TopicAuthorizationFailed,
    RDKafkaErrorCode::ClusterAuthorizationFailed,
    RDKafkaErrorCode::TransactionalIdAuthorizationFailed,
    RDKafkaErrorCode::UnknownTopicOrPartition,
];

impl RunError {
    /// Whether trying again, from what is committed, may do better.
    pub fn may_pass(&self) -> bool {
        match self {
            RunError::Kafka { error, .. } => !is_final(error),
            RunError::Fenced(_)
            | RunError::Spent { .. }
            | RunError::Unowned(_)
            | RunError::OutOfRange { .. } => true,
            _ => false,
        }
    }
}

/// Whether trying again makes no sense.
pub(crate) fn is_final(error: &KafkaError) -> bool {
    error.rdkafka_error_code().is_some_and(|code| FINAL.contains(&code))
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Setting(message) | RunError::Connection(message) => f.write_str(message),
            RunError::Topics(problems) => f.write_str(&problems.join("\n")),
            RunError::Kafka { doing, error } => {
                write!(f, "Kafka failed while {doing}: {error}")?;
                code(error).and_then(what_to_do).map_or(Ok(()), |hint| write!(f, "; {hint}"))
            }
            RunError::Fenced(error) => write!(
                f,
                "another process writes under the same transactional id and has taken over: {error}; if two \
                 instances have one instance_id, give each its own"
            ),
            RunError::Spent { why, cause } => {
                write!(f, "a transaction failed ({cause}), and could not be aborted: {why}")
            }
            RunError::Unowned(error) => write!(f, "the group has given our partitions to others: {error}"),
            RunError::OutOfRange { topic, partition } => {
                write!(f, "what comes next in partition {partition} of topic `{topic}` is not there")
            }
            RunError::Hung => f.write_str(
                "a transaction does not come back; ended, so that a new start takes up what is committed",
            ),
            RunError::Changelog(message) | RunError::Rules(message) => f.write_str(message),
            RunError::Store(error) => error.fmt(f),
            RunError::Registry(error) => error.fmt(f),
            RunError::Encoding { opportunity, message } => {
                write!(f, "opportunity {opportunity} can't be written as Avro; please report it: {message}")
            }
            RunError::Stopped => f.write_str("told to end before it had begun"),
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RunError::Kafka { error, .. } | RunError::Fenced(error) | RunError::Unowned(error) => Some(error),
            RunError::Spent { why, .. } => Some(&**why),
            RunError::Store(error) => Some(error),
            RunError::Registry(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> RunError {
        RunError::Store(error)
    }
}

impl From<RegistryError> for RunError {
    fn from(error: RegistryError) -> RunError {
        RunError::Registry(error)
    }
}

const FENCED: [RDKafkaErrorCode; 3] =
    [RDKafkaErrorCode::Fenced, RDKafkaErrorCode::ProducerFenced, RDKafkaErrorCode::InvalidProducerEpoch];

const DENIED: [RDKafkaErrorCode; 4] = [
    RDKafkaErrorCode::GroupAuthorizationFailed,
    RDKafkaErrorCode::TopicAuthorizationFailed,
    RDKafkaErrorCode::ClusterAuthorizationFailed,
    RDKafkaErrorCode::TransactionalIdAuthorizationFailed,
];

/// What a group says of offsets that come from an earlier generation of it.
const UNOWNED: [RDKafkaErrorCode; 4] = [
    RDKafkaErrorCode::IllegalGeneration,
    RDKafkaErrorCode::UnknownMemberId,
    RDKafkaErrorCode::RebalanceInProgress,
    RDKafkaErrorCode::StaleMemberEpoch,
];

/// A Kafka error while doing something.
pub(crate) fn while_doing(doing: &'static str) -> impl FnOnce(KafkaError) -> RunError {
    move |error| match &error {
        // A right that is lacking is fatal to a producer, too, but nobody has taken over.
        KafkaError::Transaction(cause) if DENIED.contains(&cause.code()) => RunError::Kafka { doing, error },
        KafkaError::Transaction(cause) if cause.is_fatal() || FENCED.contains(&cause.code()) => {
            RunError::Fenced(error)
        }
        KafkaError::Transaction(cause) if UNOWNED.contains(&cause.code()) => RunError::Unowned(error),
        _ => RunError::Kafka { doing, error },
    }
}

/// The code of an error, that of an administrator's call too.
pub(crate) fn code(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    }
}

/// What mends an error that comes again until somebody does something.
fn what_to_do(code: RDKafkaErrorCode) -> Option<&'static str> {
    use RDKafkaErrorCode as Code;
    Some(match code {
        Code::TopicAuthorizationFailed => {
            "grant this pipeline's user READ on the input topics, WRITE on the output topics, and READ and WRITE on \
             the changelog topic"
        }
        Code::GroupAuthorizationFailed => {
            "grant this pipeline's user READ on the consumer group, which is the application id; with by_domain, also on the \
             one with `-domains` behind it"
        }
        Code::TransactionalIdAuthorizationFailed => {
            "grant this pipeline's user WRITE on transactional ids that begin with the application id"
        }
        Code::ClusterAuthorizationFailed => {
            "grant this pipeline's user CREATE on the topics that are to be made, or have `springtide topics` make \
             them under another user"
        }
        Code::UnsupportedVersion | Code::UnsupportedFeature => {
            "the brokers are too old: Kafka 4.0 or later is needed"
        }
        Code::Authentication | Code::SaslAuthenticationFailed => {
            "check sasl.mechanism, sasl.username and sasl.password"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use RDKafkaErrorCode as Code;

    #[test]
    fn what_somebody_must_do_is_said() {
        for (error, word) in [
            (KafkaError::MessageConsumption(Code::TopicAuthorizationFailed), "READ on the input topics"),
            (KafkaError::MessageConsumption(Code::GroupAuthorizationFailed), "READ on the consumer group"),
            (KafkaError::Global(Code::TransactionalIdAuthorizationFailed), "WRITE on transactional ids"),
            (KafkaError::AdminOp(Code::ClusterAuthorizationFailed), "CREATE on the topics"),
            (KafkaError::AdminOp(Code::UnsupportedVersion), "Kafka 4.0 or later"),
            (KafkaError::MetadataFetch(Code::Authentication), "sasl.password"),
        ] {
            let said = while_doing("working")(error).to_string();
            assert!(said.starts_with("Kafka failed while working: ") && said.contains(word), "{said}");
        }
        let said = while_doing("working")(KafkaError::Global(Code::OperationTimedOut)).to_string();
        assert!(!said.contains(';'), "{said}");
    }
}
