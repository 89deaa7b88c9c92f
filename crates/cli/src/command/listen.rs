//! What `run` says over HTTP while it runs.

use std::sync::Arc;
use std::time::Duration;

use springtide_runtime::{Control, Metrics};
use springtide_server::{Health, ListenError, LogLevel, Phase, Server, Sources, Worker};

use crate::failure::Failure;

/// How often it is asked how much is unread, while there is somebody to ask us.
pub const LAG_INTERVAL: Duration = Duration::from_secs(5);

/// Answers on an address from here on, until it is dropped; the log says where.
pub fn start(
    address: &str,
    control: &Control,
    metrics: &Metrics,
    log_level: Arc<dyn LogLevel>,
) -> Result<Server, Failure> {
    let control = control.clone();
    let health = Arc::new(move || health(&control));
    let server = Server::start(address, Sources { registry: metrics.registry().clone(), health, log_level });
    let server = server.map_err(|error| match error {
        ListenError::Address { .. } => Failure::Usage(error.to_string()),
        ListenError::Listen { .. } | ListenError::Thread(_) => Failure::Other(error.to_string()),
    })?;
    tracing::info!(address = %server.address(), "answering over HTTP");
    Ok(server)
}

/// How a pipeline is, in the server's words.
fn health(control: &Control) -> Health {
    let health = control.health();
    let phase = match (health.ending, health.checked) {
        (true, _) => Phase::Ending,
        (false, true) => Phase::Working,
        (false, false) => Phase::Checking,
    };
    let worker = |worker: springtide_runtime::WorkerHealth| Worker {
        number: worker.number,
        silence: worker.silence,
        joined: worker.joined,
        owned: worker.owned,
        running: worker.running,
        writes: worker.writes,
    };
    Health { phase, workers: health.workers.into_iter().map(worker).collect() }
}
