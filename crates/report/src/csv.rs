//! The report as CSV (RFC 4180): a figure a line, so that a spreadsheet filters and pivots it.

use crate::rows::{Row, Value};

/// A table of figures with its head.
pub fn csv(rows: &[Row]) -> String {
    let head = ["section", "group", "detail", "currency", "measure", "unit", "value"].join(",");
    let lines = rows.iter().map(|row| {
        let value = match &row.value {
            None => String::new(),
            Some(Value::Number(number)) => rounded(*number),
            Some(Value::Words(words)) => text(words),
        };
        let [group, detail, currency] = [&row.group, &row.detail, &row.currency].map(|cell| text(cell));
        [row.section, &group, &detail, &currency, row.measure, row.unit, &value].join(",")
    });
    std::iter::once(head).chain(lines).map(|line| line + "\r\n").collect()
}

/// Four decimals at most: sums of doubles have a hair of noise behind them.
fn rounded(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A cell of words. What a spreadsheet would take for a formula gets an apostrophe in front: reasons and names of plays
/// come from outside.
fn text(words: &str) -> String {
    let formula = words.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let words = if formula { format!("'{words}") } else { words.to_owned() };
    if words.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", words.replace('"', "\"\""));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        for (words, want) in [
            ("plain", "plain"),
            ("", ""),
            ("a, b", "\"a, b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("-, x", "\"'-, x\""),
        ] {
            assert_eq!(text(words), want);
        }
    }

    #[test]
    fn numbers_are_short() {
        for (number, want) in [
            (8.0, "8"),
            (40.0 / 3.0, "13.3333"),
            (0.1 + 0.2, "0.3"),
            (-0.00001, "0"),
            (1200.5, "1200.5"),
            (100.0, "100"),
        ] {
            assert_eq!(rounded(number), want);
        }
    }
}
