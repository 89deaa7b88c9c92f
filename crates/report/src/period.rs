//! Which part of the past a report is about, and calendar months.

use std::fmt;

use springtide_core::event::Segment;
use springtide_core::time::{DAY_MS, Millis, date_of, day_of, day_of_date, start_of};

/// What a report is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// The period's first instant.
    pub from: Millis,
    /// The first instant after it.
    pub to: Millis,
    /// Accounts of these segments alone; of all, where there is none.
    pub segments: Vec<Segment>,
}

impl Scope {
    /// Whether an instant is in the period.
    pub fn holds(&self, at: Millis) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// The 12 months up to and with the UTC day of an instant, as (from, to).
///
/// ```
/// use springtide_core::time::parse_rfc3339;
/// use springtide_report::year_up_to;
/// let (from, to) = year_up_to(parse_rfc3339("2026-03-02T09:30:00Z").unwrap());
/// assert_eq!(Some(from), parse_rfc3339("2025-03-03T00:00:00Z"));
/// assert_eq!(Some(to), parse_rfc3339("2026-03-03T00:00:00Z"));
/// ```
pub fn year_up_to(latest: Millis) -> (Millis, Millis) {
    let to = start_of(day_of(latest).saturating_add(1));
    (months_after(to, -12), to)
}

/// So many calendar months after an instant, or before it: the same day of the month, or its last, same time of day.
///
/// ```
/// use springtide_core::time::parse_rfc3339;
/// use springtide_report::months_after;
/// let at = |text| parse_rfc3339(text).unwrap();
/// assert_eq!(months_after(at("2025-08-31T12:00:00Z"), 6), at("2026-02-28T12:00:00Z"));
/// ```
pub fn months_after(at: Millis, months: i64) -> Millis {
    let (year, month, day) = date_of(day_of(at));
    let count = year * 12 + i64::from(month) - 1 + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) as u32 + 1);
    let date = (0..=day).rev().find_map(|day| day_of_date(year, month, day));
    date.map_or(at, |date| start_of(date) + at.rem_euclid(DAY_MS))
}

/// A quarter of a year, UTC: `2025-Q3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter {
    /// The year.
    pub year: i64,
    /// 1 to 4.
    pub quarter: u32,
}

impl Quarter {
    /// The quarter of an instant.
    pub fn of(at: Millis) -> Quarter {
        let (year, month, _) = date_of(day_of(at));
        Quarter { year, quarter: month.div_ceil(3) }
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.quarter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use springtide_core::time::parse_rfc3339;

    fn at(date: &str) -> Millis {
        parse_rfc3339(&format!("{date}T10:00:00Z")).unwrap()
    }

    #[test]
    fn months_keep_the_day_where_there_is_one() {
        for (date, months, want) in [
            ("2026-01-31", 1, "2026-02-28"),
            ("2023-08-31", 6, "2024-02-29"),
            ("2024-02-29", -12, "2023-02-28"),
            ("2025-12-15", 1, "2026-01-15"),
            ("2025-01-15", -1, "2024-12-15"),
        ] {
            assert_eq!(months_after(at(date), months), at(want), "{date} and {months} months");
        }
    }

    #[test]
    fn quarters_have_three_months() {
        for (date, want) in [("2025-01-01", "2025-Q1"), ("2025-03-31", "2025-Q1"), ("2025-12-31", "2025-Q4")]
        {
            assert_eq!(Quarter::of(at(date)).to_string(), want);
        }
    }
}
