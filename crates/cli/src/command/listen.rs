//! What `run` says over HTTP while it runs.

use std::sync::Arc;
use std::time::Duration;

use springtide_core::event::Outcome;
use springtide_core::rules::{Drafts, Rules};
use springtide_core::time::Millis;
use springtide_inbox::{Change, Inbox};
use springtide_report::Reported;
use springtide_rules::Pack;
use springtide_runtime::{Control, Desk, Metrics, desk, wall_clock};
use springtide_server as server;
use springtide_server::api::Access;
use springtide_server::{Health, Known, ListenError, LogLevel, Phase, Server, Sources, Whose, Worker};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::failure::Failure;

/// How often it is asked how much is unread, while there is somebody to ask us.
pub const LAG_INTERVAL: Duration = Duration::from_secs(5);

/// Answers on an address from here on, until it is dropped; the log says where.
pub fn start(
    address: &str,
    control: &Control,
    metrics: &Metrics,
    log_level: Arc<dyn LogLevel>,
    access: Option<(Access, Pack)>,
) -> Result<Server, Failure> {
    let (control, desk) = (control.clone(), control.desk().clone());
    let health = Arc::new(move || health(&control));
    let behind = |pack| Arc::new(Behind { desk, pack }) as Arc<dyn server::Desk>;
    let desk = access.map(|(access, pack)| (behind(pack), access));
    let server =
        Server::start(address, Sources { registry: metrics.registry().clone(), health, log_level, desk });
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

/// The pipeline's desk, in the server's words.
struct Behind {
    desk: Desk,
    pack: Pack,
}

impl server::Desk for Behind {
    fn is_level(&self) -> bool {
        self.desk.is_level()
    }

    fn look(&self, look: &mut dyn FnMut(&Inbox)) {
        self.desk.look(look);
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.desk.changes()
    }

    fn rules(&self) -> &Rules {
        &self.pack.rules
    }

    fn drafts(&self) -> &Drafts {
        &self.pack.drafts
    }

    fn whole(&self, id: Uuid) -> Result<Option<String>, String> {
        self.desk.whole(id).map_err(|error| error.to_string())
    }

    fn revisions(&self, id: Uuid) -> Result<Option<Vec<String>>, String> {
        self.desk.revisions(id).map_err(|error| error.to_string())
    }

    fn reported(&self) -> Reported {
        self.desk.reported()
    }

    fn decide(&self, account: &str, outcome: &Outcome) -> Result<(), String> {
        self.desk.decide(account, outcome).map_err(|error| error.to_string())
    }

    fn account(&self, id: &str) -> Result<Whose, String> {
        let whose = self.desk.account(id).map_err(|error| error.to_string())?;
        Ok(match whose {
            desk::Whose::Here(known) => {
                let desk::Known { account, rules, now, clock } = *known;
                Whose::Here(Box::new(Known { account, rules, now, clock }))
            }
            desk::Whose::There(address) => Whose::There(address),
            desk::Whose::Nobody(why) => Whose::Nobody(why),
        })
    }

    fn now(&self) -> Millis {
        wall_clock()
    }
}
