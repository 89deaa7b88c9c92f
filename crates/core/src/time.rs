//! Event time: UTC milliseconds, UTC days, and their RFC 3339 form.
//!
//! Pure arithmetic on the proleptic Gregorian calendar; the machine's clock is never read here.

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// A UTC day, counted from 1970-01-01.
pub type Day = i64;

/// One second in milliseconds.
pub const SECOND_MS: Millis = 1_000;
/// One hour in milliseconds.
pub const HOUR_MS: Millis = 3_600_000;
/// One day in milliseconds.
pub const DAY_MS: Millis = 86_400_000;

/// The UTC day of an instant.
///
/// ```
/// use springtide_core::time::{day_of, DAY_MS};
/// assert_eq!(day_of(DAY_MS - 1), 0);
/// assert_eq!(day_of(-1), -1);
/// ```
pub fn day_of(at: Millis) -> Day {
    at.div_euclid(DAY_MS)
}

/// The instant at which a UTC day begins.
pub fn start_of(day: Day) -> Millis {
    day.saturating_mul(DAY_MS)
}

/// Day of the week, Monday = 0. 1970-01-01 was a Thursday.
pub fn weekday(day: Day) -> i64 {
    (day + 3).rem_euclid(7)
}

/// The day of a civil date; `None` where the date does not exist.
///
/// ```
/// use springtide_core::time::day_of_date;
/// assert_eq!(day_of_date(1970, 1, 1), Some(0));
/// assert_eq!(day_of_date(2026, 2, 29), None);
/// ```
pub fn day_of_date(year: i64, month: u32, day: u32) -> Option<Day> {
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    // Howard Hinnant, "chrono-compatible low-level date algorithms": eras of 400 years from 1 March.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The civil date of a day, as (year, month, day of month).
pub fn date_of(day: Day) -> (i64, u32, u32) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_month)
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Reads an RFC 3339 timestamp; digits beyond milliseconds are cut (SPEC section 2).
///
/// ```
/// use springtide_core::time::parse_rfc3339;
/// assert_eq!(parse_rfc3339("1970-01-01T00:00:01.0019Z"), Some(1_001));
/// assert_eq!(parse_rfc3339("1970-01-01T01:00:00+01:00"), Some(0));
/// assert_eq!(parse_rfc3339("1970-01-01"), None);
/// ```
pub fn parse_rfc3339(text: &str) -> Option<Millis> {
    let bytes = text.as_bytes();
    let (date, rest) = bytes.split_at_checked(10)?;
    let (clock, rest) = rest.split_at_checked(9)?;
    if date[4] != b'-'
        || date[7] != b'-'
        || !matches!(clock[0], b'T' | b't' | b' ')
        || clock[3] != b':'
        || clock[6] != b':'
    {
        return None;
    }
    let day = day_of_date(number(&date[..4])?, number(&date[5..7])? as u32, number(&date[8..])? as u32)?;
    let (hour, minute, second) = (number(&clock[1..3])?, number(&clock[4..6])?, number(&clock[7..])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (millis, zone) = fraction(rest)?;
    let offset_minutes = offset(zone)?;
    Some(start_of(day) + ((hour * 60 + minute - offset_minutes) * 60 + second) * SECOND_MS + millis)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + i64::from(d - b'0')))
}

/// Splits `.123456Z` into milliseconds and the zone.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else {
        return Some((0, rest));
    };
    let count = digits.iter().take_while(|d| d.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let kept = count.min(3);
    Some((number(&digits[..kept])? * 10_i64.pow(3 - kept as u32), &digits[count..]))
}

/// A zone's offset from UTC in minutes.
fn offset(zone: &[u8]) -> Option<i64> {
    match zone {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            let total = (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)?;
            Some(if *sign == b'+' { total } else { -total })
        }
        _ => None,
    }
}

/// An instant as RFC 3339 UTC with milliseconds.
///
/// ```
/// use springtide_core::time::format_rfc3339;
/// assert_eq!(format_rfc3339(1_001), "1970-01-01T00:00:01.001Z");
/// ```
pub fn format_rfc3339(at: Millis) -> String {
    let (year, month, day) = date_of(day_of(at));
    let ms = at.rem_euclid(DAY_MS);
    let (hour, minute, second) = (ms / HOUR_MS, ms / 60_000 % 60, ms / SECOND_MS % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1000)
}

/// An instant as a person reads it: `2 March 2026`.
pub fn format_date(at: Millis) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (year, month, day) = date_of(day_of(at));
    format!("{day} {} {year}", MONTHS.get(month as usize - 1).unwrap_or(&""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn odd_timestamps_are_refused() {
        for text in [
            "",
            "2026",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+1:00",
            "2026-01-01T00:00:00Zx",
            "2026-01-01T00:00:0éZ",
            "+026-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_instant_survives_its_text(at in -62_167_219_200_000_i64..253_402_300_799_999) {
            prop_assert_eq!(parse_rfc3339(&format_rfc3339(at)), Some(at));
        }
    }
}
