//! The flags of `springtide similar`.

use std::path::PathBuf;

use clap::Args as Group;
use springtide_core::time::Millis;
use springtide_similar::Limits;

use super::{ConnectionArgs, time};

/// `springtide similar`
#[derive(Debug, Group)]
pub struct SimilarArgs {
    /// Files of records, as `replay` takes them: the events are printed, each a line with its `_topic`. Without any, the profiles
    /// are those on Kafka, and the events are written there
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// As of when: later profiles are not looked at, and it is the events' instant. Where it is left out: of files the greatest
    /// `occurred_at`, on Kafka the first instant of the day (UTC). The same instant gives the same events, which count once
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub at: Option<Millis>,
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Print the events of the profiles on Kafka, and write none
    #[arg(long, conflicts_with_all = ["files", "dead_letter"])]
    pub dry_run: bool,
    /// Keep lines of files that can't be used in this file, as they came
    #[arg(long, value_name = "FILE", requires = "files")]
    pub dead_letter: Option<PathBuf>,
}

/// Of how few accounts nothing is said, and how much has to speak for a product.
#[derive(Debug, Group)]
pub struct LimitArgs {
    /// The fewest similar accounts of whom anything is said, 5 or more
    #[arg(long, value_name = "COUNT", default_value_t = Limits::DEFAULT.min_peers as u64, value_parser = clap::value_parser!(u64).range(5..))]
    pub min_peers: u64,
    /// The fewest of them that own the product
    #[arg(long, value_name = "COUNT", default_value_t = Limits::DEFAULT.min_owners as u64, value_parser = clap::value_parser!(u64).range(1..))]
    pub min_owners: u64,
    /// The least share of them that own it, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = Limits::DEFAULT.min_support, value_parser = support)]
    pub min_support: f64,
    /// How many times as often as all accounts they own it, at least
    #[arg(long, value_name = "TIMES", default_value_t = Limits::DEFAULT.min_lift, value_parser = lift)]
    pub min_lift: f64,
    /// How many products an account is told of at most, the best first. More than one is for detectors of one product each
    #[arg(long, value_name = "COUNT", default_value_t = Limits::DEFAULT.most as u64, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub most: u64,
}

impl LimitArgs {
    /// As the crate takes them.
    pub fn limits(&self) -> Limits {
        let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        Limits {
            min_peers: count(self.min_peers),
            min_owners: count(self.min_owners),
            min_support: self.min_support,
            min_lift: self.min_lift,
            most: count(self.most),
        }
    }
}

fn support(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "expected a share from 0 to 1, such as 0.3".to_owned())
}

fn lift(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1_000.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 1000, such as 1.5".to_owned())
}
