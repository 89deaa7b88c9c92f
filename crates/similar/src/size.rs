//! How large a customer is, in bands that are wide enough to have others in them.

use springtide_core::event::Profile;

/// The least of each band above the first.
const SEATS: [f64; 4] = [10.0, 50.0, 200.0, 1_000.0];
const REVENUE: [f64; 4] = [100.0, 1_000.0, 10_000.0, 100_000.0];

/// A band of size: that of the seats bought where the profile tells them, else that of the monthly revenue, in its own
/// currency, since amounts of two currencies do not compare.
///
/// | band | seats | monthly revenue |
/// |---|---|---|
/// | 0 | below 10 | below 100 |
/// | 1 | below 50 | below 1,000 |
/// | 2 | below 200 | below 10,000 |
/// | 3 | below 1,000 | below 100,000 |
/// | 4 | 1,000 or more | 100,000 or more |
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Size {
    /// By seats.
    Seats(u8),
    /// By monthly revenue in a currency.
    Revenue(u8, Box<str>),
}

impl Size {
    /// A profile's.
    pub fn of(profile: &Profile) -> Size {
        match profile.seats_licensed {
            Some(seats) => Size::Seats(band(seats, SEATS)),
            None => Size::Revenue(band(profile.mrr, REVENUE), profile.currency.clone()),
        }
    }
}

fn band(value: f64, least: [f64; 4]) -> u8 {
    least.into_iter().map(|least| u8::from(value >= least)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_begin_where_they_say() {
        for (seats, wanted) in
            [(0.0, 0), (9.0, 0), (10.0, 1), (49.0, 1), (50.0, 2), (200.0, 3), (999.0, 3), (1e9, 4)]
        {
            assert_eq!(band(seats, SEATS), wanted, "{seats}");
        }
        assert_eq!((band(99.9, REVENUE), band(1_000.0, REVENUE), band(100_000.0, REVENUE)), (0, 2, 4));
    }
}
