//! Lengths of time and dates.

use springtide_core::rules::Span;
use springtide_core::time::{DAY_MS, Day, HOUR_MS, Millis, SECOND_MS, day_of_date};

use super::expected;
use crate::mistake::Log;
use crate::yaml::{Node, Scalar, Value};

/// A hundred years: more is a slip, and keeps sums of times far from overflow.
const MOST_MS: Millis = 36_500 * DAY_MS;
/// Four years of business days: they are counted one by one.
const MOST_BUSINESS_DAYS: i64 = 1_000;

const WANTED: &str = "a duration such as 90s, 15m, 6h or 5d";

/// A duration by the clock.
pub(crate) fn duration(name: &str, node: &Node, log: &mut Log) -> Option<Millis> {
    match written(node).and_then(parse) {
        Some(Span::Time(ms)) => Some(ms),
        Some(Span::BusinessDays(_)) => {
            let message = format!("`{name}`: expected {WANTED}, found {}", node.describe());
            log.mistake(
                node.place,
                message,
                "business days are for `window` and `act_within` only".to_owned(),
            );
            None
        }
        None => expected(name, WANTED, node, log),
    }
}

/// A duration by the clock or in business days.
pub(crate) fn span(name: &str, node: &Node, log: &mut Log) -> Option<Span> {
    let parsed = written(node).and_then(parse);
    parsed.or_else(|| expected(name, "a duration such as 90s, 15m, 6h, 5d or 5bd (business days)", node, log))
}

fn written(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar(Scalar { text, .. }) => Some(text),
        _ => None,
    }
}

fn parse(text: &str) -> Option<Span> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let count: i64 = count.parse().ok()?;
    let unit_ms = match unit {
        "s" => SECOND_MS,
        "m" => 60 * SECOND_MS,
        "h" => HOUR_MS,
        "d" => DAY_MS,
        "bd" => return (count <= MOST_BUSINESS_DAYS).then_some(Span::BusinessDays(count)),
        _ => return None,
    };
    count.checked_mul(unit_ms).filter(|ms| *ms <= MOST_MS).map(Span::Time)
}

/// A date.
pub(crate) fn holiday(node: &Node, log: &mut Log) -> Option<Day> {
    let day = written(node).and_then(date);
    day.or_else(|| expected("holidays", "a date such as 2026-12-25", node, log))
}

fn date(text: &str) -> Option<Day> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shape {
        return None;
    }
    // The shape is checked: ASCII, digits where numbers are read.
    day_of_date(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_count_and_a_unit() {
        for (text, span) in [
            ("90s", Some(Span::Time(90_000))),
            ("15m", Some(Span::Time(900_000))),
            ("6h", Some(Span::Time(6 * HOUR_MS))),
            ("5d", Some(Span::Time(5 * DAY_MS))),
            ("5bd", Some(Span::BusinessDays(5))),
            ("0d", Some(Span::Time(0))),
            ("1.5d", None),
            ("-1d", None),
            ("d", None),
            ("5", None),
            ("5 d", None),
            ("5w", None),
            ("99999999999999999999d", None),
            ("9999999999999d", None),
            ("1001bd", None),
        ] {
            assert_eq!(parse(text), span, "{text}");
        }
    }

    #[test]
    fn dates_have_one_form() {
        assert_eq!(date("1970-01-02"), Some(1));
        for text in ["2026-02-30", "2026-1-2", "26-01-02", "2026-01-02T00:00:00Z", "２２-01-02", ""] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
