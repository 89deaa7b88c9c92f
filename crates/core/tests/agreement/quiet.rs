//! An account that nothing happens to shrinks to what must never be forgotten.

use std::sync::Arc;

use proptest::prelude::*;
use springtide_core::event::{Fact, Topic};
use springtide_core::meaning::detect::Watch;
use springtide_core::meaning::fixtures;
use springtide_core::meaning::piece::{Piece, PieceKey};
use springtide_core::time::{DAY_MS, Millis};

use crate::cases::{Arrival, case, lateness};
use crate::events::FIRST_DAY;
use crate::partition::Bench;

/// Long after every window, hold and date of a case.
const FAR: Millis = (FIRST_DAY + 400) * DAY_MS;

/// Whether a piece may be left of an account that has been quiet for long.
fn may_stay(piece: &Piece) -> bool {
    match piece {
        Piece::Profiles { profiles, timers_done, .. } => profiles.len() == 1 && timers_done.is_empty(),
        Piece::Rows(rows) => !rows.is_empty(),
        Piece::Base { watches, .. } => {
            let mut any = false;
            let only_first = watches.iter().all(|watch| {
                any |= !watch.is_empty();
                watch.is_empty() || matches!(watch, Watch::First(_))
            });
            any && only_first
        }
        _ => false,
    }
}

/// An event of another account that moves time on.
fn elsewhere(at: Millis) -> Arrival {
    let profile = fixtures::profile(at);
    Arrival { account: "zeta", fact: Fact::Profile(Arc::new(profile)), settle: true, cut: false, level: None }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_quiet_account_shrinks_to_its_profile_first_keys_and_rows(case in case(), lateness in lateness()) {
        let mut bench = Bench::new(&case, lateness, None);
        for arrival in &case.arrivals {
            bench.record(arrival);
            if arrival.settle {
                bench.settle()?;
            }
            if arrival.cut {
                bench.put_away();
            }
        }
        bench.record(&elsewhere(FAR));
        for topic in Topic::ALL {
            bench.partition.progress_mut().set_level(topic, true);
        }
        bench.settle()?;
        // What is written of a base may lag behind for a while.
        bench.record(&elsewhere(FAR + 8 * DAY_MS));
        bench.settle()?;
        bench.put_away();
        let pieces = bench.shelf.pieces("acme");
        let left: Vec<_> = pieces.iter().filter(|(_, piece)| !may_stay(piece)).collect();
        prop_assert!(left.is_empty(), "{:#?}", left);
        prop_assert!(bench.shelf.deadlines("acme").is_empty(), "{:?}", bench.shelf.deadlines("acme"));
        let rows = pieces.iter().find_map(|(_, piece)| match piece {
            Piece::Rows(rows) => Some(rows.len()),
            _ => None,
        });
        prop_assert_eq!(rows.unwrap_or(0), bench.changelog.ids());
        prop_assert!(pieces.iter().all(|(key, _)| *key != PieceKey::Schedule));
    }
}
