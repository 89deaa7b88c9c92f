//! Waiting for a condition, with a deadline that only a broken program reaches.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// Longer than anything here takes on a slow, busy machine.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// Asks until there is an answer; `None` after the deadline.
pub fn until<T>(mut answer: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let answer = answer();
        if answer.is_some() || Instant::now() > deadline {
            return answer;
        }
        sleep(Duration::from_millis(5));
    }
}
