//! A service that a script of `xtask/` runs for this test binary.
//!
//! It ends with its standard input, which ends with this process, however that ends; its folder goes with it.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A service that runs.
pub struct Service {
    /// Where it is, as its script says, in the order of the words.
    pub addresses: Vec<String>,
    /// What it writes, and whatever else shall go with it.
    pub folder: PathBuf,
    /// Keeps its standard input open.
    _script: Child,
}

impl Service {
    /// Starts `xtask/NAME`, or the script that a variable names, and waits for its lines `WORD=ADDRESS`.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start(name: &str, variable: &str, words: &[&str]) -> Result<Service, String> {
        Service::start_with(name, variable, words, &[])
    }

    /// The same with environment variables.
    ///
    /// # Errors
    /// As [`Service::start`].
    pub fn start_with(
        name: &str,
        variable: &str,
        words: &[&str],
        environment: &[(&str, String)],
    ) -> Result<Service, String> {
        let script =
            env::var_os(variable).map_or_else(|| repository().join("xtask").join(name), PathBuf::from);
        let folder = env::temp_dir().join(format!("springtide-tests-{name}-{}", std::process::id()));
        let mut child =
            spawn(&script, &folder, environment).map_err(|error| format!("{}: {error}", script.display()))?;
        let mut lines = child.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines());
        let mut said =
            |word: &&str| lines.next()?.ok()?.strip_prefix(*word)?.strip_prefix('=').map(str::to_owned);
        match words.iter().map(&mut said).collect::<Option<Vec<String>>>() {
            Some(addresses) => Ok(Service { addresses, folder, _script: child }),
            None => Err(format!("{} did not start it; its words are above", script.display())),
        }
    }
}

fn spawn(script: &Path, folder: &Path, environment: &[(&str, String)]) -> std::io::Result<Child> {
    let mut command = Command::new(script);
    command.arg("start").arg(folder).envs(environment.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    // Asked for when run, not when compiled: checkouts that share a target folder share what was compiled.
    let manifest = env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    PathBuf::from(manifest).parent().expect("the package lies in the repository").to_owned()
}
