//! JSON through serde's derived decoders; instants in the one form that the workload writes.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use springtide_core::event::Topic;
use springtide_core::time::Millis;

use super::{Record, unread};
use crate::load::Failure;

const DAY_MS: i64 = 86_400_000;

pub(super) fn decode(topic: Topic, value: &[u8]) -> Result<Record<'_>, Failure> {
    Ok(match topic {
        Topic::ProductUsage => Record::Usage(serde_json::from_slice(value)?),
        Topic::BusinessSignals => Record::Business(serde_json::from_slice(value)?),
        Topic::AccountProfiles => Record::Profile(serde_json::from_slice(value)?),
        other => return Err(unread(other)),
    })
}

pub(super) fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Millis, D::Error> {
    let text = <&str>::deserialize(from)?;
    millis(text.as_bytes()).ok_or_else(|| D::Error::custom("no instant"))
}

pub(super) fn perhaps<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Millis>, D::Error> {
    instant(from).map(Some)
}

/// `2026-03-02T09:30:00.000Z`, and nothing else.
fn millis(text: &[u8]) -> Option<Millis> {
    let [y1, y2, y3, y4, b'-', o1, o2, b'-', d1, d2, b'T', rest @ ..] = text else { return None };
    let [h1, h2, b':', m1, m2, b':', s1, s2, b'.', f1, f2, f3, b'Z'] = rest else { return None };
    let mut sound = true;
    let mut number = |digits: &[&u8]| {
        digits.iter().fold(0_i64, |number, digit| {
            sound &= digit.is_ascii_digit();
            number * 10 + i64::from(digit.wrapping_sub(b'0'))
        })
    };
    let (year, month, day) = (number(&[y1, y2, y3, y4]), number(&[o1, o2]), number(&[d1, d2]));
    let (hour, minute, second) = (number(&[h1, h2]), number(&[m1, m2]), number(&[s1, s2]));
    let fraction = number(&[f1, f2, f3]);
    // Days since 1970, with years that begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469;
    sound.then_some(days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1_000 + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_those_that_were_written() {
        for at in (0..2_000).map(|step| step * 1_234_567_891).chain([0, 951_782_400_000, 1_709_164_799_999]) {
            assert_eq!(millis(springtide_core::time::format_rfc3339(at).as_bytes()), Some(at), "{at}");
        }
        assert_eq!(millis(b"2026-03-0xT09:30:00.000Z"), None);
    }
}
