//! The records that nearly all are: one flat object of plain texts and plain numbers, read without a parser's
//! generality. Whatever else there is (an escape, a list, an exponent, a mistake) is left to the parser, so that what
//! is accepted and what is said of the rest is settled in one place. A property test holds the two to the same.

use std::borrow::Cow;

use crate::draft::{Draft, Raw};

/// Digits that a double holds exactly, and the quotient of two such numbers rounded once.
const EXACT_DIGITS: usize = 15;
const POWERS: [f64; EXACT_DIGITS + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// A record; `None` where it has anything that is not plain.
pub(super) fn read(text: &str) -> Option<Draft<'_>> {
    let mut rest = Rest { text, at: 0 };
    let mut draft = Draft::new();
    rest.expect(b'{')?;
    if rest.next_is(b'}') {
        rest.expect(b'}')?;
    } else {
        loop {
            let name = rest.text()?;
            rest.expect(b':')?;
            draft.put(Cow::Borrowed(name), rest.value()?);
            if !rest.next_is(b',') {
                rest.expect(b'}')?;
                break;
            }
            rest.expect(b',')?;
        }
    }
    rest.skip_space();
    (rest.at == text.len()).then_some(draft)
}

/// How many bytes come before the first quote, backslash or control character; `None` where there is none of them.
fn plain(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The high bit of each byte that is below a bound, exact up to and with the first that is (Mycroft 1987).
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word & HIGHS;
    let same = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = same(word, b'"') | same(word, b'\\') | below(word, b' ');
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let last = rest.iter().position(|byte| *byte == b'"' || *byte == b'\\' || *byte < b' ')?;
    Some(words.len() * 8 + last)
}

/// What is not read yet.
struct Rest<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Rest<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn next_is(&mut self, byte: u8) -> bool {
        self.skip_space();
        self.peek() == Some(byte)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.next_is(byte).then(|| self.at += 1)
    }

    /// A text without escapes or control characters.
    fn text(&mut self) -> Option<&'t str> {
        self.expect(b'"')?;
        let from = self.text.get(self.at..)?;
        let end = plain(from.as_bytes())?;
        // A quote ends it; before anything else there is no plain text.
        (from.as_bytes().get(end) == Some(&b'"')).then(|| self.at += end + 1)?;
        from.get(..end)
    }

    fn value(&mut self) -> Option<Raw<'t>> {
        self.skip_space();
        match self.peek()? {
            b'"' => self.text().map(|text| Raw::Text(Cow::Borrowed(text))),
            b'0'..=b'9' => self.number().map(Raw::Number),
            _ => None,
        }
    }

    /// A whole number, or one with a fraction, of so few digits that it is exact.
    fn number(&mut self) -> Option<f64> {
        let start = self.at;
        let (whole, digits) = self.digits(0)?;
        // A number that begins with 0 has no other digit before its point.
        if digits == 0 || (digits > 1 && self.text.as_bytes().get(start) == Some(&b'0')) {
            return None;
        }
        let mut value = whole as f64;
        let mut all = digits;
        if self.peek() == Some(b'.') {
            self.at += 1;
            let (both, fraction) = self.digits(whole)?;
            all += fraction;
            value = both as f64 / POWERS.get(fraction)?;
            if fraction == 0 {
                return None;
            }
        }
        // What follows a number must end it; an exponent is the parser's.
        let ends = matches!(self.peek(), Some(b',' | b'}' | b' ' | b'\n' | b'\r' | b'\t'));
        (all <= EXACT_DIGITS && ends).then_some(value)
    }

    /// Appends digits to a number; how many there were.
    fn digits(&mut self, mut number: u64) -> Option<(u64, usize)> {
        let start = self.at;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
            self.at += 1;
        }
        Some((number, self.at - start))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::{Reading, read as parse};

    fn agrees(text: &str) -> Result<bool, TestCaseError> {
        let Some(draft) = read(text) else { return Ok(false) };
        let parsed = parse(text, Reading::All);
        prop_assert!(parsed.is_ok(), "{text}: {:?}", parsed.err());
        prop_assert_eq!(format!("{draft:?}"), format!("{:?}", parsed.unwrap()), "{}", text);
        Ok(true)
    }

    #[test]
    fn plain_records_are_read_and_nothing_else_is() {
        for (text, plain) in [
            (r#"{"event_id":"e","x":46,"y":46.50,"z":0.1}"#, true),
            ("{}", true),
            (" { \"a\" : \"b\" ,\n\"c\":\t0 } ", true),
            (r#"{"a":"ä€😀"}"#, true),
            (r#"{"a":123456789012345}"#, true),
            (r#"{"a":0.000000000000001}"#, false),
            (r#"{"a":1234567890123456}"#, false),
            (r#"{"a":"\u00e4"}"#, false),
            (r#"{"a":-1}"#, false),
            (r#"{"a":1e3}"#, false),
            (r#"{"a":01}"#, false),
            (r#"{"a":1.}"#, false),
            (r#"{"a":.1}"#, false),
            (r#"{"a":1x}"#, false),
            (r#"{"a":[1]}"#, false),
            (r#"{"a":{}}"#, false),
            (r#"{"a":true}"#, false),
            (r#"{"a":null}"#, false),
            (r#"{"a":"b",}"#, false),
            (r#"{"a":"b"} x"#, false),
            (r#"{"a":"b""#, false),
            (r#"{"a":"b"#, false),
            ("{\"a\":\"\u{1}\"}", false),
            (r#"{a:1}"#, false),
            (r#"[]"#, false),
            ("", false),
        ] {
            assert_eq!(agrees(text).unwrap(), plain, "{text}");
        }
    }

    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[{}:,\" ]{1,2}",
            2 => "\"(event_id|account_id|type|occurred_at|seats_used|x)\"",
            2 => "(0|[1-9][0-9]{0,16})(\\.[0-9]{0,8})?",
            1 => "\"[a-z\\\\äß]{0,4}\"",
            1 => "[-+eE.truefalsn\\[\\]]{1,4}",
        ]
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_the_parser_reads(pieces in proptest::collection::vec(piece(), 0..12)) {
            agrees(&pieces.concat())?;
        }

        #[test]
        fn members_read_as_the_parser_reads_them(
            members in proptest::collection::vec(("[a-e_]{1,3}", piece()), 0..6),
        ) {
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            agrees(&format!("{{{}}}", members.join(",")))?;
        }
    }
}
