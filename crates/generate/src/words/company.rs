//! Companies: a coined stem and a trade, no two accounts alike.

use std::fmt::Write;

const HEADS: [&str; 38] = [
    "Alder", "Aster", "Bramble", "Brindle", "Calder", "Cinder", "Clover", "Corran", "Dapple", "Drover",
    "Ember", "Fallow", "Fenn", "Gorse", "Hazel", "Hollin", "Juniper", "Kestrel", "Larch", "Linnet", "Marl",
    "Merrow", "Oriel", "Osier", "Pebble", "Quill", "Rowan", "Russet", "Sable", "Sedge", "Sorrel", "Teasel",
    "Thistle", "Umber", "Verdin", "Whin", "Wren", "Yarrow",
];
const TAILS: [&str; 24] = [
    "beck", "bourne", "combe", "crest", "croft", "dell", "fell", "garth", "gate", "holm", "hurst", "kirk",
    "leigh", "mere", "mond", "more", "reach", "shaw", "stead", "thorpe", "vale", "wick", "wold", "wyn",
];
const TRADES: [(&str, &str); 20] = [
    ("Logistics", "logistics"),
    ("Freight", "logistics"),
    ("Foods", "food"),
    ("Provisions", "food"),
    ("Software", "software"),
    ("Systems", "software"),
    ("Analytics", "software"),
    ("Health", "healthcare"),
    ("Diagnostics", "healthcare"),
    ("Energy", "energy"),
    ("Textiles", "manufacturing"),
    ("Tooling", "manufacturing"),
    ("Robotics", "manufacturing"),
    ("Media", "media"),
    ("Studios", "media"),
    ("Learning", "education"),
    ("Capital", "finance"),
    ("Assurance", "finance"),
    ("Outfitters", "retail"),
    ("Travel", "travel"),
];
const ALL: u64 = (HEADS.len() * TAILS.len() * TRADES.len()) as u64;
/// Shares no divisor with [`ALL`], so that stepping by it visits every name once.
const STRIDE: u64 = 7_919;

/// A company, by number.
#[derive(Clone, Copy, Debug)]
pub struct Company {
    /// Which of [`ALL`] names.
    name: u64,
    /// How many accounts had the name before.
    round: u64,
}

impl Company {
    /// The company of an account: the same only for the same number.
    pub fn of(seed: u64, account: u32) -> Company {
        let number = u64::from(account);
        Company { name: (number % ALL * STRIDE + seed % ALL) % ALL, round: number / ALL }
    }

    fn parts(self) -> (&'static str, &'static str, (&'static str, &'static str)) {
        let (heads, tails) = (HEADS.len() as u64, TAILS.len() as u64);
        let (head, rest) = (self.name % heads, self.name / heads);
        (HEADS[head as usize], TAILS[(rest % tails) as usize], TRADES[(rest / tails) as usize])
    }

    /// `Alderwick Foods`
    pub fn name(self) -> String {
        let (head, tail, (trade, _)) = self.parts();
        let mut name = format!("{head}{tail} {trade}");
        if self.round > 0 {
            // Writing to a string cannot fail.
            let _ = write!(name, " {}", self.round + 1);
        }
        name
    }

    /// `alderwick-foods.example`
    pub fn domain(self) -> String {
        format!("{}.example", self.name().to_lowercase().replace(' ', "-"))
    }

    /// `food`
    pub fn industry(self) -> &'static str {
        self.parts().2.1
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_accounts_share_a_name() {
        let names: HashSet<String> =
            (0..2 * ALL as u32 + 5).map(|account| Company::of(99, account).name()).collect();
        assert_eq!(names.len(), 2 * ALL as usize + 5);
    }
}
