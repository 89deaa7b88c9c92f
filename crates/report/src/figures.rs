//! Shares, medians and amounts: absent where there is nothing to divide by.

use serde::Serializer;
use springtide_core::time::{Millis, format_rfc3339};

/// Smaller differences between two amounts of money are none: half a hundredth of the currency's unit.
const NO_CHANGE: f64 = 0.005;

/// `part` in a hundred of `whole`; absent where `whole` is nothing, or the share is no number.
pub(crate) fn percent(part: f64, whole: f64) -> Option<f64> {
    ratio(part * 100.0, whole)
}

/// `part ÷ whole`; absent where `whole` is nothing, or the ratio is no number.
pub(crate) fn ratio(part: f64, whole: f64) -> Option<f64> {
    Some(part / whole).filter(|ratio| whole > 0.0 && ratio.is_finite())
}

/// A share of two counts.
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    percent(part as f64, whole as f64)
}

/// The middle of some numbers, or the mean of the two in the middle.
pub(crate) fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let upper = *numbers.get(numbers.len() / 2)?;
    let lower = *numbers.get((numbers.len() - 1) / 2)?;
    Some(lower + (upper - lower) / 2.0)
}

/// The mean of some numbers.
pub(crate) fn mean(numbers: &[f64]) -> Option<f64> {
    ratio(numbers.iter().sum(), numbers.len() as f64)
}

/// An amount of money; what is no number, or negative, is nothing. Records have no such amounts (SPEC section 2).
pub(crate) fn amount(number: f64) -> f64 {
    if number.is_finite() && number > 0.0 { number } else { 0.0 }
}

/// How much more `after` is than `before`; 0 where that is no change.
pub(crate) fn change(before: f64, after: f64) -> f64 {
    let change = after - before;
    if change.abs() < NO_CHANGE { 0.0 } else { change }
}

/// An instant as RFC 3339.
pub(crate) fn instant<S: Serializer>(at: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format_rfc3339(*at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_value_is_absent() {
        assert_eq!(percent(1.0, 0.0), None);
        assert_eq!(percent(f64::INFINITY, f64::INFINITY), None);
        assert_eq!(percent(1e308, 1.0), None);
        assert_eq!((median(Vec::new()), mean(&[])), (None, None));
    }

    #[test]
    fn less_than_half_a_cent_is_no_change() {
        assert_eq!(change(100.0, 100.004), 0.0);
        assert!(change(100.0, 100.01) > 0.0 && change(100.0, 99.99) < 0.0);
    }

    #[test]
    fn medians_are_in_the_middle() {
        for (numbers, want) in
            [(vec![3.0], 3.0), (vec![4.0, 1.0], 2.5), (vec![9.0, 1.0, 2.0], 2.0), (vec![1e308, 1e308], 1e308)]
        {
            assert_eq!(median(numbers), Some(want));
        }
    }
}
