//! The command `springtide`: what a person types, and the wiring of the rooms behind it.
//!
//! [`args`] is the command line, `command` has one file a subcommand, [`failure`] what can go wrong and the
//! exit code it gives.

mod allocator;
mod args;
mod command;
mod config;
mod failure;
mod input;
mod progress;
mod replay;
mod text;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
use failure::Failure;

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has seen enough, as `| head` does.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            text::note(format_args!("springtide: {failure}"));
            failure.exit_code()
        }
    }
}

fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Run(args) => command::run::run(&args),
        Command::Topics(args) => command::topics::run(&args),
        Command::Demo(args) => command::demo::run(&args),
        Command::Replay(args) => command::replay::run(&args),
        Command::Explain(args) => command::explain::run(&args),
        Command::Check(args) => command::check::run(&args),
        Command::Generate(args) => command::generate::run(&args),
        Command::Completion(args) => command::completion::run(&args),
    }
}
