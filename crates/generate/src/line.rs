//! Records as text: JSON written straight into a string, with no tree in between.

use std::fmt::Write;

use springtide_core::event::{Kind, Topic};
use springtide_core::time::{DAY_MS, Millis, date_of, day_of};

use crate::draft::{Draft, What};
use crate::random::mix;
use crate::words::catalog::{FEATURES, METERS};

/// An object under construction: the members so far, each with a comma in front.
#[derive(Debug, Default)]
pub struct Members(String);

impl Members {
    /// The members of a record that has a `type`, so far only that.
    pub fn of(kind: Kind) -> Members {
        Members::default().text("type", kind.name())
    }

    fn key(&mut self, key: &str) {
        self.0.push_str(",\"");
        self.0.push_str(key);
        self.0.push_str("\":");
    }

    fn quoted(&mut self, text: &str) {
        // All words are this crate's own: none needs an escape.
        debug_assert!(!text.contains(['"', '\\']) && !text.contains(char::is_control), "{text:?}");
        self.0.push('"');
        self.0.push_str(text);
        self.0.push('"');
    }

    /// A string.
    pub fn text(mut self, key: &str, text: &str) -> Members {
        self.key(key);
        self.quoted(text);
        self
    }

    /// A whole number.
    pub fn count(mut self, key: &str, number: u32) -> Members {
        self.key(key);
        self.0.push_str(itoa::Buffer::new().format(number));
        self
    }

    /// A number with this many decimals.
    pub fn amount(mut self, key: &str, number: f64, decimals: usize) -> Members {
        self.key(key);
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{number:.decimals$}");
        self
    }

    /// A time.
    pub fn time(mut self, key: &str, at: Millis) -> Members {
        self.key(key);
        self.0.push('"');
        push_time(&mut self.0, at);
        self.0.push('"');
        self
    }

    /// A person of the vendor's or customer's, numbered: `u17`.
    fn user(mut self, user: u32) -> Members {
        self.key("user_id");
        self.0.push_str("\"u");
        self.0.push_str(itoa::Buffer::new().format(user));
        self.0.push('"');
        self
    }

    /// A list of strings.
    pub fn list<T: AsRef<str>>(mut self, key: &str, items: impl IntoIterator<Item = T>) -> Members {
        self.key(key);
        self.0.push('[');
        for (position, item) in items.into_iter().enumerate() {
            if position > 0 {
                self.0.push(',');
            }
            self.quoted(item.as_ref());
        }
        self.0.push(']');
        self
    }

    /// An object in the object.
    pub fn object(mut self, key: &str, members: Members) -> Members {
        self.key(key);
        self.0.push('{');
        self.0.push_str(members.0.get(1..).unwrap_or(""));
        self.0.push('}');
        self
    }

    /// The finished members.
    pub fn finish(self) -> Box<str> {
        self.0.into_boxed_str()
    }
}

/// The record of a draft. The event id is a scattered (account, serial), so it is unique without a memory of ids.
pub fn line(seed: u64, draft: &Draft) -> (Topic, String) {
    let id = mix((u64::from(draft.account) << 32 | u64::from(draft.serial)) ^ mix(seed));
    let mut head = String::with_capacity(192);
    head.push_str("{\"event_id\":\"e");
    push_hex(&mut head, id);
    head.push_str("\",\"account_id\":\"acct-");
    push_padded(&mut head, draft.account, 6);
    head.push_str("\",\"occurred_at\":\"");
    push_time(&mut head, draft.at);
    head.push('"');
    let mut text = members(Members(head), &draft.what).0;
    text.push('}');
    (draft.what.topic(), text)
}

fn members(head: Members, what: &What) -> Members {
    match what {
        What::Visit { user } => head.text("type", Kind::UserActivity.name()).user(*user),
        What::Use { feature, user } => head
            .text("type", Kind::FeatureUsed.name())
            .text("feature", FEATURES[usize::from(*feature)])
            .user(*user),
        What::Seats { used, licensed } => {
            let members = head.text("type", Kind::SeatSnapshot.name()).count("seats_used", *used);
            match licensed {
                Some(seats) => members.count("seats_licensed", *seats),
                None => members,
            }
        }
        What::Reading { meter, used, limit } => {
            let members = head.text("type", Kind::MeterReading.name());
            let members = members.text("meter", METERS[usize::from(*meter)].0).amount("used", *used, 1);
            match limit {
                Some(limit) => members.amount("limit", *limit, 0),
                None => members,
            }
        }
        What::Other(_, rest) => Members(head.0 + rest),
    }
}

fn push_hex(out: &mut String, number: u64) {
    (0..16).rev().for_each(|place| {
        let digit = b"0123456789abcdef"[(number >> (4 * place)) as usize & 15];
        out.push(char::from(digit));
    });
}

fn push_padded(out: &mut String, number: u32, width: usize) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number);
    (digits.len()..width).for_each(|_| out.push('0'));
    out.push_str(digits);
}

/// As [`springtide_core::time::format_rfc3339`], but without the machinery of formatting: a time is in every record.
fn push_time(out: &mut String, at: Millis) {
    let (year, month, day) = date_of(day_of(at));
    let ms = at.rem_euclid(DAY_MS) as u32;
    let parts = [
        (year as u32, 4, '-'),
        (month, 2, '-'),
        (day, 2, 'T'),
        (ms / 3_600_000, 2, ':'),
        (ms / 60_000 % 60, 2, ':'),
        (ms / 1_000 % 60, 2, '.'),
        (ms % 1_000, 3, 'Z'),
    ];
    for (number, width, end) in parts {
        push_padded(out, number, width);
        out.push(end);
    }
}

#[cfg(test)]
mod tests {
    use springtide_core::time::format_rfc3339;

    use super::*;

    #[test]
    fn times_are_written_as_core_writes_them() {
        for at in [0, 1, 951_782_399_999, 1_767_225_600_000, 1_767_272_401_007] {
            let mut text = String::new();
            push_time(&mut text, at);
            assert_eq!(text, format_rfc3339(at));
        }
    }

    #[test]
    fn members_are_json() {
        let inner = Members::default().amount("x", 1.25, 1);
        let members = Members::default().count("n", 3).list("l", ["a", "b"]).object("o", inner).time("t", 0);
        let expected = r#","n":3,"l":["a","b"],"o":{"x":1.2},"t":"1970-01-01T00:00:00.000Z""#;
        assert_eq!(&*members.finish(), expected);
    }
}
