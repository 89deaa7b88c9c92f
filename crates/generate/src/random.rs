//! Chance from a seed: SplitMix64, written out so that no release of any library changes what is generated.

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Scatters a number over all numbers; different ones stay different.
pub fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The stream of a place, such as an account's day: no stream depends on how much another one was used.
    pub fn of(seed: u64, place: u64) -> Random {
        Random(mix(seed ^ mix(place.wrapping_add(STEP))))
    }

    /// Any number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// At least 0, below 1.
    pub fn unit(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A whole number below `bound`; 0 where there is none.
    pub fn below(&mut self, bound: u32) -> u32 {
        (((self.draw() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// Between the two, evenly.
    pub fn between(&mut self, (low, high): (f64, f64)) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number from `low` to `high`, both included.
    pub fn whole(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// One of the items, evenly. The list must not be empty.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u32) as usize]
    }

    /// Bell-shaped around 0 with a spread of 1: the sum of a few even ones, for want of an exact logarithm.
    pub fn bell(&mut self) -> f64 {
        let sum: f64 = (0..4).map(|_| self.unit()).sum();
        // Four even numbers have a variance of 4/12.
        (sum - 2.0) * 1.732
    }

    /// From a distribution given by its quantiles, as (share, value), from share 0 to share 1.
    pub fn quantile(&mut self, table: &[(f64, f64)]) -> f64 {
        let share = self.unit();
        let next = table.iter().position(|(upto, _)| share < *upto).unwrap_or(table.len() - 1).max(1);
        let ((s0, v0), (s1, v1)) = (table[next - 1], table[next]);
        v0 + (v1 - v0) * (share - s0) / (s1 - s0)
    }

    /// One of the bits that are set in the mask; `None` where none is.
    pub fn bit(&mut self, mask: u32) -> Option<u8> {
        nth_bit(mask, self.below(mask.count_ones()))
    }
}

/// The position of the `nth` set bit.
pub fn nth_bit(mut mask: u32, nth: u32) -> Option<u8> {
    for _ in 0..nth {
        mask &= mask.wrapping_sub(1);
    }
    (mask != 0).then(|| mask.trailing_zeros() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        // The reference implementation's first numbers for seed 1234567.
        let mut random = Random(1_234_567);
        assert_eq!(random.draw(), 6_457_827_717_110_365_317);
        assert_eq!(random.draw(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn draws_stay_in_their_bounds() {
        let mut random = Random::of(1, 2);
        for _ in 0..10_000 {
            assert!(random.below(3) < 3);
            assert!((5..=7).contains(&random.whole(5, 7)));
            assert!((1.0..=9.0).contains(&random.quantile(&[(0.0, 1.0), (0.5, 2.0), (1.0, 9.0)])));
            assert!(matches!(random.bit(0b1010), Some(1 | 3)));
        }
        assert_eq!((random.bit(0), random.below(0)), (None, 0));
    }
}
