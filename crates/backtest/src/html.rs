//! A page that a person can mail around: one file, no script, nothing fetched, light and dark.

mod markup;

use springtide_core::time::{format_date, format_rfc3339};

use crate::backtest::{Backtest, Pack, Source};
use crate::deal::{Caught, Worth};
use crate::difference::{Difference, What};
use crate::tally::{Counts, Row};
use crate::volume::{Load, OwnerRow};
use crate::why::FailedRow;
use crate::words::{changed_by, spoken};
use markup::{Bar, Page, grouped, shortened};

/// Of each sort, so many openings are shown.
const SHOWN_MOST: usize = 50;

/// The whole page. What comes from records and rule files is escaped.
pub fn html(backtest: &Backtest) -> String {
    let mut page = Page::begun("Backtest");
    head(&mut page, backtest);
    let mark = |row: &Row| row.only_in.map(|pack| format!("{pack} pack only")).unwrap_or_default();
    let play = |row: &Row| row.play.clone().unwrap_or_default();
    let segment = |row: &Row| row.segment.map(spoken).unwrap_or_default();
    counts(&mut page, "By play", &["play", ""], &backtest.plays, |row| vec![play(row), mark(row)]);
    counts(&mut page, "By segment", &["segment"], &backtest.segments, |row| vec![segment(row)]);
    let both = &backtest.plays_by_segment;
    counts(&mut page, "By play and segment", &["play", "segment"], both, |row| vec![play(row), segment(row)]);
    changes(&mut page, backtest);
    conditions(&mut page, backtest);
    outcomes(&mut page, backtest);
    volume(&mut page, backtest);
    for what in [What::Gained, What::Lost, What::Changed] {
        differences(&mut page, backtest, what);
    }
    page.finish()
}

fn head(page: &mut Page, backtest: &Backtest) {
    let pack = |name: &str, pack: &Pack| {
        let plays = if pack.plays == 1 { "play" } else { "plays" };
        format!("{name}: {}, version {}, {} {plays}", pack.folder, pack.rules_version, pack.plays)
    };
    page.said(&pack("Old", &backtest.old));
    page.said(&pack("New", &backtest.new));
    page.said(&format!(
        "{} to {} (UTC), {} accounts with an opportunity.",
        format_date(backtest.from),
        format_date(backtest.to),
        grouped(backtest.accounts)
    ));
    backtest.sources.iter().filter_map(Source::words).for_each(|words| page.said(&words));
    let counts = backtest.total.counts;
    let figures = [
        ("old", counts.old),
        ("new", counts.new),
        ("same", counts.same),
        ("changed", counts.changed),
        ("gained", counts.gained),
        ("lost", counts.lost),
    ];
    page.cards(&figures);
    page.bar(&bar(&counts, counts.same + counts.changed + counts.gained + counts.lost));
}

fn bar(counts: &Counts, whole: u64) -> Bar {
    let parts = vec![
        ("same", counts.same),
        ("changed", counts.changed),
        ("gained", counts.gained),
        ("lost", counts.lost),
    ];
    Bar { parts, whole }
}

fn counts(page: &mut Page, title: &str, heads: &[&str], rows: &[Row], names: impl Fn(&Row) -> Vec<String>) {
    if rows.is_empty() {
        return;
    }
    page.section(title);
    let mut all = heads.to_vec();
    all.extend(["old", "new", "same", "changed", "gained", "lost", ""]);
    page.table(&all, heads.len());
    let total = |row: &Row| row.counts.same + row.counts.changed + row.counts.gained + row.counts.lost;
    let whole = rows.iter().map(total).max().unwrap_or(0);
    for row in rows {
        let Counts { old, new, same, changed, gained, lost } = row.counts;
        let mut cells = names(row);
        cells.extend([old, new, same, changed, gained, lost].map(grouped));
        page.row(&cells, heads.len(), Some(&bar(&row.counts, whole)));
    }
    page.table_end();
}

fn changes(page: &mut Page, backtest: &Backtest) {
    if backtest.changes.is_empty() {
        return;
    }
    page.section("What changed in those that both packs have");
    page.table(&["field", "new less old", "opportunities"], 2);
    for row in &backtest.changes {
        let by = changed_by(row).unwrap_or_default();
        page.row(&[spoken(row.field), by, grouped(row.opportunities)], 2, None);
    }
    page.table_end();
    if backtest.evidence.is_empty() {
        return;
    }
    page.table(&["detector in the evidence", "added", "removed"], 1);
    for row in &backtest.evidence {
        page.row(&[row.detector.clone(), grouped(row.added), grouped(row.removed)], 1, None);
    }
    page.table_end();
}

fn conditions(page: &mut Page, backtest: &Backtest) {
    let conditions = &backtest.conditions;
    if conditions.rows.is_empty() {
        return;
    }
    page.section("The conditions that decide");
    page.said(&format!(
        "What kept openings shut under the pack that does not have them, at the instant at which the other opened them: {} were \
         asked about, {} were not. Alone: all other conditions held.",
        grouped(conditions.explained),
        grouped(conditions.left_out)
    ));
    page.table(&["condition", "gained", "lost", "alone", ""], 1);
    let most = conditions.rows.iter().map(|row| row.gained + row.lost).max().unwrap_or(0);
    for FailedRow { failed, gained, lost, alone } in &conditions.rows {
        let bar = Bar { parts: vec![("gained", *gained), ("lost", *lost)], whole: most };
        let cells = [failed.words(), grouped(*gained), grouped(*lost), grouped(*alone)];
        page.row(&cells, 1, Some(&bar));
    }
    page.table_end();
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{share:.1} %"))
}

fn outcomes(page: &mut Page, backtest: &Backtest) {
    let (Some(ended), Some(total)) = (&backtest.ended, &backtest.total.outcomes) else {
        return;
    };
    page.section("What people made of them");
    page.said(&format!(
        "Of deals that outcomes say the end of, {} were won, {} lost and {} dismissed. Nobody worked on what the live pack did \
         not open: it has no outcome.",
        grouped(ended.won),
        grouped(ended.lost),
        grouped(ended.dismissed)
    ));
    page.table(&["", "pack", "won", "lost", "dismissed", "precision", "days to win", "lift"], 2);
    let mut rows = |name: &str, worth: &Worth| {
        let lift = worth.lift.map_or_else(|| "–".to_owned(), |lift| format!("{lift:.2}"));
        for (pack, caught, lift) in [("old", &worth.old, String::new()), ("new", &worth.new, lift)] {
            let Caught { ended, precision_percent, median_days_to_win } = caught;
            let mut cells = vec![name.to_owned(), pack.to_owned()];
            cells.extend([ended.won, ended.lost, ended.dismissed].map(grouped));
            cells.push(percent(*precision_percent));
            cells.push(median_days_to_win.map_or_else(|| "–".to_owned(), |days| format!("{days:.1}")));
            cells.push(lift);
            page.row(&cells, 2, None);
        }
    };
    rows("all", total);
    for row in backtest.plays.iter().chain(&backtest.segments) {
        let name = row.play.clone().or_else(|| row.segment.map(spoken)).unwrap_or_default();
        row.outcomes.iter().for_each(|worth| rows(&name, worth));
    }
    page.table_end();
}

fn volume(page: &mut Page, backtest: &Backtest) {
    if backtest.volume.owners.is_empty() {
        return;
    }
    page.section("How many a week");
    page.said(&format!(
        "Over {} weeks (Monday to Sunday) from {}.",
        backtest.volume.weeks,
        format_date(backtest.volume.first_week)
    ));
    page.table(&["role", "owner", "old, mean", "old, most", "new, mean", "new, most"], 2);
    for OwnerRow { role, owner, old, new } in &backtest.volume.owners {
        let mut cells = vec![spoken(role), owner.clone().unwrap_or_else(|| "nobody named".to_owned())];
        for Load { mean_a_week, most_a_week, .. } in [old, new] {
            cells.extend([format!("{mean_a_week:.1}"), grouped(*most_a_week)]);
        }
        page.row(&cells, 2, None);
    }
    page.table_end();
}

fn differences(page: &mut Page, backtest: &Backtest, what: What) {
    let counts = backtest.total.counts;
    let all = match what {
        What::Gained => counts.gained,
        What::Lost => counts.lost,
        What::Changed => counts.changed,
        What::Same => 0,
    };
    if all == 0 {
        return;
    }
    let shown: Vec<&Difference> =
        backtest.detailed.differences.iter().filter(|one| one.what == what).take(SHOWN_MOST).collect();
    let mut title = spoken(what.name());
    title.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
    page.section(&format!("{title}: {} of {}, by account id", shown.len(), grouped(all)));
    page.table(&["account", "play", "segment", "opened (UTC)", "why"], 5);
    for one in shown {
        let account = match one.account_name == one.account_id {
            true => one.account_id.clone(),
            false => format!("{} ({})", one.account_name, one.account_id),
        };
        let opened = format_rfc3339(one.opened_at()).get(..16).unwrap_or_default().replace('T', " ");
        let cells =
            [shortened(&account), one.play.clone(), spoken(one.segment), opened, shortened(&one.words())];
        page.row(&cells, 5, None);
    }
    page.table_end();
}
