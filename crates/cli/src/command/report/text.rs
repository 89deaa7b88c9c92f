//! The report for a person at a terminal, 100 columns wide at most but for very large sums.

mod money;

use springtide_core::time::format_date;
use springtide_report::{Gaps, MotionRow, Motions, Pace, PlayRow, Report, Warning};

use crate::page::{Page, amount, number, percent, table};
use crate::text::{counted, grouped};

/// One section below the other.
pub fn page(report: &Report) -> String {
    let mut page = Page::default();
    let segments: Vec<String> = report.segments.iter().map(|segment| spoken(segment.name())).collect();
    let segments = if segments.is_empty() { "all segments".to_owned() } else { segments.join(", ") };
    let last_day = format_date(report.to.saturating_sub(1));
    let accounts = counted(report.accounts, "account", "accounts");
    page.line(&format!("{} to {last_day} (UTC), {segments}, {accounts}", format_date(report.from)));
    funnel(&mut page, report);
    report.revenue.iter().for_each(|revenue| money::section(&mut page, revenue));
    motions(&mut page, &report.motions);
    pace(&mut page, &report.pace);
    plays(&mut page, &report.plays);
    to_know(&mut page, report);
    page.finish()
}

/// A name as people write it.
fn spoken(name: &str) -> String {
    name.replace('_', " ")
}

fn funnel(page: &mut Page, report: &Report) {
    page.section("From signal to sale", "opportunities that opened in the period");
    let funnel = &report.funnel;
    let rows = funnel.stages.iter().map(|stage| {
        vec![
            spoken(stage.stage),
            grouped(stage.opportunities),
            percent(stage.of_previous_percent),
            percent(stage.of_signals_percent),
        ]
    });
    page.table(table(&["", "reached", "of the stage before", "of all signals"], rows));
    if let (Some(signals), qualified) = (funnel.won_of_signals_percent, funnel.won_of_qualified_percent) {
        let qualified = qualified.map(|share| format!(" and {share:.1} % of those qualified"));
        page.said(&format!("Won: {signals:.1} % of signals{}.", qualified.unwrap_or_default()));
    }
    let stand = &funnel.standings;
    let stands = [
        (stand.untouched, "nobody has touched"),
        (stand.in_progress, "in progress"),
        (stand.snoozed, "snoozed"),
        (stand.dismissed, "dismissed"),
        (stand.lost, "lost"),
        (stand.won, "won"),
    ];
    let stands: Vec<String> = stands
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", grouped(count)))
        .collect();
    if !stands.is_empty() {
        page.said(&format!("How they stand: {}.", stands.join(", ")));
    }
    if funnel.withdrawn > 0 {
        page.said(&format!("{} more were withdrawn.", grouped(funnel.withdrawn)));
    }
}

fn motions(page: &mut Page, motions: &Motions) {
    page.section("Closed", "deals that ended in the period, whenever they opened");
    if motions.motions.is_empty() {
        page.said("None.");
        return;
    }
    let won_a_year = |row: &MotionRow| {
        let sums =
            row.sales.iter().map(|sales| format!("{} {}", sales.currency, amount(sales.yearly_amount)));
        let sums: Vec<String> = sums.collect();
        if sums.is_empty() { "–".to_owned() } else { sums.join(" + ") }
    };
    let rows = motions.motions.iter().map(|row| {
        vec![
            spoken(row.motion),
            grouped(row.won),
            grouped(row.lost),
            grouped(row.dismissed),
            percent(row.close_rate_percent),
            won_a_year(row),
        ]
    });
    page.table(table(&["", "won", "lost", "dismissed", "close rate", "won, a year"], rows));
    for row in &motions.acquisition {
        let deals = counted(row.expansions, "expansion", "expansions");
        match row.expansion_cac {
            Some(cac) => page.said(&format!(
                "Expansion CAC: {0} {1} ({0} {2} spent on deals won and lost ÷ {deals}).",
                row.currency,
                amount(cac),
                amount(row.cost)
            )),
            None => page.said(&format!("{} {} spent, nothing won with it.", row.currency, amount(row.cost))),
        }
    }
}

fn pace(page: &mut Page, pace: &Pace) {
    page.section("Pace", "");
    let touch = &pace.first_touch;
    match touch.in_time_percent {
        Some(in_time) => page.said(&format!(
            "First touch: {in_time:.1} % in time ({} in time, {} late, {} overdue; {} still have time). It took {} in \
             the median, of {} that there were.",
            grouped(touch.in_time),
            grouped(touch.late),
            grouped(touch.overdue),
            grouped(touch.waiting),
            hours(touch.median_hours),
            hours(touch.median_hours_allowed),
        )),
        None => page.said("First touch: none was due."),
    }
    let expand = &pace.time_to_expand;
    match (expand.median_days, expand.mean_days) {
        (Some(median), Some(mean)) => page.said(&format!(
            "Time to expand: {median:.0} days from signing up to the first expansion in the median, {mean:.0} in the mean, \
             of {}.",
            counted(expand.accounts, "account", "accounts")
        )),
        _ => page.said("Time to expand: no account's first expansion that can be told as such."),
    }
    let health = &pace.health;
    let recent = match health.pending {
        0 => String::new(),
        some => format!("; {} less than 90 days ago", counted(some, "expansion is", "expansions are")),
    };
    match (health.mean_before, health.mean_after, health.change) {
        (Some(before), Some(after), Some(change)) => page.said(&format!(
            "Health: {before:.1} before an expansion, {after:.1} 90 days after it ({change:+.1}), of {}{recent}.",
            counted(health.expansions, "expansion", "expansions")
        )),
        _ => page.said(&format!("Health around expansions: nothing to compare{recent}.")),
    }
}

fn hours(hours: Option<f64>) -> String {
    match hours {
        None => "–".to_owned(),
        Some(hours) if hours < 48.0 => format!("{} hours", number(hours)),
        Some(hours) => format!("{} days", number(hours / 24.0)),
    }
}

fn plays(page: &mut Page, plays: &[PlayRow]) {
    if plays.is_empty() {
        return;
    }
    page.section("Plays", "precision: won ÷ all that ended in the period");
    let rows = plays.iter().map(|play| {
        let counts = [play.opened, play.won, play.lost, play.dismissed].map(grouped);
        let mut row = vec![play.play.clone()];
        row.extend(counts);
        row.push(percent(play.precision_percent));
        row
    });
    page.table(table(&["", "opened", "won", "lost", "dismissed", "precision"], rows));
    for play in plays {
        for (what, reasons) in [("dismissed", &play.dismissed_by_reason), ("lost", &play.lost_by_reason)] {
            let reasons: Vec<String> = reasons
                .iter()
                .map(|reason| {
                    let given = reason.reason.as_deref().unwrap_or("no reason given");
                    format!("{given} ({})", grouped(reason.count))
                })
                .collect();
            if !reasons.is_empty() {
                page.said(&format!("{}, {what}: {}.", play.play, reasons.join(", ")));
            }
        }
    }
    let suggestions: Vec<&str> =
        plays.iter().filter_map(|play| Some(&*play.suggestion.as_ref()?.words)).collect();
    if !suggestions.is_empty() {
        page.section("What might be tuned", "nothing is changed by itself");
        suggestions.into_iter().for_each(|words| page.item(words));
    }
}

fn to_know(page: &mut Page, report: &Report) {
    let gaps = said_of(&report.gaps);
    if gaps.is_empty() && report.warnings.is_empty() {
        return;
    }
    page.section("To know", "");
    let (cohorts, wide): (Vec<&Warning>, Vec<&Warning>) =
        report.warnings.iter().partition(|warning| warning.by == "cohort");
    wide.iter().for_each(|warning| page.item(&format!("{}.", warning.words)));
    if !cohorts.is_empty() {
        let names: Vec<String> =
            cohorts.iter().map(|warning| format!("{} {}", warning.currency, warning.of)).collect();
        page.item(&format!("NRR exceeds GRR by 30 points or more in the cohorts {}.", names.join(", ")));
    }
    gaps.iter().for_each(|gap| page.item(gap));
}

fn said_of(gaps: &Gaps) -> Vec<String> {
    let all = [
        (
            gaps.first_seen_within,
            "account",
            "accounts",
            "first seen in the period though signed up before: taken to have paid from the start what is seen first",
        ),
        (
            gaps.without_sign_up,
            "account",
            "accounts",
            "without signed_up_at: in no cohort, and new where first seen",
        ),
        (
            gaps.currency_changed,
            "account",
            "accounts",
            "paying in another currency than at the start: in no figure of retention",
        ),
        (
            gaps.unknown_opportunities,
            "deal",
            "deals",
            "of opportunities that are not among those found here: in no funnel, but among what was closed",
        ),
        (
            gaps.found_by_play,
            "deal",
            "deals",
            "with another opportunity's id: taken for the account's latest opportunity of that play",
        ),
        (
            gaps.withdrawn_with_outcomes,
            "withdrawn opportunity",
            "withdrawn opportunities",
            "with outcomes: in no funnel",
        ),
        (gaps.won_without_amount, "won deal", "won deals", "without an amount: in no sum"),
        (gaps.won_without_cost, "won deal", "won deals", "without a cost: not in the expansion CAC"),
        (
            gaps.closed_without_currency,
            "closed deal",
            "closed deals",
            "of accounts without a profile then, so without a currency: in no sum",
        ),
    ];
    let some = all.into_iter().filter(|(count, ..)| *count > 0);
    some.map(|(count, one, many, what)| format!("{} {what}.", counted(count, one, many))).collect()
}
