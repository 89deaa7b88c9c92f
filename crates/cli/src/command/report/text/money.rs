//! What customers pay: one section a currency.

use springtide_report::{Retention, Revenue};

use super::spoken;
use crate::page::{Page, amount, percent, table};
use crate::text::{counted, grouped};

/// Older cohorts are left to JSON and CSV: a page has room for three years.
const COHORTS_MOST: usize = 12;

/// The section of a currency.
pub fn section(page: &mut Page, revenue: &Revenue) {
    page.section(
        &format!("Monthly recurring revenue, {}", revenue.currency),
        "of accounts that paid at the start",
    );
    // One alone would say the same again.
    let several = revenue.segments.len() > 1;
    let segments = revenue.segments.iter().filter(|_| several);
    let segments = segments.map(|row| (spoken(row.segment), &row.retention));
    let rows = std::iter::once(("all".to_owned(), &revenue.total))
        .chain(segments)
        .map(|row| retained(&row.0, row.1));
    page.table(table(&["", "accounts", "start", "expansion", "contraction", "churn", "NRR", "GRR"], rows));
    if let Some(rate) = revenue.total.expansion_rate_percent {
        let expansion = amount(revenue.total.expansion_mrr);
        page.said(&format!(
            "Expansion MRR {expansion}: an expansion rate of {rate:.1} % of what was paid at the start."
        ));
    }
    let back = match revenue.reactivated_accounts {
        0 => String::new(),
        many => {
            let accounts = counted(many, "account", "accounts");
            format!(", {} from {accounts} that came back", amount(revenue.reactivated_mrr))
        }
    };
    page.said(&format!(
        "At the end {} a month, {} of it from {}{back}.",
        amount(revenue.end_mrr),
        amount(revenue.new_mrr),
        counted(revenue.new_accounts, "new account", "new accounts"),
    ));
    if let (Some(expansion), Some(new)) = (revenue.expansion_share_percent, revenue.new_share_percent) {
        page.said(&format!("Of all new MRR, {expansion:.1} % is expansion and {new:.1} % new accounts."));
    }
    cohorts(page, revenue);
}

fn retained(name: &str, retention: &Retention) -> Vec<String> {
    vec![
        name.to_owned(),
        grouped(retention.accounts),
        amount(retention.start_mrr),
        amount(retention.expansion_mrr),
        amount(retention.contraction_mrr),
        amount(retention.churned_mrr),
        percent(retention.nrr_percent),
        percent(retention.grr_percent),
    ]
}

fn cohorts(page: &mut Page, revenue: &Revenue) {
    let earlier = revenue.cohorts.len().saturating_sub(COHORTS_MOST);
    let rows = revenue.cohorts.iter().skip(earlier).map(|cohort| {
        let retention = &cohort.retention;
        vec![
            cohort.cohort.clone(),
            grouped(retention.accounts),
            amount(retention.start_mrr),
            percent(retention.nrr_percent),
            percent(retention.grr_percent),
            percent(cohort.after_6_months.expansion_percent),
            percent(cohort.after_12_months.expansion_percent),
        ]
    });
    if revenue.cohorts.is_empty() {
        return;
    }
    page.line("");
    page.table(table(
        &["signed up in", "accounts", "start", "NRR", "GRR", "6 months +", "12 months +"],
        rows,
    ));
    if earlier > 0 {
        page.said(&format!(
            "{} before these: --json and --csv have them.",
            counted(earlier as u64, "quarter", "quarters")
        ));
    }
}
