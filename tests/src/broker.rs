//! One Apache Kafka for the whole test binary, started by `xtask/kafka`.
//!
//! It ends with its standard input, which ends with this process, however that ends; its folder goes with it, and
//! everything that the tests write is in that folder.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// A broker that runs.
pub struct Broker {
    /// Where it listens.
    pub bootstrap: String,
    /// Where it listens for users with a name and password; see `xtask/kafka` for what they may.
    pub secured: String,
    folder: PathBuf,
    /// Keeps its standard input open.
    _script: Child,
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

    /// A new folder, gone with its value, and at the latest with the broker.
    pub fn new_folder(&self) -> TempDir {
        tempfile::tempdir_in(&self.folder).unwrap()
    }
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    // Asked for when run, not when compiled: checkouts that share a target folder share what was compiled.
    let manifest = env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    PathBuf::from(manifest).parent().expect("the package lies in the repository").to_owned()
}

fn start() -> Result<Broker, String> {
    let script =
        env::var_os("SPRINGTIDE_KAFKA").map_or_else(|| repository().join("xtask/kafka"), PathBuf::from);
    let folder = env::temp_dir().join(format!("springtide-tests-{}", std::process::id()));
    let mut child = Command::new(&script)
        .arg("start")
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", script.display()))?;
    let mut lines = child.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines());
    let mut said = |word: &str| lines.next()?.ok()?.strip_prefix(word).map(str::to_owned);
    match (said("bootstrap="), said("secured=")) {
        (Some(bootstrap), Some(secured)) => Ok(Broker { bootstrap, secured, folder, _script: child }),
        _ => Err(format!("{} did not start one; its words are above", script.display())),
    }
}
