//! Structured logs on standard error, as text or as JSON; `RUST_LOG` says how much, and whoever is on this machine while
//! the process runs.

mod limit;

use std::io::IsTerminal;
use std::str::FromStr;

use clap::ValueEnum;
use limit::Limit;
use serde::Deserialize;
use springtide_server::LogLevel;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// An object a line, for programs.
    Json,
}

/// What is logged, to be changed.
pub struct Level(reload::Handle<EnvFilter, Registry>);

impl LogLevel for Level {
    fn now(&self) -> String {
        self.0.with_current(EnvFilter::to_string).unwrap_or_default()
    }

    fn change(&self, directives: &str) -> Result<(), String> {
        let expected = |what: &str| format!("{what}; expected `debug`, or `info,springtide_runtime=debug`");
        // A word that is no level would name a part of the program, and silence the rest: a slip of the hand.
        let is_level = |part: &str| !part.is_empty() && LevelFilter::from_str(part).is_ok();
        let is_slip = |part: &&str| !part.contains('=') && !is_level(part);
        if let Some(slip) = directives.split(',').find(is_slip) {
            return Err(expected(&format!("`{slip}` is no level")));
        }
        let filter = EnvFilter::try_new(directives).map_err(|error| expected(&error.to_string()))?;
        let before = self.now();
        self.0.reload(filter).map_err(|error| error.to_string())?;
        // Whatever the level: who reads the log should know why it changed.
        tracing::warn!(before, now = self.now(), "the level of the log was changed");
        Ok(())
    }
}

/// Starts logging; a second call changes nothing.
pub fn start(format: LogFormat) -> Level {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let (filter, handle) = reload::Layer::new(filter);
    let limit = Limit::start();
    let lines = fmt::layer().with_writer(std::io::stderr);
    let log = tracing_subscriber::registry().with(filter);
    // An earlier call's stays.
    let _started = match format {
        LogFormat::Text => {
            let lines = lines.with_ansi(std::io::stderr().is_terminal()).with_target(false);
            log.with(lines.with_filter(limit)).try_init()
        }
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_current_span(false).with_span_list(false);
            log.with(lines.with_filter(limit)).try_init()
        }
    };
    Level(handle)
}
