//! `springtide completion SHELL`: a completion script on standard output.

use clap::CommandFactory;

use crate::args::{Args, CompletionArgs};
use crate::failure::Failure;

/// Prints the script.
pub fn run(args: &CompletionArgs) -> Result<(), Failure> {
    clap_complete::generate(args.shell, &mut Args::command(), "springtide", &mut std::io::stdout());
    Ok(())
}
