//! Which fields differ, who gets how many, and what people made of them.

use springtide_backtest::{Backtest, Counts, Ended, Outcomes, OwnerRow, What, compare};
use springtide_core::event::{Segment, Stage};
use springtide_core::meaning::opportunity::{Opportunity, Status};
use springtide_core::rules::Urgency;
use springtide_core::time::{DAY_MS, HOUR_MS};

use crate::story::{ONLY, about, compared, day, evidence, opened, outcome, pack, side, usual};

fn counts(backtest: &Backtest) -> [u64; 6] {
    let Counts { old, new, same, changed, gained, lost } = backtest.total.counts;
    [old, new, same, changed, gained, lost]
}

#[test]
fn each_field_that_is_compared_is_told_alone_and_by_how_much() {
    let old = || opened("a", "grow", day(1));
    type Edit = fn(&mut Opportunity);
    let cases: [(Edit, &str, Option<f64>, &str); 8] = [
        (|one| one.opened_at += 2 * HOUR_MS, "opened_at", Some(2.0), "opened +2 hours"),
        (|one| one.score = 72.3, "score", Some(2.3), "score 72.3 (+2.3)"),
        (|one| one.urgency = Urgency::High, "urgency", Some(1.0), "urgency medium → high"),
        (|one| one.role = "sales".into(), "route", None, "route customer success (Kim) → sales (Kim)"),
        (|one| one.owner = None, "route", None, "route customer success (Kim) → customer success"),
        (|one| one.evidence.push(evidence("intent")), "evidence", None, "evidence +intent"),
        (|one| one.evidence = vec![evidence("intent")], "evidence", None, "evidence +intent -seats"),
        (|one| one.act_by += 3 * DAY_MS, "act_by", Some(72.0), "act by +3 days"),
    ];
    for (edit, field, by, words) in cases {
        let mut new = old();
        edit(&mut new);
        let backtest = compared(&[old()], &[new]);
        assert_eq!(counts(&backtest), [1, 1, 0, 1, 0, 0], "{field}");
        let [difference] = &backtest.detailed.differences[..] else { panic!("one difference") };
        assert_eq!(difference.what, What::Changed);
        let changes: Vec<_> = difference.changes.iter().map(|change| (change.field, change.by)).collect();
        assert_eq!(changes, [(field, by)]);
        assert_eq!(difference.words(), words);
        let rows: Vec<_> =
            backtest.changes.iter().map(|row| (row.field, row.opportunities, row.median)).collect();
        assert_eq!(rows, [(field, 1, by)]);
    }
}

#[test]
fn what_is_not_compared_makes_no_difference() {
    let mut new = opened("a", "grow", day(1));
    (new.headline, new.revision, new.rules_version) = ("another".into(), 3, "2".into());
    (new.yearly_value, new.evidence[0].since) = (7.0, day(0));
    assert_eq!(counts(&compared(&[opened("a", "grow", day(1))], &[new])), [1, 1, 1, 0, 0, 0]);
}

#[test]
fn the_last_revision_counts_and_what_was_withdrawn_does_not() {
    let first = opened("a", "grow", day(1));
    let second = Opportunity { score: 90.0, revision: 2, ..first.clone() };
    let gone = Opportunity { status: Status::Withdrawn, revision: 3, ..first.clone() };
    let backtest = compared(&[first.clone(), second.clone()], std::slice::from_ref(&first));
    assert_eq!(backtest.changes[0].median, Some(-20.0));
    let backtest = compared(&[first.clone(), second, gone.clone()], std::slice::from_ref(&first));
    assert_eq!(counts(&backtest), [0, 1, 0, 0, 1, 0]);
    let backtest = compared(&[first.clone(), gone.clone(), first.clone()], &[first, gone]);
    assert_eq!((counts(&backtest), backtest.accounts), ([1, 0, 0, 0, 0, 1], 1));
}

#[test]
fn a_play_that_one_pack_has_is_gained_or_lost_whole_and_said_so() {
    let (with, without) = (usual(), pack("profile.health_score > 60", 0.8, ""));
    let of = |days: &[i64]| days.iter().map(|at| opened("a", "only", day(*at))).collect::<Vec<_>>();
    let backtest =
        compare(about(), &side(&without, &[]), &side(&with, &of(&[1, 20, 40])), &Outcomes::default());
    let row = |backtest: &Backtest| {
        let row = backtest.plays.iter().find(|row| row.play.as_deref() == Some("only")).unwrap();
        (row.only_in, row.counts.gained, row.counts.lost)
    };
    assert_eq!(row(&backtest), (Some("new"), 3, 0));
    let backtest = compare(about(), &side(&with, &of(&[1, 20])), &side(&without, &[]), &Outcomes::default());
    assert_eq!(row(&backtest), (Some("old"), 0, 2));
    assert!(ONLY.contains("only"));
    // A play without openings has a row of its own.
    assert!(backtest.plays.iter().any(|row| row.play.as_deref() == Some("grow") && row.counts.old == 0));
}

#[test]
fn owners_are_counted_by_week() {
    let new: Vec<Opportunity> = ["a", "b", "c"].map(|account| opened(account, "grow", day(1))).into();
    let mut old = vec![opened("a", "grow", day(1)), opened("d", "grow", day(15))];
    old[1].owner = None;
    let backtest = compared(&old, &new);
    assert_eq!(backtest.volume.weeks, 3);
    let row = |row: &OwnerRow| {
        let loads = [row.old, row.new].map(|load| (load.opportunities, load.most_a_week));
        (row.owner.clone(), loads)
    };
    let owners: Vec<_> = backtest.volume.owners.iter().map(row).collect();
    assert_eq!(owners, [(None, [(1, 1), (0, 0)]), (Some("Kim".to_owned()), [(1, 1), (3, 3)])]);
    assert_eq!(backtest.volume.owners[1].new.mean_a_week, 1.0);
}

#[test]
fn deals_are_found_by_id_else_by_play_and_compared() {
    let old: Vec<Opportunity> = ["a", "b", "c"].map(|account| opened(account, "grow", day(1))).into();
    // Under the new pack, a opens two days later, b not at all, c as before.
    let new = vec![opened("a", "grow", day(3)), opened("c", "grow", day(1))];
    let mut outcomes = Outcomes::default();
    for (at, account, stage) in
        [(11, "a", Stage::ClosedWon), (12, "b", Stage::Dismissed), (13, "c", Stage::ClosedLost)]
    {
        let id = opened(account, "grow", day(1)).id.to_string();
        outcomes.take(account, &outcome(&id, "grow", day(at - 2), Stage::Qualified));
        // Told twice, it counts once.
        (0..2).for_each(|_| outcomes.take(account, &outcome(&id, "grow", day(at), stage)));
    }
    // Somebody is at it: no end.
    outcomes.take("x", &outcome("else", "grow", day(5), Stage::Proposal));
    // Of an opportunity that neither has.
    outcomes.take("y", &outcome("more", "grow", day(5), Stage::ClosedWon));
    let backtest = compare(about(), &side(&usual(), &old), &side(&usual(), &new), &outcomes);
    assert_eq!(backtest.ended, Some(Ended { won: 2, lost: 1, dismissed: 1 }));
    let total = backtest.total.outcomes.unwrap();
    assert_eq!(total.old.ended, Ended { won: 1, lost: 1, dismissed: 1 });
    assert_eq!(total.new.ended, Ended { won: 1, lost: 1, dismissed: 0 });
    assert_eq!(total.old.precision_percent.map(f64::round), Some(33.0));
    assert_eq!((total.new.precision_percent, total.lift), (Some(50.0), Some(1.5)));
    assert_eq!((total.old.median_days_to_win, total.new.median_days_to_win), (Some(10.0), Some(8.0)));
    let grow = backtest.plays.iter().find(|row| row.play.as_deref() == Some("grow")).unwrap();
    assert_eq!(grow.outcomes.as_ref().map(|worth| worth.lift), Some(Some(1.5)));
    assert!(backtest.plays.iter().any(|row| row.play.as_deref() == Some("only") && row.outcomes.is_none()));
}

#[test]
fn without_outcomes_there_is_not_a_word_on_them() {
    let backtest = compared(&[opened("a", "grow", day(1))], &[]);
    let json = serde_json::to_string(&backtest).unwrap();
    for word in ["outcomes", "ended", "precision", "lift", "won"] {
        assert!(!json.contains(word), "{word}: {json}");
    }
    assert!(!springtide_backtest::html(&backtest).contains("precision"));
}

#[test]
fn a_pair_is_in_the_segment_that_was_known_first() {
    let old = opened("a", "grow", day(1));
    let mut new = opened("a", "grow", day(2));
    new.segment = Segment::Enterprise;
    for backtest in [
        compared(std::slice::from_ref(&old), std::slice::from_ref(&new)),
        compared(std::slice::from_ref(&new), std::slice::from_ref(&old)),
    ] {
        let segments: Vec<_> =
            backtest.segments.iter().map(|row| (row.segment, row.counts.changed)).collect();
        assert_eq!(segments, [(Some("smb"), 1)]);
    }
}
