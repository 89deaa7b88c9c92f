//! Of how few accounts nothing is said, and how much has to speak for a product.

/// What a suggestion has to meet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The fewest peers of whom anything is said.
    pub min_peers: usize,
    /// The fewest of them that own the product.
    pub min_owners: usize,
    /// The least share of the peers that own it.
    pub min_support: f64,
    /// How many times as often as all others the peers own it, at least.
    pub min_lift: f64,
    /// How many products an account is told of at most.
    pub most: usize,
}

impl Limits {
    /// What holds unless it is said otherwise.
    pub const DEFAULT: Limits =
        Limits { min_peers: 20, min_owners: 5, min_support: 0.2, min_lift: 1.2, most: 1 };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::DEFAULT
    }
}
