//! The funnel, close rates, sales and their cost.

use springtide_core::event::Stage;
use springtide_core::meaning::opportunity::Status;
use springtide_core::rules::Motion;
use springtide_report::Report;

use crate::story::{
    Told, came, day, opened, opportunity, outcome, pays, profile, report_on, the_year, told, with,
};

fn year(told: &[Told]) -> Report {
    report_on(told, &the_year())
}

fn reached(report: &Report) -> Vec<u64> {
    report.funnel.stages.iter().map(|stage| stage.opportunities).collect()
}

#[test]
fn of_500_signals_40_sales_are_8_percent_and_13_3_of_the_300_qualified() {
    let stages = [Stage::Qualified, Stage::Discovery, Stage::Proposal, Stage::Negotiation, Stage::ClosedWon];
    let mut story = Vec::new();
    for number in 0..500 {
        story.push(opened("acme", number, day(10)));
        for (at, (stage, reached)) in stages.into_iter().zip([300, 200, 100, 60, 40]).enumerate() {
            if number < reached {
                story.push(came("acme", number, day(20 + at as i64), stage));
            }
        }
    }
    let report = year(&story);
    assert_eq!(reached(&report), [500, 300, 200, 100, 60, 40]);
    assert_eq!(report.funnel.won_of_signals_percent, Some(8.0));
    let of_qualified = report.funnel.won_of_qualified_percent.unwrap();
    assert_eq!(format!("{of_qualified:.1}"), "13.3");
    let of_previous = |stage: usize| report.funnel.stages[stage].of_previous_percent;
    assert_eq!((of_previous(0), of_previous(1), of_previous(3)), (None, Some(60.0), Some(50.0)));
    assert_eq!(report.funnel.stages[3].of_signals_percent, Some(20.0));
}

/// What one opportunity's outcomes make of the funnel, as how many stages it is counted in beyond the signal.
#[test]
fn a_stage_that_was_reached_means_that_those_before_it_were_passed() {
    use Stage::*;
    for (stages, passed) in [
        (&[][..], 0),
        (&[Qualified], 1),
        (&[Proposal], 3),
        (&[Proposal, Qualified], 3),
        (&[ClosedWon], 5),
        (&[Discovery, ClosedLost], 2),
        (&[ClosedLost], 0),
        (&[Dismissed], 0),
        (&[Qualified, Snoozed], 1),
        (&[ClosedWon, ClosedLost], 4),
        (&[ClosedLost, Qualified, ClosedWon], 5),
        (&[ClosedWon, Discovery], 4),
    ] {
        let mut story = vec![opened("acme", 1, day(1))];
        story.extend(stages.iter().zip(2..).map(|(stage, at)| came("acme", 1, day(at), *stage)));
        let mut want = [0; 6];
        want[..=passed].fill(1);
        assert_eq!(reached(&year(&story)), want, "{stages:?}");
    }
}

#[test]
fn opportunities_stand_where_their_last_outcome_says() {
    use Stage::*;
    let mut story: Vec<Told> = (0..8).map(|number| opened("acme", number, day(1))).collect();
    let last = [Qualified, Discovery, Snoozed, Dismissed, ClosedLost, ClosedWon]
        .into_iter()
        .zip(0..)
        .map(|(stage, number)| came("acme", number, day(3), stage));
    story.extend(last);
    let standings = year(&story).funnel.standings;
    assert_eq!((standings.untouched, standings.in_progress, standings.snoozed), (2, 2, 1));
    assert_eq!((standings.dismissed, standings.lost, standings.won), (1, 1, 1));
}

#[test]
fn what_was_withdrawn_is_in_no_funnel_but_what_was_sold_is_sold() {
    let mut withdrawn = opportunity("acme", 1, day(1));
    (withdrawn.revision, withdrawn.status) = (2, Status::Withdrawn);
    let story = [
        opened("acme", 1, day(1)),
        Told::Opportunity(Box::new(withdrawn)),
        came("acme", 1, day(5), Stage::ClosedWon),
        pays("acme", day(-1), 10.0),
    ];
    let report = year(&story);
    assert_eq!(reached(&report), [0; 6]);
    assert_eq!((report.funnel.withdrawn, report.gaps.withdrawn_with_outcomes), (1, 1));
    assert_eq!(report.motions.motions[0].won, 1);
    assert_eq!(report.funnel.won_of_signals_percent, None);
    assert_eq!(report.pace.first_touch.in_time, 0);
}

#[test]
fn outcomes_with_another_id_go_to_the_latest_opportunity_of_their_play() {
    let story = [
        opened("acme", 1, day(1)),
        opened("acme", 2, day(40)),
        opened("acme", 3, day(100)),
        // A play of its own, and one that has outcomes of its own.
        opened("acme", 4, day(50)),
        came("acme", 4, day(51), Stage::Dismissed),
        came("acme", 77, day(60), Stage::Qualified),
        came("acme", 77, day(70), Stage::ClosedWon),
    ];
    let report = year(&story);
    assert_eq!(reached(&report), [4, 1, 1, 1, 1, 1]);
    assert_eq!((report.gaps.found_by_play, report.gaps.unknown_opportunities), (1, 0));
    // Two of them are two deals, of which the first is over 90 days from what is left.
    let mut later = story.to_vec();
    later.push(came("acme", 78, day(92), Stage::ClosedLost));
    let report = year(&later);
    assert_eq!((report.gaps.found_by_play, report.gaps.unknown_opportunities), (1, 1));
    assert_eq!(report.funnel.standings.lost, 0);
    // Another account's are none of ours.
    let report = year(&[opened("acme", 1, day(1)), came("bolt", 77, day(2), Stage::ClosedWon)]);
    assert_eq!((reached(&report)[1], report.gaps.unknown_opportunities), (0, 1));
    assert_eq!(report.motions.motions[0].motion, "seat");
}

#[test]
fn the_close_rate_is_of_won_and_lost_by_motion() {
    let mut story = Vec::new();
    for (number, (motion, stage)) in [
        (Motion::Seat, Stage::ClosedWon),
        (Motion::Seat, Stage::ClosedWon),
        (Motion::Seat, Stage::ClosedWon),
        (Motion::Seat, Stage::ClosedLost),
        (Motion::Seat, Stage::Dismissed),
        (Motion::AddOn, Stage::Dismissed),
        (Motion::Upsell, Stage::ClosedLost),
        (Motion::Upsell, Stage::Qualified),
    ]
    .into_iter()
    .enumerate()
    {
        let mut opened = opportunity("acme", number as u32, day(1));
        opened.motion = motion;
        story.push(Told::Opportunity(Box::new(opened)));
        story.push(came("acme", number as u32, day(2), stage));
    }
    let mut strange = outcome(99, day(3), Stage::ClosedWon);
    strange.play = "of-another-pack".into();
    story.push(with("acme", strange));
    let rows = year(&story).motions.motions;
    let rates: Vec<_> = rows
        .iter()
        .map(|row| (row.motion, row.won, row.lost, row.dismissed, row.close_rate_percent))
        .collect();
    assert_eq!(
        rates,
        [
            ("seat", 3, 1, 1, Some(75.0)),
            ("upsell", 0, 1, 0, Some(0.0)),
            ("add_on", 0, 0, 1, None),
            ("unknown", 1, 0, 0, Some(100.0)),
        ]
    );
}

#[test]
fn an_expansion_costs_what_was_spent_on_won_and_lost_ones() {
    let close = |number, stage, amount, cost| {
        let mut outcome = outcome(number, day(30), stage);
        (outcome.amount, outcome.cost) = (amount, cost);
        with(if number < 10 { "acme" } else { "bolt" }, outcome)
    };
    let mut early = outcome(4, day(20), Stage::Proposal);
    early.cost = Some(50.0);
    let mut dollars = profile(day(-5), 100.0);
    dollars.currency = "USD".into();
    let story = [
        pays("acme", day(-5), 100.0),
        told("bolt", dollars),
        close(1, Stage::ClosedWon, Some(2_400.0), Some(300.0)),
        close(2, Stage::ClosedWon, Some(1_200.0), Some(500.0)),
        close(3, Stage::ClosedLost, Some(9_999.0), Some(100.0)),
        with("acme", early),
        close(4, Stage::ClosedLost, None, None),
        close(5, Stage::ClosedWon, None, None),
        close(11, Stage::ClosedWon, Some(600.0), Some(60.0)),
        close(12, Stage::Dismissed, None, Some(1e6)),
    ];
    let report = year(&story);
    let cac: Vec<_> = report
        .motions
        .acquisition
        .iter()
        .map(|row| (&*row.currency, row.cost, row.expansions, row.expansion_cac))
        .collect();
    assert_eq!(cac, [("EUR", 950.0, 2, Some(475.0)), ("USD", 60.0, 1, Some(60.0))]);
    let sales: Vec<_> = report.motions.motions[0]
        .sales
        .iter()
        .map(|sales| (&*sales.currency, sales.expansions, sales.yearly_amount, sales.mrr))
        .collect();
    assert_eq!(sales, [("EUR", 2, 3_600.0, 300.0), ("USD", 1, 600.0, 50.0)]);
    assert_eq!((report.gaps.won_without_amount, report.gaps.won_without_cost), (1, 1));
}

#[test]
fn only_the_period_counts() {
    let story = [
        opened("acme", 1, day(-1)),
        came("acme", 1, day(3), Stage::ClosedWon),
        opened("acme", 2, day(3)),
        came("acme", 2, day(400), Stage::ClosedWon),
        opened("acme", 3, day(400)),
    ];
    let report = year(&story);
    assert_eq!(reached(&report), [1, 0, 0, 0, 0, 0]);
    assert_eq!(report.motions.motions[0].won, 1);
    assert_eq!(report.funnel.standings.untouched, 1);
}
