//! What can end a pipeline, in words that say what to do.

use std::fmt;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use springtide_store::StoreError;

use crate::registry::RegistryError;

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

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Setting(message) => f.write_str(message),
            RunError::Topics(problems) => f.write_str(&problems.join("\n")),
            RunError::Kafka { doing, error } => write!(f, "Kafka failed while {doing}: {error}"),
            RunError::Fenced(error) => write!(
                f,
                "another process runs under the same application id and has taken over: {error}; \
                 stop one of them, or give it another --application-id"
            ),
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
            RunError::Kafka { error, .. } | RunError::Fenced(error) => Some(error),
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

/// A Kafka error while doing something.
pub(crate) fn while_doing(doing: &'static str) -> impl FnOnce(KafkaError) -> RunError {
    move |error| match &error {
        KafkaError::Transaction(cause) if FENCED.contains(&cause.code()) => RunError::Fenced(error),
        _ => RunError::Kafka { doing, error },
    }
}
