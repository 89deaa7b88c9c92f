//! Small records for tests.

use crate::event::{Profile, Segment};
use crate::sorted::SortedMap;
use crate::time::Millis;

/// A healthy account's profile.
pub fn profile(at: Millis) -> Profile {
    Profile {
        at,
        id: format!("p{at}").into(),
        name: "Acme".into(),
        domains: Vec::new(),
        segment: Segment::MidMarket,
        industry: None,
        plan: None,
        signed_up_at: None,
        mrr: 1_000.0,
        currency: "USD".into(),
        seats_licensed: Some(50.0),
        price_per_seat: None,
        limits: SortedMap::default(),
        health_score: Some(85.0),
        first_value_at: Some(at - 400 * crate::time::DAY_MS),
        renewal_at: None,
        last_expansion_at: None,
        champion: None,
        products: Vec::new(),
        buyer_departments: Vec::new(),
        owners: SortedMap::default(),
        external_ids: SortedMap::default(),
    }
}
