//! The schema registry: schemas of what is read by id, ids of what is written by schema (SPEC section 2).
//!
//! The thread that polls Kafka must never wait for HTTP. So a registry has a thread of its own: [`Registry::lookup`]
//! answers at once with what is known, and sets off the question where nothing is. What the registry has said of an
//! id holds for good, as ids are never given twice. That it does not know one holds for a while only: a schema may
//! be registered a moment later. No answer is no reason to give a record up: the question is put again until there
//! is one.

mod address;
mod call;
#[cfg(test)]
pub(crate) mod fake;
mod fetch;
mod register;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use schema_registry_converter::async_impl::schema_registry::SrSettings;
use springtide_schema::avro::WriterSchema;
use springtide_schema::{BadClass, BadRecord};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{Semaphore, oneshot};

use crate::fault::RunError;
use crate::settings::Settings;

pub use address::RegistrySettings;
pub(crate) use register::subject;
pub use register::{Registered, RegistryError, register_output};

/// Questions that are on their way at once: after a start with many schemas, a registry is not overrun.
const AT_ONCE: usize = 4;

/// Ids are signed. To a question for a greater one a registry says that there is no such path, which is what any
/// server says, and no answer.
const GREATEST_ID: u32 = i32::MAX.unsigned_abs();

/// What is known of a schema.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// The schema.
    Known(Arc<WriterSchema>),
    /// The registry does not have it, or it can't be used: what a record written with it is.
    Refused(BadRecord),
    /// There is no answer yet; ask again later.
    Pending,
}

/// How long things take.
#[derive(Clone, Copy, Debug)]
struct Timing {
    /// A request, from connecting to the answer's last byte.
    timeout: Duration,
    /// Before the first repetition; it doubles from there.
    first_pause: Duration,
    longest_pause: Duration,
    /// How long an id counts as unknown before it is asked for again.
    refused_for: Duration,
}

const TIMING: Timing = Timing {
    timeout: Duration::from_secs(5),
    first_pause: Duration::from_millis(250),
    longest_pause: Duration::from_secs(10),
    refused_for: Duration::from_secs(30),
};

/// A schema registry, and what it has said so far.
///
/// ```no_run
/// use springtide_runtime::registry::Lookup;
/// use springtide_runtime::{Registry, RegistrySettings};
/// let settings = RegistrySettings::new("http://localhost:8081", None, None).unwrap();
/// let registry = Registry::connect(&settings).unwrap();
/// assert!(matches!(registry.lookup(7), Lookup::Pending));
/// ```
pub struct Registry {
    shared: Arc<Shared>,
    runtime: Handle,
    /// Dropping it ends the thread.
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the registry's thread and its users share.
struct Shared {
    /// For messages.
    settings: RegistrySettings,
    timing: Timing,
    servers: Vec<SrSettings>,
    schemas: Mutex<HashMap<u32, Lookup>>,
    at_once: Semaphore,
}

impl Registry {
    /// The registry of these settings, where they name one.
    ///
    /// # Errors
    /// As [`Registry::connect`].
    pub fn of(settings: &Settings) -> Result<Option<Arc<Registry>>, RunError> {
        settings.registry.as_ref().map(|settings| Registry::connect(settings).map(Arc::new)).transpose()
    }

    /// Gets ready to ask; nothing is asked yet.
    ///
    /// # Errors
    /// Where TLS or a thread can't be had.
    pub fn connect(settings: &RegistrySettings) -> Result<Registry, RunError> {
        Registry::with(settings, TIMING)
    }

    fn with(settings: &RegistrySettings, timing: Timing) -> Result<Registry, RunError> {
        let no_thread = |error: std::io::Error| {
            RunError::Setting(format!("can't start a thread for the schema registry: {error}"))
        };
        let shared = Arc::new(Shared {
            settings: settings.clone(),
            timing,
            servers: call::connect(settings, timing.timeout).map_err(RunError::Setting)?,
            schemas: Mutex::new(HashMap::new()),
            at_once: Semaphore::new(AT_ONCE),
        });
        let runtime = Builder::new_current_thread().enable_all().build().map_err(no_thread)?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("schema-registry".to_owned()).spawn(move || {
            // It ends by being dropped: nothing is ever sent.
            let _ = runtime.block_on(ended);
            // A name that is just being resolved must not hold the end up.
            runtime.shutdown_background();
        });
        Ok(Registry { shared, runtime: handle, end: Some(end), thread: Some(thread.map_err(no_thread)?) })
    }

    /// What is known of a schema; never waits. The first question for an id sets off finding out.
    pub fn lookup(&self, id: u32) -> Lookup {
        if id > GREATEST_ID {
            let message =
                format!("the schema id {id} is greater than any that a registry gives, {GREATEST_ID}");
            return Lookup::Refused(BadRecord::new(BadClass::UnknownSchema, message));
        }
        let mut schemas = self.shared.lock();
        if let Some(known) = schemas.get(&id) {
            return known.clone();
        }
        schemas.insert(id, Lookup::Pending);
        drop(schemas);
        self.runtime.spawn(fetch::settle(Arc::clone(&self.shared), id));
        Lookup::Pending
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u32, Lookup>> {
        self.schemas.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // It has nothing to tell.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registry").field(&self.shared.settings).finish()
    }
}
