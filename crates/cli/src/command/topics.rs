//! `springtide topics`: make the topics that are missing, check those that are there, register the output's schema, fill
//! them from others.

use springtide_runtime::topics::{Layout, ensure};
use springtide_runtime::transfer::transfer;

use super::run::failure;
use crate::args::{ConnectionArgs, TopicsArgs};
use crate::config::Config;
use crate::failure::Failure;
use crate::text::{note, say};

/// Makes or verifies the topics.
pub fn run(args: &TopicsArgs) -> Result<(), Failure> {
    let config = Config::load(args.connection.config.as_deref())?;
    let settings = config.settings(&args.connection, None)?;
    let layout = Layout { partitions: args.partitions, replication_factor: args.replication_factor };
    let report = ensure(&settings, layout, args.verify).map_err(failure)?;
    report.findings.warnings.iter().for_each(|warning| note(format_args!("springtide: {warning}")));
    let made = report.made.iter().map(|name| format!("made   {name}\n"));
    let found = report.found.iter().map(|name| format!("found  {name}\n"));
    let schemas = report.registered.iter().map(|r| format!("schema {} (id {})\n", r.subject, r.id));
    say(&made.chain(found).chain(schemas).collect::<String>())?;
    if !report.findings.problems.is_empty() {
        return Err(Failure::Other(report.findings.problems.join("\n")));
    }
    if let Some(file) = &args.copy_from {
        let old = Config::load(Some(file))?.settings(&ConnectionArgs::default(), None)?;
        for copied in transfer(&old, &settings).map_err(failure)? {
            say(&format!("copied {} records of {} to {}\n", copied.records, copied.from, copied.to))?;
        }
    }
    Ok(())
}
