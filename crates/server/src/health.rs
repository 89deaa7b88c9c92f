//! When a pipeline is alive and when it is ready, and why not.
//!
//! Alive: a new start would not help. Waiting for brokers, a rebalance or state that is being brought back is no reason
//! to begin anew; a worker that does not poll is. Ready: it works on every partition that it was given.

use std::time::Duration;

/// How long a worker may not poll. A commit that hangs is given up sooner; the group takes a silent member's
/// partitions after 5 minutes (`max.poll.interval.ms`).
pub const LONGEST_SILENCE: Duration = Duration::from_secs(240);

/// How far a pipeline has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// It waits for its brokers and topics, or checks them.
    #[default]
    Checking,
    /// Its workers work.
    Working,
    /// It was told to end.
    Ending,
}

/// How a pipeline is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// How far it has come.
    pub phase: Phase,
    /// Its workers, but those that have ended in good order.
    pub workers: Vec<Worker>,
}

/// How a worker is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worker {
    /// Its number.
    pub number: usize,
    /// How long it has not polled; since its start, where it never has.
    pub silence: Duration,
    /// Whether the group has said which partitions are its.
    pub joined: bool,
    /// Partitions that the group gave it.
    pub owned: usize,
    /// Those of them whose state is there.
    pub running: usize,
    /// Whether it can write transactions: partitions are opened only then.
    pub writes: bool,
}

/// Yes or no, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is so.
    pub holds: bool,
    /// Why, in words.
    pub reason: String,
}

fn yes(reason: impl Into<String>) -> Verdict {
    Verdict { holds: true, reason: reason.into() }
}

fn no(reason: impl Into<String>) -> Verdict {
    Verdict { holds: false, reason: reason.into() }
}

impl Health {
    /// Whether it is alive: every worker polls.
    ///
    /// ```
    /// use std::time::Duration;
    /// use springtide_server::{Health, Phase, Worker};
    /// let worker = Worker { number: 1, silence: Duration::from_secs(300), ..Worker::default() };
    /// let health = Health { phase: Phase::Working, workers: vec![worker] };
    /// assert_eq!(health.live().reason, "worker 1 has not polled for 300 s, of 240 s at most");
    /// ```
    pub fn live(&self) -> Verdict {
        let Some(quietest) = self.workers.iter().max_by_key(|worker| worker.silence) else {
            return match self.phase {
                Phase::Checking => yes("waiting for brokers and topics, or checking them"),
                Phase::Working | Phase::Ending => yes("no worker is left: ending"),
            };
        };
        if quietest.silence > LONGEST_SILENCE {
            return no(format!(
                "worker {} has not polled for {} s, of {} s at most",
                quietest.number,
                quietest.silence.as_secs(),
                LONGEST_SILENCE.as_secs()
            ));
        }
        yes("every worker polls")
    }

    /// Whether it has begun: brokers and topics are there and as they should be. Until then a probe for life would say
    /// nothing, however long that takes.
    pub fn started(&self) -> Verdict {
        match self.phase {
            Phase::Checking => no("waiting for brokers and topics, or checking them"),
            Phase::Working | Phase::Ending => yes("brokers and topics are checked"),
        }
    }

    /// Whether it works on all that it was given.
    pub fn ready(&self) -> Verdict {
        match self.phase {
            Phase::Checking => return no("waiting for brokers and topics, or checking them"),
            Phase::Ending => return no("ending"),
            Phase::Working if self.workers.is_empty() => return no("no worker is left: ending"),
            Phase::Working => {}
        }
        let waiting = self.workers.iter().filter(|worker| !worker.joined).count();
        if waiting > 0 {
            let all = self.workers.len();
            return no(format!("waiting for the consumer group: {waiting} of {}", counted(all, "worker")));
        }
        let owned: usize = self.workers.iter().map(|worker| worker.owned).sum();
        let running: usize = self.workers.iter().map(|worker| worker.running).sum();
        let mute =
            self.workers.iter().filter(|worker| !worker.writes && worker.running < worker.owned).count();
        if mute > 0 {
            let all = counted(self.workers.len(), "worker");
            return no(format!("waiting for the brokers to let {mute} of {all} write transactions"));
        }
        match owned.saturating_sub(running) {
            0 if owned == 0 => yes("the consumer group has no partition for this process"),
            0 => yes(format!("working on {}", counted(owned, "partition"))),
            left => no(format!("restoring {left} of {}", counted(owned, "partition"))),
        }
    }
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(seconds: u64, joined: bool, owned: usize, running: usize) -> Worker {
        Worker { number: 0, silence: Duration::from_secs(seconds), joined, owned, running, writes: true }
    }

    /// (alive, ready and why).
    fn check(phase: Phase, workers: &[Worker], live: bool, ready: bool, reason: &str) {
        let health = Health { phase, workers: workers.to_vec() };
        assert_eq!(health.live().holds, live, "{health:?}");
        let verdict = health.ready();
        assert_eq!((verdict.holds, &*verdict.reason), (ready, reason), "{health:?}");
    }

    #[test]
    fn ready_is_who_works_on_all_it_was_given() {
        use Phase::{Checking, Ending, Working};
        let (whole, spare) = (worker(0, true, 5, 5), worker(0, true, 0, 0));
        check(Checking, &[], true, false, "waiting for brokers and topics, or checking them");
        check(
            Working,
            &[worker(0, false, 0, 0)],
            true,
            false,
            "waiting for the consumer group: 1 of 1 worker",
        );
        check(
            Working,
            &[whole, worker(9, false, 0, 0)],
            true,
            false,
            "waiting for the consumer group: 1 of 2 workers",
        );
        check(Working, &[whole, worker(1, true, 3, 0)], true, false, "restoring 3 of 8 partitions");
        let mute = Worker { writes: false, ..worker(1, true, 3, 0) };
        let reason = "waiting for the brokers to let 1 of 2 workers write transactions";
        check(Working, &[whole, mute], true, false, reason);
        check(Working, &[whole, Worker { writes: false, ..spare }], true, true, "working on 5 partitions");
        check(Working, &[whole, spare], true, true, "working on 5 partitions");
        check(Working, &[worker(0, true, 1, 1)], true, true, "working on 1 partition");
        check(Working, &[spare], true, true, "the consumer group has no partition for this process");
        check(Working, &[], true, false, "no worker is left: ending");
        check(Ending, &[whole], true, false, "ending");
    }

    #[test]
    fn begun_is_what_has_checked_brokers_and_topics() {
        for (phase, started) in [(Phase::Checking, false), (Phase::Working, true), (Phase::Ending, true)] {
            assert_eq!(Health { phase, workers: Vec::new() }.started().holds, started, "{phase:?}");
        }
    }

    #[test]
    fn alive_is_whose_every_worker_polls_whatever_it_waits_for() {
        let limit = LONGEST_SILENCE.as_secs();
        for (joined, running) in [(false, 0), (true, 0), (true, 2)] {
            for (seconds, live) in [(0, true), (limit, true), (limit + 1, false)] {
                let workers = vec![worker(0, true, 1, 1), worker(seconds, joined, 2, running)];
                for phase in [Phase::Working, Phase::Ending] {
                    let verdict = Health { phase, workers: workers.clone() }.live();
                    assert_eq!(verdict.holds, live, "{workers:?}: {}", verdict.reason);
                }
            }
        }
    }
}
