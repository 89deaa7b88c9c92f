//! What a person reads: the summary of a signal, the headline, the handoff brief.
//!
//! Every word comes from the evidence, the profile or the play's guide; nothing is invented.

mod brief;
mod summary;

pub(super) use brief::{brief, headline};
pub use brief::{escaped, purchase};
pub(super) use summary::{facts, summary};

/// A number as people write it: `12,500`, `0.5`, two decimals at most and no needless ones.
pub fn number(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    let text = format!("{rounded}");
    let (whole, rest) = text.split_at(text.find(['.', 'e']).unwrap_or(text.len()));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return text;
    }
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{rest}")
}

/// A count with its noun: `1 seat`, `3 seats`.
pub fn counted(count: f64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1.0 { one } else { many })
}

/// A share in whole percent.
pub fn percent(share: f64) -> String {
    format!("{} %", number((share * 100.0).round()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (value, want) in [
            (0.0, "0"),
            (999.0, "999"),
            (12_500.0, "12,500"),
            (1_234_567.891, "1,234,567.89"),
            (-1000.5, "-1,000.5"),
        ] {
            assert_eq!(number(value), want);
        }
        assert_eq!(percent(0.925), "93 %");
    }
}
