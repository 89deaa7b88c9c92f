//! The report as one table, a figure a row: for spreadsheets, and for whoever looks a figure up by name.

use crate::cohort::Growth;
use crate::motions::Motions;
use crate::pace::Pace;
use crate::plays::{PlayRow, Reason};
use crate::report::{Gaps, Report};
use crate::retention::Retention;
use crate::revenue::Revenue;

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which part of the report: `funnel`, `standings`, `revenue`, `segments`, `cohorts`, `motions`, `acquisition`,
    /// `first_touch`, `time_to_expand`, `health`, `plays`, `warnings`, `gaps`.
    pub section: &'static str,
    /// What it is about within that: a stage, segment, cohort, motion or play; empty for the whole.
    pub group: String,
    /// A reason, or what a suggestion or warning is about; empty for most.
    pub detail: String,
    /// Of figures that are kept apart by currency; empty for the others.
    pub currency: String,
    /// The name that it has as JSON.
    pub measure: &'static str,
    /// `accounts`, `opportunities`, `deals`, `percent`, `money`, `money_a_month`, `money_a_year`, `hours`, `days`, `expansions`,
    /// `points` or `words`.
    pub unit: &'static str,
    /// Absent where it can't be worked out.
    pub value: Option<Value>,
}

/// What a row says.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// Words for a person.
    Words(String),
}

/// All figures, in the order of the report.
pub fn rows(report: &Report) -> Vec<Row> {
    let mut table = Table::default();
    funnel(&mut table, report);
    report.revenue.iter().for_each(|revenue| money(&mut table, revenue));
    motions(&mut table, &report.motions);
    pace(&mut table, &report.pace);
    report.plays.iter().for_each(|play| judged(&mut table, play));
    for warning in &report.warnings {
        table.at("warnings", &warning.of, &warning.currency).words(warning.by, "warning", &warning.words);
    }
    gaps(&mut table, &report.gaps);
    table.rows
}

#[derive(Default)]
struct Table {
    rows: Vec<Row>,
}

/// Where the next rows belong.
struct Place<'t> {
    table: &'t mut Table,
    section: &'static str,
    group: String,
    currency: String,
}

impl Table {
    fn at(&mut self, section: &'static str, group: &str, currency: &str) -> Place<'_> {
        Place { table: self, section, group: group.to_owned(), currency: currency.to_owned() }
    }
}

impl Place<'_> {
    fn put(&mut self, detail: &str, measure: &'static str, unit: &'static str, value: Option<Value>) {
        self.table.rows.push(Row {
            section: self.section,
            group: self.group.clone(),
            detail: detail.to_owned(),
            currency: self.currency.clone(),
            measure,
            unit,
            value,
        });
    }

    fn number(
        &mut self,
        measure: &'static str,
        unit: &'static str,
        value: impl Into<Option<f64>>,
    ) -> &mut Self {
        self.put("", measure, unit, value.into().map(Value::Number));
        self
    }

    fn count(&mut self, measure: &'static str, unit: &'static str, value: u64) -> &mut Self {
        self.number(measure, unit, value as f64)
    }

    fn words(&mut self, detail: &str, measure: &'static str, words: &str) -> &mut Self {
        self.put(detail, measure, "words", Some(Value::Words(words.to_owned())));
        self
    }

    fn reasons(&mut self, measure: &'static str, reasons: &[Reason]) -> &mut Self {
        for reason in reasons {
            let given = reason.reason.as_deref().unwrap_or("no reason given");
            self.put(given, measure, "deals", Some(Value::Number(reason.count as f64)));
        }
        self
    }

    fn retention(&mut self, retention: &Retention) -> &mut Self {
        self.count("accounts", "accounts", retention.accounts)
            .number("start_mrr", "money_a_month", retention.start_mrr)
            .number("expansion_mrr", "money_a_month", retention.expansion_mrr)
            .count("expanded_accounts", "accounts", retention.expanded_accounts)
            .number("contraction_mrr", "money_a_month", retention.contraction_mrr)
            .count("contracted_accounts", "accounts", retention.contracted_accounts)
            .number("churned_mrr", "money_a_month", retention.churned_mrr)
            .count("churned_accounts", "accounts", retention.churned_accounts)
            .number("expansion_rate_percent", "percent", retention.expansion_rate_percent)
            .number("nrr_percent", "percent", retention.nrr_percent)
            .number("grr_percent", "percent", retention.grr_percent)
            .number("largest_three_percent", "percent", retention.largest_three_percent)
    }
}

fn funnel(table: &mut Table, report: &Report) {
    let funnel = &report.funnel;
    for stage in &funnel.stages {
        table
            .at("funnel", stage.stage, "")
            .count("opportunities", "opportunities", stage.opportunities)
            .number("of_previous_percent", "percent", stage.of_previous_percent)
            .number("of_signals_percent", "percent", stage.of_signals_percent);
    }
    table
        .at("funnel", "", "")
        .number("won_of_signals_percent", "percent", funnel.won_of_signals_percent)
        .number("won_of_qualified_percent", "percent", funnel.won_of_qualified_percent)
        .count("withdrawn", "opportunities", funnel.withdrawn);
    let standings = &funnel.standings;
    table
        .at("standings", "", "")
        .count("untouched", "opportunities", standings.untouched)
        .count("in_progress", "opportunities", standings.in_progress)
        .count("snoozed", "opportunities", standings.snoozed)
        .count("dismissed", "opportunities", standings.dismissed)
        .count("lost", "opportunities", standings.lost)
        .count("won", "opportunities", standings.won);
}

fn money(table: &mut Table, revenue: &Revenue) {
    table
        .at("revenue", "", &revenue.currency)
        .retention(&revenue.total)
        .number("new_mrr", "money_a_month", revenue.new_mrr)
        .count("new_accounts", "accounts", revenue.new_accounts)
        .number("reactivated_mrr", "money_a_month", revenue.reactivated_mrr)
        .count("reactivated_accounts", "accounts", revenue.reactivated_accounts)
        .number("end_mrr", "money_a_month", revenue.end_mrr)
        .number("expansion_share_percent", "percent", revenue.expansion_share_percent)
        .number("new_share_percent", "percent", revenue.new_share_percent)
        .number("reactivated_share_percent", "percent", revenue.reactivated_share_percent);
    for row in &revenue.segments {
        table.at("segments", row.segment, &revenue.currency).retention(&row.retention);
    }
    for row in &revenue.cohorts {
        let mut place = table.at("cohorts", &row.cohort, &revenue.currency);
        place.retention(&row.retention);
        growth(&mut place, "after_6_months", &row.after_6_months);
        growth(&mut place, "after_12_months", &row.after_12_months);
    }
}

fn growth(place: &mut Place<'_>, when: &str, growth: &Growth) {
    let number = |number: f64| Some(Value::Number(number));
    place.put(when, "accounts", "accounts", number(growth.accounts as f64));
    place.put(when, "landing_mrr", "money_a_month", number(growth.landing_mrr));
    place.put(when, "expansion_mrr", "money_a_month", number(growth.expansion_mrr));
    place.put(when, "expansion_percent", "percent", growth.expansion_percent.map(Value::Number));
}

fn motions(table: &mut Table, motions: &Motions) {
    for row in &motions.motions {
        table
            .at("motions", row.motion, "")
            .count("won", "deals", row.won)
            .count("lost", "deals", row.lost)
            .count("dismissed", "deals", row.dismissed)
            .number("close_rate_percent", "percent", row.close_rate_percent);
        for sales in &row.sales {
            table
                .at("motions", row.motion, &sales.currency)
                .count("expansions", "deals", sales.expansions)
                .number("yearly_amount", "money_a_year", sales.yearly_amount)
                .number("mrr", "money_a_month", sales.mrr);
        }
    }
    for row in &motions.acquisition {
        table
            .at("acquisition", "", &row.currency)
            .number("cost", "money", row.cost)
            .count("expansions", "deals", row.expansions)
            .number("expansion_cac", "money", row.expansion_cac);
    }
}

fn pace(table: &mut Table, pace: &Pace) {
    let touch = &pace.first_touch;
    table
        .at("first_touch", "", "")
        .count("in_time", "opportunities", touch.in_time)
        .count("late", "opportunities", touch.late)
        .count("overdue", "opportunities", touch.overdue)
        .count("waiting", "opportunities", touch.waiting)
        .number("in_time_percent", "percent", touch.in_time_percent)
        .number("median_hours", "hours", touch.median_hours)
        .number("median_hours_allowed", "hours", touch.median_hours_allowed);
    let expand = &pace.time_to_expand;
    table
        .at("time_to_expand", "", "")
        .count("accounts", "accounts", expand.accounts)
        .number("median_days", "days", expand.median_days)
        .number("mean_days", "days", expand.mean_days);
    let health = &pace.health;
    table
        .at("health", "", "")
        .count("expansions", "expansions", health.expansions)
        .number("mean_before", "points", health.mean_before)
        .number("mean_after", "points", health.mean_after)
        .number("change", "points", health.change)
        .count("pending", "expansions", health.pending)
        .count("without_score", "expansions", health.without_score);
}

fn judged(table: &mut Table, play: &PlayRow) {
    let mut place = table.at("plays", &play.play, "");
    place
        .count("opened", "opportunities", play.opened)
        .count("won", "deals", play.won)
        .count("lost", "deals", play.lost)
        .count("dismissed", "deals", play.dismissed)
        .number("precision_percent", "percent", play.precision_percent)
        .reasons("dismissed_by_reason", &play.dismissed_by_reason)
        .reasons("lost_by_reason", &play.lost_by_reason);
    if let Some(suggestion) = &play.suggestion {
        place.words(suggestion.what, "suggestion", &suggestion.words);
    }
}

fn gaps(table: &mut Table, gaps: &Gaps) {
    table
        .at("gaps", "", "")
        .count("first_seen_within", "accounts", gaps.first_seen_within)
        .count("without_sign_up", "accounts", gaps.without_sign_up)
        .count("currency_changed", "accounts", gaps.currency_changed)
        .count("unknown_opportunities", "deals", gaps.unknown_opportunities)
        .count("found_by_play", "deals", gaps.found_by_play)
        .count("withdrawn_with_outcomes", "deals", gaps.withdrawn_with_outcomes)
        .count("won_without_amount", "deals", gaps.won_without_amount)
        .count("won_without_cost", "deals", gaps.won_without_cost)
        .count("closed_without_currency", "deals", gaps.closed_without_currency);
}
