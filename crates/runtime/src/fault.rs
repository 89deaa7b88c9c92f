//! What can end a pipeline, in words that say what to do.

use std::fmt;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use springtide_store::StoreError;

/// Why a pipeline ended, or would not start.
#[derive(Debug)]
pub enum RunError {
    /// librdkafka refuses a setting.
    Setting(String),
    /// The topics do not fit together; each line says which, and what to do.
    Topics(Vec<String>),
    /// Kafka failed in a way that a new start may mend.
    Kafka {
        /// What was being done.
        doing: &'static str,
        /// What Kafka says.
        error: KafkaError,
    },
    /// Another process has taken over our transactional id.
    Fenced(KafkaError),
    /// The state failed.
    Store(StoreError),
    /// It was told to end before it had begun.
    Stopped,
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Setting(message) => f.write_str(message),
            RunError::Topics(problems) => f.write_str(&problems.join("\n")),
            RunError::Kafka { doing, error } => {
                write!(f, "Kafka failed while {doing}: {error}")?;
                code(error).and_then(what_to_do).map_or(Ok(()), |hint| write!(f, "; {hint}"))
            }
            RunError::Fenced(error) => write!(
                f,
                "another process runs under the same application id and has taken over: {error}; \
                 stop one of them, or give it another --application-id"
            ),
            RunError::Store(error) => error.fmt(f),
            RunError::Stopped => f.write_str("told to end before it had begun"),
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RunError::Kafka { error, .. } | RunError::Fenced(error) => Some(error),
            RunError::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> RunError {
        RunError::Store(error)
    }
}

const FENCED: [RDKafkaErrorCode; 3] =
    [RDKafkaErrorCode::Fenced, RDKafkaErrorCode::ProducerFenced, RDKafkaErrorCode::InvalidProducerEpoch];

/// A Kafka error while doing something.
pub(crate) fn while_doing(doing: &'static str) -> impl FnOnce(KafkaError) -> RunError {
    move |error| match &error {
        KafkaError::Transaction(cause) if FENCED.contains(&cause.code()) => RunError::Fenced(error),
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
            "grant this pipeline's user READ on the consumer group, which is the application id"
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
