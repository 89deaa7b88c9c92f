//! One Apache Kafka for the whole test binary, started by `xtask/kafka`.
//!
//! Everything that the tests write is in its folder, which goes with it.

use std::path::PathBuf;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::fire::link::{Link, Unlinked};
use crate::service::Service;
pub use crate::service::repository;

/// A broker that runs.
pub struct Broker {
    /// Where it listens.
    pub bootstrap: String,
    /// Where it listens for users with a name and password; see `xtask/kafka` for what they may, here and below.
    pub secured: String,
    /// Where it listens with TLS.
    pub tls: String,
    /// Where it wants certificates of its clients.
    pub mtls: String,
    /// Where it listens with TLS for users with a name and password.
    pub scram: String,
    /// Where it is to be found by way of [`Broker::link`], and by no other.
    pub linked: String,
    /// A network that can be slow, cut or a black hole.
    pub link: Link,
    folder: PathBuf,
    _service: Service,
}

static BROKER: OnceLock<Result<Broker, String>> = OnceLock::new();

impl Broker {
    /// The broker of this process; the first to ask starts it.
    ///
    /// # Panics
    /// Where it does not start: without it, nothing can be tested.
    pub fn shared() -> &'static Broker {
        BROKER.get_or_init(start).as_ref().unwrap_or_else(|problem| panic!("no Kafka: {problem}"))
    }

    /// The path of a key or certificate that was made for it.
    pub fn certificate(&self, name: &str) -> PathBuf {
        self.folder.join("tls").join(name)
    }

    /// A new folder, gone with its value, and at the latest with the broker.
    pub fn new_folder(&self) -> TempDir {
        tempfile::tempdir_in(&self.folder).unwrap()
    }
}

fn start() -> Result<Broker, String> {
    let words = ["bootstrap", "secured", "tls", "mtls", "scram", "linked"];
    let unlinked = Unlinked::take();
    let told = [("SPRINGTIDE_KAFKA_LINK", unlinked.port().to_string())];
    let service = Service::start_with("kafka", "SPRINGTIDE_KAFKA", &words, &told)?;
    let addresses = <[String; 6]>::try_from(service.addresses.clone());
    let [bootstrap, secured, tls, mtls, scram, behind] = addresses.map_err(|_| "it does not say where")?;
    let port = behind.rsplit(':').next().and_then(|port| port.parse().ok());
    let link = unlinked.to(port.ok_or("it does not say at which port")?);
    let linked = format!("127.0.0.1:{}", link.port);
    let folder = service.folder.clone();
    Ok(Broker { bootstrap, secured, tls, mtls, scram, linked, link, folder, _service: service })
}
