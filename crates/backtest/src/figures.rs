//! Shares and medians: absent where there is nothing to divide by.

use serde::Serializer;
use springtide_core::time::{Millis, format_rfc3339};

/// `part` in a hundred of `whole`; absent where `whole` is nothing.
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

/// The middle of some numbers, or the mean of the two in the middle.
pub(crate) fn median(numbers: &mut [f64]) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let upper = *numbers.get(numbers.len() / 2)?;
    let lower = *numbers.get((numbers.len() - 1) / 2)?;
    // Not `lower + half of the difference`: to turn all signs is to turn the sign of this.
    Some((lower + upper) / 2.0)
}

/// An instant as RFC 3339.
pub(crate) fn instant<S: Serializer>(at: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format_rfc3339(*at))
}
