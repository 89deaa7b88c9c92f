//! `springtide man [COMMAND]`: a manual page on standard output.

use clap::CommandFactory;

use crate::args::{Args, ManArgs};
use crate::failure::Failure;
use crate::text::say;

/// Prints the page.
pub fn run(args: &ManArgs) -> Result<(), Failure> {
    let mut all = Args::command();
    // Subcommands get their full names and the flags that all have.
    all.build();
    let command = match &args.command {
        None => all,
        Some(name) => all.find_subcommand(name).cloned().ok_or_else(|| {
            let names: Vec<&str> = all.get_subcommands().map(clap::Command::get_name).collect();
            Failure::Usage(format!("there is no command `{name}`; there are {}", names.join(", ")))
        })?,
    };
    let mut page = Vec::new();
    // Into memory, which does not fail.
    clap_mangen::Man::new(command).render(&mut page).map_err(Failure::Output)?;
    say(&String::from_utf8_lossy(&page))
}
