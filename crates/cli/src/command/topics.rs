//! `springtide topics`: make the topics that are missing, check those that are there.

use springtide_runtime::topics::{Layout, ensure};

use super::run::failure;
use crate::args::TopicsArgs;
use crate::config::Config;
use crate::failure::Failure;

/// Makes or verifies the topics.
pub fn run(args: &TopicsArgs) -> Result<(), Failure> {
    let config = Config::load(args.connection.config.as_deref())?;
    let settings = config.settings(&args.connection, None)?;
    let layout = Layout { partitions: args.partitions, replication_factor: args.replication_factor };
    let report = ensure(&settings, layout, args.verify).map_err(failure)?;
    report.made.iter().for_each(|name| println!("made   {name}"));
    report.found.iter().for_each(|name| println!("found  {name}"));
    report.warnings.iter().for_each(|warning| eprintln!("springtide: {warning}"));
    Ok(())
}
