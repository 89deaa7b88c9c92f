//! How often somebody may ask: often enough for people and tools, too seldom to keep others from asking.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Requests at once.
const BURST: f64 = 200.0;
/// Requests a second after that.
const A_SECOND: f64 = 50.0;
/// So many people are remembered at once; those who have not asked for long are forgotten.
const PEOPLE: usize = 10_000;

/// What is left to each who asked of late.
#[derive(Debug, Default)]
pub(super) struct Limit(HashMap<String, (f64, Instant)>);

impl Limit {
    /// Counts a request; how long to wait where it is one too many.
    pub fn takes(&mut self, name: &str, now: Instant) -> Result<(), Duration> {
        if self.0.len() >= PEOPLE {
            let whole = Duration::from_secs_f64(BURST / A_SECOND);
            self.0.retain(|_, (_, last)| now.saturating_duration_since(*last) < whole);
        }
        let (left, last) = self.0.entry(name.to_owned()).or_insert((BURST, now));
        *left = (*left + now.saturating_duration_since(*last).as_secs_f64() * A_SECOND).min(BURST);
        *last = now;
        if *left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - *left) / A_SECOND));
        }
        *left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_so_many_a_second_and_each_has_their_own() {
        let (mut limit, start) = (Limit::default(), Instant::now());
        let taken = (0..300).filter(|_| limit.takes("ann", start).is_ok()).count();
        assert_eq!(taken, 200);
        assert!(limit.takes("bob", start).is_ok());
        let wait = limit.takes("ann", start).unwrap_err();
        assert!(wait <= Duration::from_millis(50), "{wait:?}");
        let later = start + Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| limit.takes("ann", later).is_ok()).count(), 50);
        let long_after = later + Duration::from_secs(1_000);
        assert_eq!((0..300).filter(|_| limit.takes("ann", long_after).is_ok()).count(), 200);
    }
}
