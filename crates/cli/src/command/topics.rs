//! `springtide topics`: make the topics that are missing, check those that are there, register the output's schema.

use springtide_runtime::topics::{Layout, ensure};

use super::run::failure;
use crate::args::TopicsArgs;
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
    match report.findings.problems {
        problems if problems.is_empty() => Ok(()),
        problems => Err(Failure::Other(problems.join("\n"))),
    }
}
