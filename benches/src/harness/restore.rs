//! A lost disk: how fast state comes back; and what a pipeline costs that has nothing to do.

use std::fs;
use std::thread;
use std::time::Duration;

use super::contender::{Contender, Site, Task};
use crate::load::Failure;

const PATIENCE: Duration = Duration::from_secs(300);
/// After the state is there: the rest of the start, and what the JVM does after it.
const SETTLE: Duration = Duration::from_secs(10);

/// What came back, and what standing still costs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Restore {
    /// Records of the changelog.
    pub records: u64,
    /// From the first store's beginning to the last one's end.
    pub seconds: f64,
    /// Of a core that it uses, caught up and with no input.
    pub idle_share: f64,
}

impl Restore {
    /// Records a second.
    pub fn rate(&self) -> f64 {
        self.records as f64 / self.seconds.max(1e-3)
    }
}

/// Takes the state away of a task that has run, and runs it again.
///
/// # Errors
/// Where it does not come back.
pub fn measure(site: &Site, contender: Contender, task: &Task, idle: Duration) -> Result<Restore, Failure> {
    fs::remove_dir_all(site.state(task))?;
    let mut process = contender.start(site, task, false)?;
    let partitions = usize::try_from(site.partitions)?;
    let said = |words: &str| match contender {
        Contender::Streams => streams(words),
        _ => springtide(words, partitions),
    };
    let (records, seconds) = process.await_words(PATIENCE, "the end of the restore", said)?;
    thread::sleep(SETTLE.min(idle));
    let before = process.cpu_seconds()?;
    thread::sleep(idle);
    let idle_share = (process.cpu_seconds()? - before) / idle.as_secs_f64();
    process.terminate(PATIENCE)?;
    Ok(Restore { records, seconds, idle_share })
}

/// `restored=N records ms=M`.
fn streams(words: &str) -> Option<(u64, f64)> {
    let line = words.lines().find(|line| line.contains("restored="))?;
    Some((number(line, "restored=")? as u64, number(line, "ms=")? / 1_000.0))
}

/// A line a partition, each with how long it took since it was wanted; all are wanted at once.
fn springtide(words: &str, partitions: usize) -> Option<(u64, f64)> {
    let lines: Vec<&str> = words.lines().filter(|line| line.contains("the state is there")).collect();
    if lines.len() < partitions {
        return None;
    }
    let all = |name: &str| lines.iter().map(|line| number(line, name)).collect::<Option<Vec<f64>>>();
    let seconds = all("seconds=")?.into_iter().fold(0.0, f64::max);
    Some((all("records=")?.iter().sum::<f64>() as u64, seconds))
}

fn number(line: &str, name: &str) -> Option<f64> {
    let (_, rest) = line.split_once(name)?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_contenders_say_is_understood() {
        assert_eq!(streams("WARN x\nrestored=900000 records ms=3500\n"), Some((900_000, 3.5)));
        let one = "2026 INFO the state is there partition=0 records=40 seconds=1.5\n";
        let two = "2026 INFO the state is there partition=1 records=60 seconds=2.5\n";
        assert_eq!(springtide(&format!("{one}{two}"), 2), Some((100, 2.5)));
        assert_eq!(springtide(one, 2), None);
    }
}
