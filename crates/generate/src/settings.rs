//! What to generate.

use springtide_core::time::{DAY_MS, Millis, day_of, start_of};

/// What to generate: equal settings give equal bytes.
///
/// ```
/// use springtide_generate::Settings;
/// let settings = Settings { outcomes: true, ..Settings::new(7, 200, 60, 1_767_225_600_000) };
/// assert_eq!(settings.activity, 1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Another seed is another world.
    pub seed: u64,
    /// How many customers. A customer is the same whatever their number is.
    pub accounts: u32,
    /// How many days.
    pub days: u32,
    /// The first day: the UTC day that this instant lies in.
    pub start: Millis,
    /// Visits of an active user, 1 being usual: the knob for volume.
    pub activity: f64,
    /// The share of accounts that are growing or exploding, 0 to 1.
    pub expanding: f64,
    /// Order records by when they arrive instead of when they happened: business records come hours to ten days
    /// late, usage seconds to minutes. The records themselves stay the same.
    pub disorder: bool,
    /// Include what became of opportunities. Their ids are made up.
    pub outcomes: bool,
}

impl Settings {
    /// The usual settings for a seed, a number of accounts and days, and a first day.
    ///
    /// ```
    /// use springtide_generate::Settings;
    /// assert!(!Settings::new(1, 10, 30, 0).disorder);
    /// ```
    pub fn new(seed: u64, accounts: u32, days: u32, start: Millis) -> Settings {
        Settings {
            seed,
            accounts,
            days,
            start,
            activity: 1.0,
            expanding: 0.2,
            disorder: false,
            outcomes: false,
        }
    }

    /// The first instant that a record may have.
    ///
    /// ```
    /// use springtide_generate::Settings;
    /// assert_eq!(Settings::new(1, 10, 30, 90_000_000).first_instant(), 86_400_000);
    /// ```
    pub fn first_instant(&self) -> Millis {
        start_of(day_of(self.start))
    }

    /// The first instant that no record has any more.
    ///
    /// ```
    /// use springtide_generate::Settings;
    /// assert_eq!(Settings::new(1, 10, 30, 0).end(), 30 * 86_400_000);
    /// ```
    pub fn end(&self) -> Millis {
        self.first_instant() + i64::from(self.days) * DAY_MS
    }
}
