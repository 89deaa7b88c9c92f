//! Progress of long work: a bar with rate and time left on a terminal, nothing in a pipe.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over bytes read; a spinner where the total is not known.
pub fn bytes(total: Option<u64>, what: &'static str) -> ProgressBar {
    let bar = match total {
        Some(total) => ProgressBar::new(total)
            .with_style(style("{msg} {bar:30} {percent} % of {total_bytes} {bytes_per_sec} {eta} left")),
        None => {
            ProgressBar::new_spinner().with_style(style("{spinner} {msg} {bytes} {bytes_per_sec} {elapsed}"))
        }
    };
    started(bar, what)
}

/// A bar over a number of steps.
pub fn steps(total: u64, what: &'static str) -> ProgressBar {
    started(
        ProgressBar::new(total)
            .with_style(style("{msg} {bar:30} {percent} % of {human_len} {per_sec} {eta} left")),
        what,
    )
}

fn started(bar: ProgressBar, what: &'static str) -> ProgressBar {
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
