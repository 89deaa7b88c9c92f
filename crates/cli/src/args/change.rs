//! `springtide change`

use std::path::PathBuf;

use clap::{Args as Group, ValueEnum};
use springtide_core::time::Millis;

use super::{ConnectionArgs, duration, time};

/// `springtide change`
#[derive(Debug, Group)]
pub struct ChangeArgs {
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// Folder of the rule files that are to count; where it is left out, it is said how far a change is, and waited for it
    #[arg(value_name = "NEW")]
    pub new: Option<PathBuf>,
    /// Folder of the rule files that the pipeline began with, for the first change of its rules; the default pack where it is
    /// left out
    #[arg(long, value_name = "DIR", env = "SPRINGTIDE_RULES")]
    pub rules: Option<PathBuf>,
    /// What becomes of open opportunities that only the old rules justify
    #[arg(long, value_name = "WHAT", default_value = "keep")]
    pub unjustified: Unjustified,
    /// From which instant on the new rules count; as soon as all partitions are warmed up where it is left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub at: Option<Millis>,
    /// Go on although a topic's retention has taken a part of the past that the new rules look at
    #[arg(long)]
    pub less_history: bool,
    /// How long to wait for the partitions; what is begun goes on without
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Millis>,
    /// Give up rules that do not count yet
    #[arg(long, conflicts_with = "new")]
    pub give_up: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What becomes of opportunities that only the old rules justify.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Unjustified {
    /// They stay as they are
    Keep,
    /// They are withdrawn
    Withdraw,
}
