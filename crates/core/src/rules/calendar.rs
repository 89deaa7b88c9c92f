//! Business days: Monday to Friday, less configured holidays, in UTC (SPEC 3.4, 3.9).

use crate::time::{DAY_MS, Day, Millis, day_of, start_of, weekday};

/// A length of time: by the clock, or in business days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// `5d`: so many milliseconds.
    Time(Millis),
    /// `5bd`: so many business days.
    BusinessDays(i64),
}

/// Which days are business days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Weekdays that are none, sorted.
    holidays: Vec<Day>,
}

impl Calendar {
    /// A calendar with these holidays; those on a weekend change nothing.
    pub fn new(mut holidays: Vec<Day>) -> Calendar {
        holidays.retain(|day| weekday(*day) < 5);
        holidays.sort_unstable();
        holidays.dedup();
        Calendar { holidays }
    }

    /// Whether a day is a business day.
    pub fn is_business_day(&self, day: Day) -> bool {
        weekday(day) < 5 && self.holidays.binary_search(&day).is_err()
    }

    /// The earliest instant inside the window that ends at `at`. A signal at *s* ≤ `at` is in a window of
    /// *n* business days when at most *n* of the dates after its own, up to `at`'s, are business days.
    ///
    /// ```
    /// use springtide_core::{rules::{Calendar, Span}, time::parse_rfc3339};
    /// let monday = parse_rfc3339("2026-03-09T12:00:00Z").unwrap();
    /// let start = Calendar::default().window_start(monday, Span::BusinessDays(1));
    /// // Friday counts from its first instant: only Monday is a business day after it.
    /// assert_eq!(start, parse_rfc3339("2026-03-06T00:00:00Z").unwrap());
    /// ```
    pub fn window_start(&self, at: Millis, window: Span) -> Millis {
        match window {
            Span::Time(ms) => at.saturating_sub(ms),
            Span::BusinessDays(count) => {
                let mut day = day_of(at);
                let mut left = count;
                // `day` belongs to the window; the day before does while `day` itself can still be counted.
                loop {
                    if self.is_business_day(day) {
                        if left == 0 {
                            return start_of(day);
                        }
                        left -= 1;
                    }
                    day -= 1;
                }
            }
        }
    }

    /// The last instant whose window holds `at`.
    pub fn window_end(&self, at: Millis, window: Span) -> Millis {
        match window {
            Span::Time(ms) => at.saturating_add(ms),
            Span::BusinessDays(count) => {
                let mut day = day_of(at);
                let mut left = count;
                loop {
                    day += 1;
                    if self.is_business_day(day) {
                        if left == 0 {
                            return start_of(day) - 1;
                        }
                        left -= 1;
                    }
                }
            }
        }
    }

    /// `at` plus a span. Business days keep the time of day; from a day that is none, the count starts at
    /// the next business day's start (SPEC 3.9).
    pub fn add(&self, at: Millis, span: Span) -> Millis {
        match span {
            Span::Time(ms) => at.saturating_add(ms),
            Span::BusinessDays(count) => {
                let (mut day, mut rest) = (day_of(at), at.rem_euclid(DAY_MS));
                while !self.is_business_day(day) {
                    day += 1;
                    rest = 0;
                }
                let mut left = count;
                while left > 0 {
                    day += 1;
                    left -= i64::from(self.is_business_day(day));
                }
                start_of(day) + rest
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{day_of_date, parse_rfc3339};
    use proptest::prelude::*;

    fn calendar() -> Calendar {
        Calendar::new(day_of_date(2026, 12, 25).into_iter().collect())
    }

    fn at(text: &str) -> Millis {
        parse_rfc3339(text).unwrap()
    }

    #[test]
    fn act_by_counts_business_days() {
        for (opened, want) in [
            ("2026-03-02T09:30:00Z", "2026-03-09T09:30:00Z"), // Monday to Monday
            ("2026-03-07T09:30:00Z", "2026-03-16T00:00:00Z"), // Saturday: from Monday's start
            ("2026-12-24T10:00:00Z", "2027-01-01T10:00:00Z"), // over a holiday
        ] {
            assert_eq!(calendar().add(at(opened), Span::BusinessDays(5)), at(want), "{opened}");
        }
    }

    proptest! {
        #[test]
        fn windows_agree_with_counting(
            end in 20_440_i64 * DAY_MS..20_500 * DAY_MS, back in 0_i64..20 * DAY_MS, days in 0_i64..7,
        ) {
            let (calendar, from) = (calendar(), end - back);
            let between = (day_of(from) + 1..=day_of(end)).filter(|day| calendar.is_business_day(*day)).count();
            let inside = between as i64 <= days;
            let window = Span::BusinessDays(days);
            prop_assert_eq!(calendar.window_start(end, window) <= from, inside);
            prop_assert_eq!(calendar.window_end(from, window) >= end, inside);
        }
    }
}
