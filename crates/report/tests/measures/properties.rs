//! What holds of any history.

use proptest::prelude::*;
use serde_json::json;
use springtide_core::event::{Profile, Segment, Stage};
use springtide_core::meaning::opportunity::{Opportunity, Status};
use springtide_core::time::{DAY_MS, format_rfc3339};
use springtide_report::{Report, Scope};

use crate::story::{Told, day, evidence, opportunity, outcome, profile, report_on, reporter, told, with};

const ACCOUNTS: [&str; 3] = ["a", "b", "c"];

fn a_profile() -> impl Strategy<Value = Told> {
    let money = prop_oneof![Just(0.0), (1_u32..2_000).prop_map(|cents| f64::from(cents) * 0.37)];
    let who = (0..ACCOUNTS.len(), prop::sample::select(&["EUR", "USD"][..]), 0..Segment::ALL.len());
    let dates =
        (prop::option::of(-400_i64..300), prop::option::of(-400_i64..300), prop::option::of(0.0..100.0));
    (who, -100_i64..400, 0_u8..3, money, dates).prop_map(|(who, at, id, mrr, (signed, expanded, health))| {
        let profile = Profile {
            id: format!("p{id}").into(),
            // Mostly one currency, as accounts have it.
            currency: if at % 7 == 0 { who.1 } else { "EUR" }.into(),
            segment: Segment::ALL[who.2],
            signed_up_at: signed.map(day),
            last_expansion_at: expanded.map(day),
            health_score: health,
            ..profile(day(at), mrr)
        };
        told(ACCOUNTS[who.0], profile)
    })
}

fn an_outcome() -> impl Strategy<Value = Told> {
    let stage = prop::sample::select(&Stage::ALL[..]);
    let money = (prop::option::of(0.0..1e4), prop::option::of(0.0..1e3));
    (0..ACCOUNTS.len(), 0_u32..9, 0_i64..400, stage, money, any::<bool>()).prop_map(
        |(account, number, at, stage, (amount, cost), seat)| {
            let mut outcome = outcome(number, day(at), stage);
            (outcome.amount, outcome.cost) = (amount, cost);
            outcome.play = if seat { "seat-expansion" } else { "tier-upgrade" }.into();
            with(ACCOUNTS[account], outcome)
        },
    )
}

/// One revision says one thing, so all of an opportunity follows from its number.
fn an_opportunity() -> impl Strategy<Value = Told> {
    (0_u32..9, 1_u32..3).prop_map(|(number, revision)| {
        let account = ACCOUNTS[number as usize % ACCOUNTS.len()];
        let mut opportunity = opportunity(account, number, day(i64::from(number) * 45 - 30));
        opportunity.revision = revision;
        opportunity.play = if number % 2 == 0 { "seat-expansion" } else { "tier-upgrade" }.into();
        opportunity.evidence = vec![evidence(["seats_80", "seats_90"][number as usize / 2 % 2])];
        if number == 7 && revision == 2 {
            opportunity.status = Status::Withdrawn;
        }
        Told::Opportunity(Box::new(opportunity))
    })
}

fn history() -> impl Strategy<Value = Vec<Told>> {
    prop::collection::vec(prop_oneof![a_profile(), an_outcome(), an_opportunity()], 0..60)
}

fn scope() -> impl Strategy<Value = Scope> {
    (-50_i64..300, 1_i64..365, prop::collection::vec(prop::sample::select(&Segment::ALL[..]), 0..2))
        .prop_map(|(from, days, segments)| Scope { from: day(from), to: day(from) + days * DAY_MS, segments })
}

/// An opportunity as its topic has it.
fn as_told(opportunity: &Opportunity) -> springtide_report::Told {
    let evidence: Vec<_> =
        opportunity.evidence.iter().map(|line| json!({"detector": &*line.detector})).collect();
    let json = json!({
        "opportunity_id": opportunity.id, "account_id": &*opportunity.account, "revision": opportunity.revision,
        "status": opportunity.status.name(), "play": &*opportunity.play, "motion": opportunity.motion.name(),
        "opened_at": format_rfc3339(opportunity.opened_at), "act_by": format_rfc3339(opportunity.act_by),
        "evidence": evidence, "headline": "not looked at",
    });
    serde_json::from_value(json).unwrap()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * (1.0 + a.abs() + b.abs())
}

fn check(report: &Report) {
    for pair in report.funnel.stages.windows(2) {
        assert!(pair[0].opportunities >= pair[1].opportunities, "the funnel grows: {:?}", report.funnel);
    }
    let stand = &report.funnel.standings;
    let sum = stand.untouched + stand.in_progress + stand.snoozed + stand.dismissed + stand.lost + stand.won;
    assert_eq!(sum, report.funnel.stages[0].opportunities);
    assert_eq!(stand.won, report.funnel.stages[5].opportunities);
    let touch = &report.pace.first_touch;
    assert_eq!(touch.in_time + touch.late + touch.overdue + touch.waiting, sum);
    for revenue in &report.revenue {
        let total = &revenue.total;
        let bridge = total.start_mrr + total.expansion_mrr - total.contraction_mrr - total.churned_mrr;
        assert!(near(bridge + revenue.new_mrr + revenue.reactivated_mrr, revenue.end_mrr), "{revenue:?}");
        let shares =
            [revenue.expansion_share_percent, revenue.new_share_percent, revenue.reactivated_share_percent];
        let shares: Vec<f64> = shares.into_iter().flatten().collect();
        assert!(shares.is_empty() || near(shares.iter().sum(), 100.0), "{shares:?}");
        let parts = revenue.segments.iter().map(|row| &row.retention);
        let cohorts = revenue.cohorts.iter().map(|row| &row.retention);
        assert!(near(parts.clone().map(|part| part.start_mrr).sum(), total.start_mrr));
        assert!(near(cohorts.clone().map(|part| part.expansion_mrr).sum(), total.expansion_mrr));
        for row in parts.chain(cohorts).chain([total]) {
            let (Some(nrr), Some(grr)) = (row.nrr_percent, row.grr_percent) else {
                assert_eq!(row.accounts, 0);
                continue;
            };
            assert!((0.0..=100.0).contains(&grr), "{row:?}");
            assert!(near(nrr, grr + row.expansion_rate_percent.unwrap()), "{row:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn order_and_repeats_leave_no_trace(
        (history, other) in history().prop_flat_map(|history| {
            let repeated = [history.clone(), history.iter().take(9).cloned().collect()].concat();
            (Just(history), Just(repeated).prop_shuffle())
        }),
        scope in scope(),
    ) {
        prop_assert_eq!(report_on(&history, &scope), report_on(&other, &scope));
    }

    #[test]
    fn settling_as_time_goes_on_changes_nothing(history in history(), scope in scope()) {
        let mut sorted = history.clone();
        let at = |told: &Told| match told {
            Told::Profile(_, profile) => profile.at,
            Told::Outcome(_, outcome) => outcome.at,
            Told::Opportunity(opportunity) => opportunity.opened_at,
        };
        sorted.sort_by_key(at);
        let mut settling = springtide_report::Reporter::new(
            [("seat-expansion", springtide_core::rules::Motion::Seat), ("tier-upgrade", springtide_core::rules::Motion::Upsell)],
        );
        for told in &sorted {
            settling.settle(at(told));
            match told {
                Told::Profile(account, profile) => prop_assert!(settling.profile(account, profile)),
                Told::Outcome(account, outcome) => settling.outcome(account, outcome),
                Told::Opportunity(opportunity) => settling.opportunity(opportunity),
            }
        }
        prop_assert_eq!(settling.report(&scope), report_on(&history, &scope));
    }

    #[test]
    fn what_comes_after_the_period_is_not_looked_at(history in history(), scope in scope()) {
        let before = |told: &&Told| match told {
            Told::Profile(_, profile) => profile.at < scope.to,
            Told::Outcome(_, outcome) => outcome.at < scope.to,
            Told::Opportunity(opportunity) => opportunity.opened_at < scope.to,
        };
        let past: Vec<Told> = history.iter().filter(before).cloned().collect();
        prop_assert_eq!(report_on(&past, &scope), report_on(&history, &scope));
    }

    /// As the topics are read: profiles first, and opportunities as their JSON has them.
    #[test]
    fn who_is_erased_was_never_there_and_what_is_settled_counts_as_before(history in history(), scope in scope()) {
        let is_of = |told: &Told, account: &str| match told {
            Told::Profile(of, _) | Told::Outcome(of, _) => &**of == account,
            Told::Opportunity(opportunity) => &*opportunity.account == account,
        };
        let (mut read, rest): (Vec<Told>, Vec<Told>) =
            history.iter().cloned().partition(|told| matches!(told, Told::Profile(..)));
        let mut topics = reporter(&read);
        topics.settle_known();
        topics.erase("a");
        let mut whole = reporter(&[]);
        whole.absorb(topics);
        let mut topics = whole;
        read.retain(|told| !is_of(told, "a"));
        prop_assert_eq!(topics.has_profile("b"), read.iter().any(|told| is_of(told, "b")));
        prop_assert!(!topics.has_profile("a"));
        for told in rest.iter().filter(|told| !is_of(told, "a")) {
            match told {
                Told::Outcome(account, outcome) => topics.outcome(account, outcome),
                Told::Opportunity(opportunity) => topics.told(&as_told(opportunity)),
                Told::Profile(..) => {}
            }
        }
        let others: Vec<Told> = history.iter().filter(|told| !is_of(told, "a")).cloned().collect();
        prop_assert_eq!(topics.report(&scope), report_on(&others, &scope));
    }

    #[test]
    fn sums_are_sums_of_their_parts(history in history(), scope in scope()) {
        check(&reporter(&history).report(&scope));
    }
}
