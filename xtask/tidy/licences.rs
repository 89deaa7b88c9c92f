//! What the dependencies say of their licences, and where they come from.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::top;

/// A package that the workspace is built from, tests and tools included.
pub struct Package {
    /// Its name with its version.
    pub name: String,
    /// The terms that it is offered under; empty where it says nothing.
    pub licence: String,
    /// Where it comes from; nowhere else for our own.
    pub source: Option<String>,
}

/// The packages of this machine's platform, as they are locked.
pub fn packages() -> Vec<Package> {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let told = Command::new(cargo)
        .current_dir(top())
        .args(["metadata", "--format-version=1", "--locked", "--offline", "--filter-platform", &target])
        .output()
        .expect("cargo runs");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: Value = serde_json::from_slice(&told.stdout).expect("cargo tells it as JSON");
    let text = |package: &Value, key: &str| package[key].as_str().map(str::to_owned);
    let package = |package: &Value| Package {
        name: format!("{} {}", package["name"].as_str().unwrap_or("?"), package["version"]),
        licence: text(package, "license").unwrap_or_default(),
        source: text(package, "source"),
    };
    told["packages"].as_array().into_iter().flatten().map(package).collect()
}

/// The licences that `xtask/deny.toml` allows.
pub fn allowed() -> Vec<String> {
    let text = fs::read_to_string(top().join("xtask/deny.toml")).expect("xtask/deny.toml");
    let list =
        text.split_once("\nallow = [").and_then(|(_, rest)| rest.split_once(']')).map(|(list, _)| list);
    let quoted = list.unwrap_or_default().split('"').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

/// Whether terms such as `(MIT OR Apache-2.0) AND Unicode-3.0` can be met by what is allowed.
pub fn met(terms: &str, allowed: &[String]) -> bool {
    let spaced = terms.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    any(&mut words, allowed) && words.next().is_none()
}

type Words<'t> = std::iter::Peekable<std::str::SplitWhitespace<'t>>;

fn any(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut met = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Words<'_>, allowed: &[String]) -> bool {
    match words.next() {
        Some("(") => any(words, allowed) && words.next() == Some(")"),
        Some(licence) => {
            let exception = words.next_if_eq(&"WITH").and_then(|_| words.next());
            exception.is_none() && allowed.iter().any(|known| known == licence)
        }
        None => false,
    }
}
