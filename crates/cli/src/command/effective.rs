//! `springtide config`: the configuration as `run` has it with the same flags, each value with where it came from. What is
//! printed can be read as a configuration file, but for secrets, of which only that they are given is shown.

use std::collections::BTreeMap;
use std::path::Path;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory};
use springtide_runtime::passed::is_secret;

use crate::args::{Args, RunArgs};
use crate::config::{Config, DEFAULTS, formats, secrets, traces};
use crate::failure::Failure;
use crate::text::say;

/// In the place of a secret.
const HIDDEN: &str = "…";
/// Flags that are no settings of the file.
pub(super) const NOT_IN_THE_FILE: [&str; 5] =
    ["config", "until_caught_up", "print_config", "print_metrics", "print_reference"];
/// Flags that set keys of a table, and the table's name.
pub(super) const TABLES: [(&str, &str); 3] =
    [("allowed_lateness", "allowed_lateness"), ("format", "formats"), ("set", "kafka")];
/// Settings that only the environment has.
pub(super) const ENVIRONMENT: [(&str, &str); 4] = [
    ("otlp_endpoint", traces::ENDPOINT),
    ("schema_registry_user", formats::USER),
    ("schema_registry_password", formats::PASSWORD),
    ("schema_registry_password_file", formats::PASSWORD_FILE),
];

/// Prints the configuration.
pub fn run(args: &RunArgs, matches: &ArgMatches) -> Result<(), Failure> {
    let file = args.connection.config.as_deref();
    // What `run` refuses is refused.
    let settings = Config::load(file)?.settings(&args.connection, Some(args))?;
    let mut effective = Effective::default();
    effective.lay(DEFAULTS, "default");
    if let Some(file) = file {
        let text = read(file)?;
        effective.lay(&text, &format!("file {}", file.display()));
    }
    effective.lay_environment(|name| std::env::var(name).ok().filter(|text| !text.is_empty()));
    effective.lay_flags(matches);
    if let Some(registry) = &settings.registry {
        // Without who asks, which the address may have.
        effective.show("schema_registry", &registry.to_string());
    }
    say(&effective.text())
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::File(path.to_owned(), error.to_string()))
}

/// Values by table and key, the keys outside of tables first, each with where it came from.
#[derive(Default)]
struct Effective(BTreeMap<(String, String), (toml::Value, String)>);

impl Effective {
    fn set(&mut self, table: &str, key: &str, value: toml::Value, source: &str) {
        self.0.insert((table.to_owned(), key.to_owned()), (value, source.to_owned()));
    }

    /// A value as text, in the form that is there already.
    fn set_text(&mut self, key: &str, text: &str, source: &str) {
        let there = self.0.get(&(String::new(), key.to_owned()));
        let same = |value: &toml::Value| match value {
            toml::Value::Integer(_) => text.parse().ok().map(toml::Value::Integer),
            toml::Value::Boolean(_) => text.parse().ok().map(toml::Value::Boolean),
            _ => None,
        };
        let value = there.and_then(|(value, _)| same(value)).unwrap_or_else(|| text.into());
        self.set("", key, value, source);
    }

    fn show(&mut self, key: &str, text: &str) {
        if let Some((value, _)) = self.0.get_mut(&(String::new(), key.to_owned())) {
            *value = text.into();
        }
    }

    /// What a file says. It was read before without a mistake.
    fn lay(&mut self, text: &str, source: &str) {
        let table: toml::Table = toml::from_str(text).unwrap_or_default();
        for (key, value) in table {
            match value {
                toml::Value::Table(keys) => {
                    keys.into_iter().for_each(|(name, value)| self.set(&key, &name, value, source));
                }
                value => self.set("", &key, value, source),
            }
        }
    }

    fn lay_environment(&mut self, variable: impl Fn(&str) -> Option<String>) {
        for (key, name) in ENVIRONMENT {
            if let Some(text) = variable(name) {
                self.set_text(key, &text, &format!("variable {name}"));
            }
        }
        let lines = variable(secrets::VARIABLE).unwrap_or_default();
        lines
            .lines()
            .for_each(|line| self.set_pair("kafka", line, &format!("variable {}", secrets::VARIABLE)));
    }

    /// What the command line says, or the variables that stand for its flags.
    fn lay_flags(&mut self, matches: &ArgMatches) {
        let command = Args::command();
        let arguments = command.find_subcommand("config").into_iter().flat_map(clap::Command::get_arguments);
        for argument in arguments {
            let id = argument.get_id().as_str();
            let source = match matches.value_source(id) {
                Some(ValueSource::CommandLine) => format!("flag --{}", argument.get_long().unwrap_or(id)),
                Some(ValueSource::EnvVariable) => {
                    format!("variable {}", argument.get_env().unwrap_or_default().to_string_lossy())
                }
                _ => continue,
            };
            let texts = matches.get_raw(id).into_iter().flatten().map(|raw| raw.to_string_lossy());
            if NOT_IN_THE_FILE.contains(&id) {
                continue;
            }
            match TABLES.iter().find(|(flag, _)| *flag == id) {
                Some((_, table)) => texts.for_each(|text| self.set_pair(table, &text, &source)),
                None => texts.for_each(|text| self.set_text(id, &text, &source)),
            }
        }
    }

    fn set_pair(&mut self, table: &str, text: &str, source: &str) {
        if let Some((key, value)) = text.split_once('=') {
            self.set(table, key.trim(), value.trim().into(), source);
        }
    }

    fn text(&self) -> String {
        let (mut text, mut within) = (String::new(), "");
        for ((table, key), (value, source)) in &self.0 {
            if table != within {
                text.push_str(&format!("\n[{table}]\n"));
                within = table;
            }
            let is_hidden = is_secret(key) || key == "schema_registry_password";
            let value = if is_hidden { HIDDEN.into() } else { value.clone() };
            text.push_str(&format!("{} = {value} # {source}\n", quoted(key)));
        }
        text
    }
}

/// A key as it stands in a file.
fn quoted(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if is_bare { key.to_owned() } else { toml::Value::from(key).to_string() }
}
