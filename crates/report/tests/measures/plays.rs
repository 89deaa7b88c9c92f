//! Precision of plays, and what might be tuned.

use springtide_core::event::Stage;
use springtide_report::{LEAST_OUTCOMES, PlayRow, Suggestion};

use crate::story::{Told, came, day, evidence, opened, opportunity, outcome, report_on, the_year, with};

/// A play whose deals ended so.
#[derive(Default)]
struct Ended {
    story: Vec<Told>,
    number: u32,
}

impl Ended {
    fn deals(mut self, count: u32, detectors: &[&str], stage: Stage, reason: Option<&str>) -> Ended {
        for _ in 0..count {
            self.number += 1;
            let mut opened = opportunity("acme", self.number, day(1));
            opened.evidence = detectors.iter().map(|detector| evidence(detector)).collect();
            let mut end = outcome(self.number, day(9), stage);
            end.reason = reason.map(Into::into);
            self.story.extend([Told::Opportunity(Box::new(opened)), with("acme", end)]);
        }
        self
    }

    fn row(&self) -> PlayRow {
        report_on(&self.story, &the_year()).plays.remove(0)
    }

    fn suggestion(&self) -> Option<Suggestion> {
        self.row().suggestion
    }
}

#[test]
fn precision_is_what_was_won_of_all_that_ended() {
    let mut ended = Ended::default()
        .deals(6, &[], Stage::ClosedWon, None)
        .deals(1, &[], Stage::ClosedLost, Some("budget"))
        .deals(2, &[], Stage::Dismissed, Some("not now"))
        .deals(2, &[], Stage::Dismissed, Some("duplicate"))
        .deals(3, &[], Stage::Dismissed, Some(" "))
        .deals(1, &[], Stage::Dismissed, None);
    ended.story.extend([opened("acme", 900, day(2)), came("acme", 900, day(3), Stage::Proposal)]);
    let row = ended.row();
    assert_eq!((&*row.play, row.motion, row.opened), ("seat-expansion", Some("seat"), 16));
    assert_eq!((row.won, row.lost, row.dismissed), (6, 1, 8));
    assert_eq!(row.precision_percent, Some(40.0));
    let reasons: Vec<_> =
        row.dismissed_by_reason.iter().map(|reason| (reason.reason.as_deref(), reason.count)).collect();
    assert_eq!(reasons, [(None, 4), (Some("duplicate"), 2), (Some("not now"), 2)]);
    assert_eq!(row.lost_by_reason[0].reason.as_deref(), Some("budget"));
}

#[test]
fn below_20_outcomes_nothing_is_suggested() {
    let few = Ended::default().deals(LEAST_OUTCOMES as u32 - 1, &["seats_80"], Stage::Dismissed, None);
    assert_eq!(few.suggestion(), None);
    let enough = few.deals(1, &["seats_80"], Stage::Dismissed, Some("not real"));
    let suggestion = enough.suggestion().unwrap();
    assert_eq!(suggestion.what, "gate");
    let words = &suggestion.words;
    assert!(words.contains("20 of 20 were dismissed (100 %), most often as \"not real\" (1)"), "{words}");
}

#[test]
fn a_detector_whose_deals_are_seldom_won_is_named_with_its_figures() {
    let contrast = |weak_won| {
        Ended::default()
            .deals(weak_won, &["dau_spike", "hiring_surge"], Stage::ClosedWon, None)
            .deals(12 - weak_won, &["dau_spike", "hiring_surge"], Stage::Dismissed, None)
            .deals(9, &["seats_90", "hiring_surge"], Stage::ClosedWon, None)
            .deals(3, &["seats_90", "hiring_surge"], Stage::ClosedLost, None)
    };
    let suggestion = contrast(2).suggestion().unwrap();
    assert_eq!((suggestion.what, suggestion.detector.as_deref()), ("detector", Some("dau_spike")));
    let figures: Vec<_> = suggestion.evidence.iter().map(|one| (one.measure, one.value)).collect();
    assert_eq!(
        figures[..4],
        [("won_with", 2.0), ("ended_with", 12.0), ("won_without", 9.0), ("ended_without", 12.0)]
    );
    assert!(figures[4].1 > 2.58);
    assert!(
        suggestion.words.contains("2 of 12 were won (17 %), without it 9 of 12 (75 %)"),
        "{}",
        suggestion.words
    );
    // Five of twelve may be chance.
    assert_eq!(contrast(5).suggestion(), None);
}

#[test]
fn a_play_that_is_followed_but_seldom_sold_is_named() {
    let ended = |won| {
        Ended::default().deals(won, &[], Stage::ClosedWon, None).deals(
            20 - won,
            &[],
            Stage::ClosedLost,
            Some("price"),
        )
    };
    let suggestion = ended(4).suggestion().unwrap();
    assert_eq!(suggestion.what, "guide");
    assert!(
        suggestion.words.contains("of 20 that were taken up 4 were won (20 %), most often as"),
        "{}",
        suggestion.words
    );
    assert_eq!(ended(5).suggestion(), None);
}
