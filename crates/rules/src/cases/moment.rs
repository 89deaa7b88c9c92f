//! Times in tests: `day 3 09:30`, counted from the test's start, or absolute ones.

use springtide_core::time::{DAY_MS, Millis, SECOND_MS, format_rfc3339, parse_rfc3339};

use crate::mistake::Log;
use crate::read::expected;
use crate::yaml::{Node, Scalar, Value};

/// The first instant of day 1 where a file does not say: Monday, 5 January 2026.
const FIRST_DAY: Millis = 20_458 * DAY_MS;
/// A hundred years: more is a slip, and keeps sums of times far from overflow.
const MOST_DAYS: i64 = 36_500;

const WANTED: &str = "a time such as `day 3 09:30`, 2026-01-07 or 2026-01-07T09:30:00Z";

/// When day 1 begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start(Millis);

impl Default for Start {
    fn default() -> Start {
        Start(FIRST_DAY)
    }
}

impl Start {
    /// The first instant of a day; day 1 is the first, and days before it are 0, -1, …
    pub(super) fn day(self, day: i64) -> Millis {
        self.0 + (day - 1) * DAY_MS
    }

    /// An instant as a test would write it.
    pub(super) fn told(self, at: Millis) -> String {
        let day = (at - self.0).div_euclid(DAY_MS) + 1;
        let clock = format_rfc3339(at);
        let clock = clock.get(11..23).unwrap_or_default();
        let clock = clock.trim_end_matches(".000");
        format!("day {day} {}", clock.strip_suffix(":00").unwrap_or(clock))
    }
}

/// `start`: a date.
pub(super) fn start(node: &Node, log: &mut Log) -> Option<Start> {
    let at = written(node).filter(|text| text.len() == "2026-01-05".len()).and_then(absolute);
    at.map(Start).or_else(|| expected("start", "a date such as 2026-01-05", node, log))
}

/// A time.
pub(super) fn read(name: &str, node: &Node, start: Start, log: &mut Log) -> Option<Millis> {
    let at = written(node).and_then(|text| relative(text, start).or_else(|| absolute(text)));
    at.or_else(|| expected(name, WANTED, node, log))
}

fn written(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar(Scalar { text, .. }) => Some(text),
        _ => None,
    }
}

fn absolute(text: &str) -> Option<Millis> {
    parse_rfc3339(text).or_else(|| parse_rfc3339(&format!("{text}T00:00:00Z")))
}

fn relative(text: &str, start: Start) -> Option<Millis> {
    let mut words = text.strip_prefix("day ")?.split_ascii_whitespace();
    let day: i64 = words.next()?.parse().ok().filter(|day: &i64| day.abs() <= MOST_DAYS)?;
    let clock = words.next().map_or(Some(0), clock)?;
    words.next().is_none().then(|| start.day(day) + clock)
}

/// `09:30` or `09:30:15`, in milliseconds of the day.
fn clock(text: &str) -> Option<Millis> {
    let parts: Vec<&str> = text.split(':').collect();
    let is_part = |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !(2..=3).contains(&parts.len()) || !parts.iter().all(is_part) {
        return None;
    }
    let part = |at: usize| parts.get(at).map_or(Some(0), |part| part.parse::<i64>().ok());
    let (hour, minute, second) = (part(0)?, part(1)?, part(2)?);
    let fits = hour < 24 && minute < 60 && second < 60;
    fits.then(|| ((hour * 60 + minute) * 60 + second) * SECOND_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_the_start() {
        let start = Start::default();
        for (text, at) in [
            ("day 1", Some("2026-01-05T00:00:00.000Z")),
            ("day 3 09:30", Some("2026-01-07T09:30:00.000Z")),
            ("day 0 23:59:59", Some("2026-01-04T23:59:59.000Z")),
            ("day -1", Some("2026-01-03T00:00:00.000Z")),
            ("day", None),
            ("day 3 9:30", None),
            ("day 3 24:00", None),
            ("day 3 09:30 UTC", None),
            ("day 99999999", None),
            ("Day 3", None),
        ] {
            assert_eq!(relative(text, start).map(format_rfc3339).as_deref(), at, "{text}");
        }
        for text in ["day 3 09:30", "day -4 00:00", "day 1 10:00:01"] {
            assert_eq!(relative(text, start).map(|at| start.told(at)).as_deref(), Some(text));
        }
    }

    #[test]
    fn the_first_day_is_a_monday() {
        assert_eq!(springtide_core::time::weekday(FIRST_DAY / DAY_MS), 0);
        assert_eq!(absolute("2026-01-05"), Some(FIRST_DAY));
    }
}
