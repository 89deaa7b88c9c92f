//! The command `springtide`, as it is in the working tree.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::broker::repository;

static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();

/// The command's file: `SPRINGTIDE_BIN` where that is set, else built where this test was built.
///
/// # Panics
/// Where it can't be built.
pub fn springtide() -> &'static Path {
    PROGRAM.get_or_init(find).as_ref().unwrap_or_else(|problem| panic!("no springtide: {problem}"))
}

fn find() -> Result<PathBuf, String> {
    if let Some(path) = env::var_os("SPRINGTIDE_BIN") {
        return Ok(path.into());
    }
    // …/target/PROFILE/deps/pipeline-HASH
    let test = env::current_exe().map_err(|error| error.to_string())?;
    let folder = test.ancestors().nth(2).ok_or("this test stands in no target folder")?;
    let (profile, target) = (folder.file_name().unwrap_or_default(), folder.parent().unwrap_or(folder));
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(repository())
        .args(["build", "--quiet", "--bin", "springtide", "--profile"])
        .arg(if profile == "debug" { "dev".as_ref() } else { profile })
        .arg("--target-dir")
        .arg(target)
        .status()
        .map_err(|error| format!("can't run cargo: {error}"))?;
    if status.success() { Ok(folder.join("springtide")) } else { Err("it does not build".to_owned()) }
}
