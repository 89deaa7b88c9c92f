//! What holds of any two packs' openings.

use proptest::prelude::*;
use springtide_backtest::{Backtest, Counts, Outcomes, Row, What, compare};
use springtide_core::event::{Segment, Stage};
use springtide_core::meaning::opportunity::Opportunity;
use springtide_core::rules::Urgency;
use springtide_core::time::{HOUR_MS, Millis};

use crate::story::{about, day, evidence, opened, outcome, side, usual};

/// Openings of one pack: those of an account and play are a cooldown apart, as SPEC 3.4 has it.
fn openings() -> impl Strategy<Value = Vec<Opportunity>> {
    let one = (0..3_usize, 0..2_usize, 0..12_i64, 0..4_u8, 0..3_usize, any::<bool>());
    proptest::collection::vec(one, 0..25).prop_map(|all| {
        let mut latest = std::collections::BTreeMap::new();
        let made = all.into_iter().map(|(account, play, after, score, urgency, named)| {
            let (name, cooldown) = [("grow", 30), ("only", 10)][play];
            let account = ["a", "b", "c"][account];
            let at: &mut Millis = latest.entry((account, play)).or_insert(day(0));
            let opened_at = *at + after * 16 * HOUR_MS;
            *at = opened_at + cooldown * 24 * HOUR_MS;
            let mut made = opened(account, name, opened_at);
            made.score += f64::from(score) / 10.0;
            made.urgency = Urgency::ALL[urgency];
            made.segment = segment_at(opened_at);
            made.owner = named.then(|| "Kim".into());
            made.evidence.extend(named.then(|| evidence("intent")));
            made
        });
        made.collect()
    })
}

/// A function of the instant, as a profile is.
fn segment_at(at: Millis) -> Segment {
    Segment::ALL[(at / (100 * HOUR_MS)).rem_euclid(3) as usize]
}

/// What people did: with which opening of the first pack, how, how long after it.
type Done = Vec<(usize, usize, i64)>;

fn outcomes(done: &Done, openings: &[Opportunity]) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for (which, stage, after) in done {
        if openings.is_empty() {
            break;
        }
        let about = &openings[which % openings.len()];
        let at = about.opened_at + after * HOUR_MS;
        outcomes.take(&about.account, &outcome(&about.id.to_string(), &about.play, at, Stage::ALL[*stage]));
    }
    outcomes
}

fn done() -> impl Strategy<Value = Done> {
    proptest::collection::vec((0..30_usize, 0..Stage::ALL.len(), 0..500_i64), 0..20)
}

fn compared(old: &[Opportunity], new: &[Opportunity], outcomes: &Outcomes) -> Backtest {
    compare(about(), &side(&usual(), old), &side(&usual(), new), outcomes)
}

fn sum(rows: &[Row]) -> Counts {
    rows.iter().fold(Counts::default(), |sum, row| {
        let one = row.counts;
        Counts {
            old: sum.old + one.old,
            new: sum.new + one.new,
            same: sum.same + one.same,
            changed: sum.changed + one.changed,
            gained: sum.gained + one.gained,
            lost: sum.lost + one.lost,
        }
    })
}

fn turned(counts: Counts) -> Counts {
    Counts { old: counts.new, new: counts.old, gained: counts.lost, lost: counts.gained, ..counts }
}

proptest! {
    #[test]
    fn a_pack_against_itself_has_no_difference(openings in openings(), done in done()) {
        let backtest = compared(&openings, &openings, &outcomes(&done, &openings));
        let all = openings.len() as u64;
        let none = Counts { old: all, new: all, same: all, ..Counts::default() };
        prop_assert_eq!(backtest.total.counts, none);
        prop_assert!(backtest.changes.is_empty() && backtest.detailed.differences.is_empty());
        if let Some(worth) = backtest.total.outcomes {
            prop_assert_eq!(worth.old, worth.new);
            prop_assert!(worth.lift.is_none_or(|lift| lift == 1.0));
        }
    }

    #[test]
    fn to_swap_the_packs_swaps_gained_and_lost(old in openings(), new in openings(), done in done()) {
        let outcomes = outcomes(&done, &old);
        let (one, other) = (compared(&old, &new, &outcomes), compared(&new, &old, &outcomes));
        prop_assert_eq!(one.total.counts, turned(other.total.counts));
        for (one, other) in [
            (&one.plays, &other.plays),
            (&one.segments, &other.segments),
            (&one.plays_by_segment, &other.plays_by_segment),
        ] {
            let counts = |rows: &[Row]| rows.iter().map(|row| row.counts).collect::<Vec<_>>();
            prop_assert_eq!(counts(one), counts(other).into_iter().map(turned).collect::<Vec<_>>());
        }
        for (row, back) in one.changes.iter().zip(&other.changes) {
            prop_assert_eq!((row.field, row.opportunities), (back.field, back.opportunities));
            prop_assert_eq!(row.median, back.median.map(|median| 0.0 - median));
            prop_assert_eq!(row.least, back.most.map(|most| 0.0 - most));
        }
        if let (Some(one), Some(other)) = (&one.total.outcomes, &other.total.outcomes) {
            prop_assert_eq!((&one.old, &one.new), (&other.new, &other.old));
        }
        let swapped = |what| match what {
            What::Gained => What::Lost,
            What::Lost => What::Gained,
            other => other,
        };
        let told = |backtest: &Backtest, turn: bool| {
            let all = backtest.detailed.differences.iter();
            all.map(|one| (if turn { swapped(one.what) } else { one.what }, one.account_id.clone(), one.opened_at()))
                .collect::<Vec<_>>()
        };
        prop_assert_eq!(told(&one, false), told(&other, true));
    }

    #[test]
    fn parts_make_the_totals(old in openings(), new in openings()) {
        let backtest = compared(&old, &new, &Outcomes::default());
        let total = backtest.total.counts;
        prop_assert_eq!((total.old, total.new), (old.len() as u64, new.len() as u64));
        prop_assert_eq!(total.old, total.same + total.changed + total.lost);
        prop_assert_eq!(total.new, total.same + total.changed + total.gained);
        for rows in [&backtest.plays, &backtest.segments, &backtest.plays_by_segment] {
            prop_assert_eq!(sum(rows), total);
        }
        let owners = &backtest.volume.owners;
        prop_assert_eq!(owners.iter().map(|row| row.old.opportunities).sum::<u64>(), total.old);
        prop_assert_eq!(owners.iter().map(|row| row.new.opportunities).sum::<u64>(), total.new);
        for load in owners.iter().flat_map(|row| [row.old, row.new]) {
            prop_assert!(load.mean_a_week <= load.most_a_week as f64);
        }
        let detailed = &backtest.detailed;
        let differ = total.changed + total.gained + total.lost;
        prop_assert_eq!(detailed.differences.len() as u64 + detailed.left_out, differ);
    }

    #[test]
    fn the_order_in_which_accounts_come_leaves_no_trace(old in openings(), new in openings(), done in done()) {
        let outcomes = outcomes(&done, &new);
        let turned = |all: &[Opportunity]| all.iter().rev().cloned().collect::<Vec<_>>();
        let json = |backtest: &Backtest| serde_json::to_string(backtest).unwrap();
        let told = compared(&old, &new, &outcomes);
        prop_assert_eq!(json(&told), json(&compared(&turned(&old), &turned(&new), &outcomes)));
    }

    #[test]
    fn parts_that_were_taken_apart_come_together(old in openings(), new in openings(), done in done(), places in 1..4_usize) {
        let outcomes = outcomes(&done, &new);
        // Each account is in one part, as each is looked at by one thread.
        let apart = |all: &[Opportunity]| {
            let place = |opportunity: &Opportunity| usize::from(opportunity.account.as_bytes()[0]) % places;
            let mut whole = side(&usual(), &[]);
            for part in (0..places).rev() {
                let own: Vec<_> = all.iter().filter(|one| place(one) == part).cloned().collect();
                whole.absorb(side(&usual(), &own));
            }
            whole
        };
        let json = |backtest: &Backtest| serde_json::to_string(backtest).unwrap();
        let told = compare(about(), &apart(&old), &apart(&new), &outcomes);
        prop_assert_eq!(json(&told), json(&compared(&old, &new, &outcomes)));
    }
}
