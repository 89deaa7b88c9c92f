//! Registering the schemas of what the pipeline writes (SPEC sections 5 and 8).

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use schema_registry_converter::schema_registry_common::SrCall;
use springtide_schema::avro::schemas;

use super::call::{Fault, ask};
use super::{Registry, Shared};
use crate::control::Control;
use crate::fault::RunError;
use crate::settings::{Format, Settings};

/// Why a schema could not be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryError {
    /// The subject's compatibility does not allow it (HTTP 409).
    Incompatible {
        /// The subject.
        subject: String,
        /// What the registry says.
        message: String,
    },
    /// The registry takes it for no schema (HTTP 422).
    Invalid {
        /// The subject.
        subject: String,
        /// What the registry says.
        message: String,
    },
    /// User and password are missing or wrong, or do not suffice (HTTP 401, 403).
    Refused {
        /// The registry's URLs.
        registry: String,
        /// What the registry says.
        message: String,
    },
    /// No registry answers.
    Unreachable {
        /// The registry's URLs.
        registry: String,
        /// What came instead.
        message: String,
    },
    /// The subject does not have the schema.
    Missing {
        /// The subject.
        subject: String,
    },
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RegistryError::Incompatible { subject, message } => write!(
                f,
                "the schema registry does not take our schema for `{subject}`, since it is not compatible with what \
                 is there; see who else registers under that subject, or change its compatibility: {message}"
            ),
            RegistryError::Invalid { subject, message } => {
                write!(f, "the schema registry does not take our schema for `{subject}`: {message}")
            }
            RegistryError::Refused { registry, message } => write!(
                f,
                "the schema registry at {registry} refuses us; see schema_registry_user and \
                 schema_registry_password, and what that user may do: {message}"
            ),
            RegistryError::Unreachable { registry, message } => {
                write!(f, "no schema registry answers at {registry}: {message}")
            }
            RegistryError::Missing { subject } => write!(
                f,
                "the schema registry does not have the output's schema under `{subject}`; `springtide topics` \
                 registers it"
            ),
        }
    }
}

impl std::error::Error for RegistryError {}

/// A schema that the registry has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The subject, `TOPIC-value`.
    pub subject: String,
    /// The id that the registry gave.
    pub id: u32,
}

impl Registry {
    /// The id of a schema under a subject: the one it has, else a new one. Waits for the answer.
    ///
    /// # Errors
    /// [`RegistryError`]; only `Unreachable` may mend itself.
    pub fn register(&self, subject: &str, schema: &str) -> Result<u32, RegistryError> {
        match self.registered(subject, schema) {
            // Who may only read gets its id all the same; that is why it is asked for first.
            Err(RegistryError::Missing { .. }) => match self.post(subject, schema, false) {
                // Another instance may have been first, and a registry may say so with a conflict.
                Err(refused @ RegistryError::Incompatible { .. }) => {
                    self.registered(subject, schema).map_err(|_| refused)
                }
                decided => decided,
            },
            decided => decided,
        }
    }

    /// The id that a schema has under a subject. Waits for the answer.
    ///
    /// # Errors
    /// [`RegistryError`], `Missing` where it has none.
    pub fn registered(&self, subject: &str, schema: &str) -> Result<u32, RegistryError> {
        self.post(subject, schema, true)
    }

    /// Finds out whether user and password are the registry's, before records have to wait for it.
    ///
    /// # Errors
    /// Where it says that they are not. One that does not answer is waited for when it is needed.
    pub fn check_login(&self) -> Result<(), RegistryError> {
        // There is no schema of this id; whoever may ask is told so.
        match self.ask(|shared| async move { ask(&shared.servers, SrCall::GetById(0)).await }) {
            Err(fault @ Fault::NoLogin(_)) => Err(self.shared.error("", fault)),
            _ => Ok(()),
        }
    }

    /// Registers, and waits with growing pauses for a registry that does not answer.
    ///
    /// # Errors
    /// Whatever waiting does not mend, and [`RunError::Stopped`] where the pipeline is told to end meanwhile.
    pub fn register_patiently(
        &self,
        subject: &str,
        schema: &str,
        control: &Control,
    ) -> Result<u32, RunError> {
        let mut pause = self.shared.timing.first_pause;
        loop {
            match self.register(subject, schema) {
                Err(RegistryError::Unreachable { registry, message }) => tracing::warn!(
                    registry,
                    subject,
                    why = message,
                    again_in_ms = pause.as_millis() as u64,
                    "no schema registry answers; waiting for one"
                ),
                decided => return decided.map_err(RunError::Registry),
            }
            let again = Instant::now() + pause;
            while Instant::now() < again {
                if control.stopping() {
                    return Err(RunError::Stopped);
                }
                thread::sleep(Duration::from_millis(50).min(pause));
            }
            pause = (pause * 2).min(self.shared.timing.longest_pause);
        }
    }

    fn post(&self, subject: &str, schema: &str, only_ask: bool) -> Result<u32, RegistryError> {
        let body = serde_json::json!({ "schema": schema }).to_string();
        let name = subject.to_owned();
        let asked = self.ask(|shared| async move {
            let call =
                if only_ask { SrCall::PostForVersion(&name, &body) } else { SrCall::PostNew(&name, &body) };
            ask(&shared.servers, call).await
        });
        let id = asked.and_then(|registered| {
            registered.id.ok_or_else(|| Fault::Unreachable("an answer without an id".to_owned()))
        });
        id.map_err(|fault| self.shared.error(subject, fault))
    }

    /// Asks on the registry's thread, so that this works from any.
    fn ask<T, A>(&self, question: impl FnOnce(Arc<Shared>) -> A) -> Result<T, Fault>
    where
        T: Send + 'static,
        A: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        let (answer, answered) = mpsc::channel();
        let question = question(Arc::clone(&self.shared));
        self.runtime.spawn(async move {
            // Nobody waits any more where the process is about to end.
            let _ = answer.send(question.await);
        });
        let ended = || Fault::Unreachable("the thread that asks has ended".to_owned());
        answered.recv().unwrap_or_else(|_| Err(ended()))
    }
}

impl Shared {
    fn error(&self, subject: &str, fault: Fault) -> RegistryError {
        let (subject, registry) = (subject.to_owned(), self.settings.to_string());
        match fault {
            Fault::Unknown(_) => RegistryError::Missing { subject },
            Fault::Incompatible(message) => RegistryError::Incompatible { subject, message },
            Fault::Invalid(message) => RegistryError::Invalid { subject, message },
            Fault::NoLogin(message) | Fault::Refused(message) => RegistryError::Refused { registry, message },
            Fault::Unreachable(message) => RegistryError::Unreachable { registry, message },
        }
    }
}

/// The subject of a topic's values.
pub(crate) fn subject(topic: &str) -> String {
    format!("{topic}-value")
}

/// Registers the output's schema under the subject of each output topic that is Avro; with `verify` it only looks
/// whether it is there. Nothing where no registry is configured.
///
/// # Errors
/// Where a registry is configured and does not have, or take, it.
pub fn register_output(settings: &Settings, verify: bool) -> Result<Vec<Registered>, RunError> {
    settings.check_formats()?;
    let Some(registry) = Registry::of(settings)? else {
        return Ok(Vec::new());
    };
    let (names, formats) = (&settings.names, &settings.formats);
    let topics = [(&names.opportunities, formats.opportunities), (&names.latest, formats.latest)];
    let avro = topics.into_iter().filter(|(_, format)| *format == Format::Avro);
    avro.map(|(topic, _)| {
        let subject = subject(topic);
        let id = match verify {
            true => registry.registered(&subject, schemas::OPPORTUNITY),
            false => registry.register(&subject, schemas::OPPORTUNITY),
        };
        Ok(Registered { id: id?, subject })
    })
    .collect()
}
