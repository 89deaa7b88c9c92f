//! What happens to the accounts: realistic records, in the order they arrive in, with repeats, erasures, and records that
//! their producers took back.

use serde_json::Value;
use springtide_core::event::Topic;
use springtide_core::time::Millis;

use crate::cluster::HOURS_A_SECOND;
use crate::random::Random;
use crate::stage::Micros;

/// The wall clock at the beginning.
pub const START: Millis = 1_767_225_600_000;
/// Days of input.
pub const DAYS: u32 = 24;

/// A record for a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fed {
    /// When it is written.
    pub at: Micros,
    /// The topic.
    pub topic: Topic,
    /// The account.
    pub account: String,
    /// The value; `None` erases the account.
    pub value: Option<Vec<u8>>,
    /// Whether its producer aborts it.
    pub aborted: bool,
}

/// The instant of the simulation at which the wall clock shows this.
pub fn instant_of(wall: Millis) -> Micros {
    u64::try_from((wall - START).max(0) * 1_000 / (HOURS_A_SECOND * 3_600)).unwrap_or_default()
}

/// The records of some accounts, by when they are written.
pub fn records(seed: u64, accounts: u32) -> Vec<Fed> {
    let mut random = Random::new(seed ^ 0x00f0_0d00);
    let settings = springtide_generate::Settings {
        activity: 0.15,
        expanding: 0.7,
        disorder: true,
        outcomes: true,
        ..springtide_generate::Settings::new(seed, accounts, DAYS, START)
    };
    let mut all: Vec<Fed> = Vec::new();
    let mut arrived = 0;
    for (topic, line) in springtide_generate::generate(&settings) {
        let Some((account, occurred)) = about(&line) else { continue };
        arrived = instant_of(occurred).max(arrived) + random.below(2_000);
        let fed = Fed { at: arrived, topic, account, value: Some(line.into_bytes()), aborted: false };
        if random.once_in(20) {
            all.push(Fed { at: arrived + random.below(4_000_000), ..fed.clone() });
        }
        if random.once_in(40) {
            all.push(taken_back(&fed, &mut random));
        }
        all.push(fed);
    }
    let (last, erased) = (arrived, random.below(3));
    for _ in 0..erased {
        let at = last / 4 + random.below(last / 2);
        let of = random.below(all.len() as u64) as usize;
        let account = all.get(of).map(|fed| fed.account.clone()).unwrap_or_default();
        all.push(Fed { at, topic: Topic::AccountProfiles, account, value: None, aborted: false });
    }
    all.sort_by_key(|fed| fed.at);
    all
}

fn about(line: &str) -> Option<(String, Millis)> {
    let value: Value = serde_json::from_str(line).ok()?;
    let occurred = springtide_core::time::parse_rfc3339(value.get("occurred_at")?.as_str()?)?;
    Some((value.get("account_id")?.as_str()?.to_owned(), occurred))
}

/// The same under another id, in a transaction that is aborted.
fn taken_back(fed: &Fed, random: &mut Random) -> Fed {
    let text = fed.value.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let value = text.replacen("\"event_id\":\"", &format!("\"event_id\":\"back-{}-", random.below(1_000)), 1);
    Fed { value: Some(value.into_bytes()), aborted: true, ..fed.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_records_in_order() {
        let all = records(3, 8);
        assert_eq!(all, records(3, 8));
        assert!(all.len() > 300 && all.is_sorted_by_key(|fed| fed.at), "{}", all.len());
        assert!(all.iter().any(|fed| fed.aborted));
    }
}
