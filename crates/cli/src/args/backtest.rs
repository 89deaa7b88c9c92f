//! `springtide backtest`

use std::path::PathBuf;

use clap::Args as Group;
use springtide_core::time::Millis;

use super::{ConnectionArgs, time};

/// `springtide backtest`
#[derive(Debug, Group)]
pub struct BacktestArgs {
    /// Folder of the rule files that are; `springtide check --write-default DIR` writes the default pack out
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// Folder of the rule files that might be
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Files of records: .jsonl, .jsonl.gz, .jsonl.zst or .avro, or - for lines from standard input. A file's
    /// name up to the first dot names its topic; a line's own `_topic` goes before it. Without any, what the input topics
    /// hold is read, where --bootstrap-servers or --config says where they are
    #[arg(required_unless_present_any = ["bootstrap_servers", "config"], value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The clock of the timers; the greatest `occurred_at` of the input where it is left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<Millis>,
    /// Keep lines that can't be used in this file, as they came
    #[arg(long, value_name = "FILE", requires = "files")]
    pub dead_letter: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Write a page for a browser into this file as well, which can be mailed as it is
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    #[command(flatten)]
    pub connection: ConnectionArgs,
}
