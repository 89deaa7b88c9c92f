//! Plays real faults against three brokers by a seed, and prints what came of it (`xtask/fire`).
//!
//! ```text
//! fire [SECONDS] [--seed N]
//! ```

use std::process::ExitCode;

use springtide_tests::fire::{Asked, scene};

const SECONDS: u64 = 60;

fn asked() -> Option<Asked> {
    let mut asked = Asked { seconds: SECONDS, seed: 1 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seed" => asked.seed = words.next()?.parse().ok()?,
            seconds => asked.seconds = seconds.parse().ok().filter(|seconds| *seconds >= 20)?,
        }
    }
    Some(asked)
}

fn main() -> ExitCode {
    let Some(asked) = asked() else {
        eprintln!("fire [SECONDS] [--seed N]: 20 seconds or more");
        return ExitCode::from(2);
    };
    let report = scene::play(asked);
    println!("\n{}\n{}", report.table(), report.words());
    if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
