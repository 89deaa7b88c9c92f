//! Waiting for a condition, with a deadline that only a broken program reaches.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// Longer than anything here takes on a slow, busy machine.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// Asks until there is an answer; `None` after the deadline.
pub fn until<T>(answer: impl FnMut() -> Option<T>) -> Option<T> {
    asking_every(Duration::from_millis(5), answer)
}

/// The same of somebody who is not to be asked often.
pub fn patiently<T>(answer: impl FnMut() -> Option<T>) -> Option<T> {
    asking_every(Duration::from_millis(100), answer)
}

fn asking_every<T>(pause: Duration, mut answer: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let answer = answer();
        if answer.is_some() || Instant::now() > deadline {
            return answer;
        }
        sleep(pause);
    }
}
