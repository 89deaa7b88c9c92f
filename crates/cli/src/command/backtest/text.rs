//! The comparison for a person at a terminal; what is by play and segment at once is left to JSON and the page.

use springtide_backtest::{
    Backtest, Caught, Counts, Difference, FailedRow, Load, Pack, Row, Source, What, Worth, changed_by, spoken,
};
use springtide_core::time::{format_date, format_rfc3339};

use crate::page::{Page, percent, table};
use crate::text::{counted, grouped};

/// Of all differences, so many are shown.
const SHOWN_MOST: usize = 12;

/// Of conditions and owners, so many are shown.
const ROWS_MOST: usize = 20;

/// One section below the other.
pub fn page(backtest: &Backtest) -> String {
    let mut page = Page::default();
    head(&mut page, backtest);
    let play = |row: &Row| {
        let only = row.only_in.map(|pack| format!(" ({pack} pack only)"));
        format!("{}{}", row.play.as_deref().unwrap_or_default(), only.unwrap_or_default())
    };
    let segment = |row: &Row| row.segment.map(spoken).unwrap_or_default();
    counts(&mut page, "By play", &backtest.plays, play);
    counts(&mut page, "By segment", &backtest.segments, segment);
    changes(&mut page, backtest);
    conditions(&mut page, backtest);
    outcomes(&mut page, backtest);
    volume(&mut page, backtest);
    examples(&mut page, backtest);
    page.finish()
}

fn head(page: &mut Page, backtest: &Backtest) {
    let pack = |name: &str, pack: &Pack| {
        let plays = counted(pack.plays, "play", "plays");
        format!("{name}: {}, version {}, {plays}", pack.folder, pack.rules_version)
    };
    page.line(&pack("old", &backtest.old));
    page.line(&pack("new", &backtest.new));
    let accounts = counted(backtest.accounts, "account", "accounts");
    let (from, to) = (format_date(backtest.from), format_date(backtest.to));
    page.line(&format!("{from} to {to} (UTC), {accounts} with an opportunity"));
    backtest.sources.iter().filter_map(Source::words).for_each(|words| page.line(&words));
    page.section("All", "gained: under the new pack alone; lost: under the old one alone");
    page.table(rows("", &[&backtest.total], |_| "opportunities".to_owned()));
    let counts = backtest.total.counts;
    if counts.changed + counts.gained + counts.lost == 0 {
        page.said("Nothing differs.");
    }
}

fn rows(head: &str, rows: &[&Row], name: impl Fn(&Row) -> String) -> Vec<String> {
    let cells = rows.iter().map(|row| {
        let Counts { old, new, same, changed, gained, lost } = row.counts;
        let mut cells = vec![name(row)];
        cells.extend([old, new, same, changed, gained, lost].map(grouped));
        cells
    });
    table(&[head, "old", "new", "same", "changed", "gained", "lost"], cells)
}

fn counts(page: &mut Page, head: &str, of: &[Row], name: impl Fn(&Row) -> String) {
    if of.is_empty() {
        return;
    }
    page.section(head, "");
    page.table(rows("", &of.iter().collect::<Vec<_>>(), name));
}

fn changes(page: &mut Page, backtest: &Backtest) {
    if backtest.changes.is_empty() {
        return;
    }
    page.section("What changed", "in those that both packs have; new less old");
    for row in &backtest.changes {
        let by = changed_by(row).map(|by| format!(": {by}")).unwrap_or_default();
        page.said(&format!("{}, {}{by}.", spoken(row.field), grouped(row.opportunities)));
    }
    for row in &backtest.evidence {
        let moved =
            [(row.added, "added"), (row.removed, "removed")].into_iter().filter(|(count, _)| *count > 0);
        let moved: Vec<String> = moved.map(|(count, what)| format!("{what} {}", grouped(count))).collect();
        page.item(&format!("evidence {}: {}", row.detector, moved.join(", ")));
    }
}

fn conditions(page: &mut Page, backtest: &Backtest) {
    let conditions = &backtest.conditions;
    if conditions.rows.is_empty() {
        return;
    }
    page.section(
        "The conditions that decide",
        "what kept them shut under the other pack; alone: all others held",
    );
    let shown = conditions.rows.iter().take(ROWS_MOST);
    let cells = shown.map(|FailedRow { failed, gained, lost, alone }| {
        let mut cells = vec![failed.words()];
        cells.extend([gained, lost, alone].map(|count| grouped(*count)));
        cells
    });
    page.table(table(&["", "gained", "lost", "alone"], cells));
    if conditions.left_out > 0 {
        let asked = grouped(conditions.explained);
        page.said(&format!(
            "Of {asked}, the first by account id; {} were not asked about.",
            grouped(conditions.left_out)
        ));
    }
    more(page, conditions.rows.len());
}

fn more(page: &mut Page, all: usize) {
    if all > ROWS_MOST {
        page.said(&format!("{} more: --json and --html have them.", grouped((all - ROWS_MOST) as u64)));
    }
}

fn outcomes(page: &mut Page, backtest: &Backtest) {
    let (Some(ended), Some(total)) = (&backtest.ended, &backtest.total.outcomes) else {
        return;
    };
    page.section("What people made of them", "precision: won ÷ all that ended");
    let decimal = |number: Option<f64>, digits: usize| {
        number.map_or_else(|| "–".to_owned(), |number| format!("{number:.digits$}"))
    };
    let of = |name: &str, worth: &Worth| -> Vec<Vec<String>> {
        let lift = decimal(worth.lift, 2);
        [("old", &worth.old, String::new()), ("new", &worth.new, lift)]
            .map(|(pack, Caught { ended, precision_percent, median_days_to_win }, lift)| {
                let mut cells = vec![format!("{name}, {pack}")];
                cells.extend([ended.won, ended.lost, ended.dismissed].map(grouped));
                cells.extend([percent(*precision_percent), decimal(*median_days_to_win, 1), lift]);
                cells
            })
            .into()
    };
    let mut all = of("all", total);
    for row in backtest.plays.iter().chain(&backtest.segments) {
        let name = row.play.clone().or_else(|| row.segment.map(spoken)).unwrap_or_default();
        all.extend(row.outcomes.iter().flat_map(|worth| of(&name, worth)));
    }
    let head = ["", "won", "lost", "dismissed", "precision", "days to win", "lift"];
    page.table(table(&head, all.into_iter()));
    page.said(&format!(
        "In all, {} were won, {} lost, {} dismissed. Nobody worked on what the live pack did not open.",
        grouped(ended.won),
        grouped(ended.lost),
        grouped(ended.dismissed)
    ));
}

fn volume(page: &mut Page, backtest: &Backtest) {
    let volume = &backtest.volume;
    if volume.owners.is_empty() {
        return;
    }
    let weeks = counted(volume.weeks, "week", "weeks");
    page.section("How many a week", &format!("over {weeks}, fullest owners first"));
    let mut owners: Vec<_> = volume.owners.iter().collect();
    owners.sort_by_key(|row| std::cmp::Reverse(row.old.most_a_week.max(row.new.most_a_week)));
    let cells = owners.iter().take(ROWS_MOST).map(|row| {
        let owner = row.owner.as_deref().unwrap_or("nobody named");
        let mut cells = vec![format!("{owner}, {}", spoken(&row.role))];
        for Load { mean_a_week, most_a_week, .. } in [row.old, row.new] {
            cells.extend([format!("{mean_a_week:.1}"), grouped(most_a_week)]);
        }
        cells
    });
    page.table(table(&["", "old, mean", "most", "new, mean", "most"], cells));
    more(page, owners.len());
}

fn examples(page: &mut Page, backtest: &Backtest) {
    let all = &backtest.detailed.differences;
    if all.is_empty() {
        return;
    }
    page.section("Examples", "--json has up to 500 of each sort, --html 50");
    let of = |what: What| all.iter().filter(move |one| one.what == what);
    // A third of each sort, and what one sort leaves free goes to the others.
    let sorts = [What::Gained, What::Lost, What::Changed];
    let mut shares = [0; 3];
    let room = |shares: &[usize; 3]| shares.iter().sum::<usize>() < SHOWN_MOST;
    let mut grown = true;
    while grown && room(&shares) {
        grown = false;
        for (share, what) in sorts.iter().enumerate() {
            if room(&shares) && of(*what).count() > shares[share] {
                shares[share] += 1;
                grown = true;
            }
        }
    }
    for (share, what) in shares.into_iter().zip(sorts) {
        of(what).take(share).for_each(|one| page.item(&example(one)));
    }
}

fn example(one: &Difference) -> String {
    let at = format_rfc3339(one.opened_at()).get(..16).unwrap_or_default().replace('T', " ");
    format!("{} {} {} {at}: {}", one.what.name(), one.account_id, one.play, one.words())
}
