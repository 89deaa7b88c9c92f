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
mod page;
mod progress;
mod replay;
mod text;

use std::io::Write;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use args::{Args, Command};
use failure::Failure;

fn main() {
    let matches = Args::command().get_matches();
    // What was matched against it has its form.
    let args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let code = match run(args, &matches) {
        Ok(()) => 0,
        // Whoever reads our output has seen enough, as `| head` does.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => 0,
        Err(failure) => {
            text::note(format_args!("springtide: {failure}"));
            failure.exit_code()
        }
    };
    end(code)
}

/// Ends the process without what C libraries do at its end: OpenSSL takes its tables away then, and a connection that
/// librdkafka is just making on a thread of its own, for a client that was given up, would end in a crash instead.
fn end(code: u8) -> ! {
    // Who reads has gone, or the disk is full: nobody is left to be told.
    let _ = std::io::stdout().flush();
    // SAFETY: it takes a number and does not come back.
    unsafe { libc::_exit(code.into()) }
}

fn run(args: Args, matches: &ArgMatches) -> Result<(), Failure> {
    match args.command {
        Command::Run(args) => command::run::run(&args),
        Command::Topics(args) => command::topics::run(&args),
        Command::Demo(args) => command::demo::run(&args),
        Command::Replay(args) => command::replay::run(&args),
        Command::Backtest(args) => command::backtest::run(&args),
        Command::Report(args) => command::report::run(&args),
        Command::Explain(args) => command::explain::run(&args),
        Command::NearMisses(args) => command::near_misses::run(&args),
        Command::Check(args) => command::check::run(&args),
        Command::Change(args) => command::change::run(&args),
        Command::New(args) => command::new::run(&args),
        Command::Similar(args) => command::similar::run(&args),
        Command::Generate(args) => command::generate::run(&args),
        Command::Config(args) => {
            let own = matches.subcommand_matches("config").unwrap_or(matches);
            command::effective::run(&args, own)
        }
        Command::Completion(args) => command::completion::run(&args),
        Command::Man(args) => command::manual::run(&args),
    }
}
