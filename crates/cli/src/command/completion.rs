//! `springtide completion SHELL`: a completion script on standard output.

use clap::CommandFactory;

use crate::args::{Args, CompletionArgs};
use crate::failure::Failure;
use crate::text::say;

/// Prints the script.
pub fn run(args: &CompletionArgs) -> Result<(), Failure> {
    // Into memory first: clap panics where it can't write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "springtide", &mut script);
    say(&String::from_utf8_lossy(&script))
}
