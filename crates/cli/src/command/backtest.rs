//! `springtide backtest`: two rule packs over the same history, from the same files and by the same engine as `replay`.

mod text;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use springtide_backtest::{About, Backtest, Facts, Outcomes, Side, compare, html};
use springtide_core::event::{Event, Fact};
use springtide_core::meaning::opportunity::Opportunity;
use springtide_core::rules::Rules;
use springtide_core::time::Millis;

use super::check;
use crate::args::BacktestArgs;
use crate::failure::Failure;
use crate::input::{Aside, Input, file_error};
use crate::progress;
use crate::replay::{Sink, Sorted, Sorter, replay_both};
use crate::text::{counted, note, say};

/// Events that are kept at once to ask why: memory is to follow the accounts, and some accounts have many.
const FACTS_MOST: usize = 1_000_000;

/// What comes out of one engine; of what goes in, one of the two keeps what people did.
struct Fed {
    side: Side,
    outcomes: Option<Outcomes>,
    first: Option<Millis>,
}

impl Fed {
    fn new(rules: &Rules, outcomes: Option<Outcomes>) -> Fed {
        Fed { side: Side::new(rules), outcomes, first: None }
    }
}

impl Sink for Fed {
    fn event(&mut self, event: &Event) {
        self.first.get_or_insert(event.at());
        if let (Some(outcomes), Fact::Outcome(outcome)) = (&mut self.outcomes, &event.fact) {
            outcomes.take(&event.account, outcome);
        }
    }

    fn take(&mut self, opportunity: &Opportunity) -> Result<(), Failure> {
        self.side.take(opportunity);
        Ok(())
    }
}

/// Compares the packs over the files.
pub fn run(args: &BacktestArgs) -> Result<(), Failure> {
    let [old, new] = [&args.old, &args.new].map(|dir| Ok(Arc::new(check::rules(Some(dir))?.rules)));
    let (old, new): (Arc<Rules>, Arc<Rules>) = (old?, new?);
    warn_of_the_same(args, &old, &new);
    let page = Page::new(args)?;
    let mut input = Input::new(args.dead_letter.as_deref())?;
    let mut sorter = Sorter::default();
    input.read(&args.files, &mut |event, _| sorter.take(event))?;
    if input.counts.bad_total() > 0 {
        note(format_args!("bad  {}", counted(input.counts.bad_total(), "record", "records")));
    }
    let Some(latest) = sorter.latest else {
        return Err(Failure::Other("there are no events in the input, so nothing to compare".to_owned()));
    };
    let to = args.until.unwrap_or(latest);
    let events = sorter.taken;
    let sinks = [Fed::new(&old, Some(Outcomes::default())), Fed::new(&new, None)];
    let rules = [Arc::clone(&old), Arc::clone(&new)];
    let ([before, after], mut sorted) = replay_both(rules, sorter, to, sinks)?;
    let about = About {
        old_folder: args.old.display().to_string(),
        new_folder: args.new.display().to_string(),
        from: before.first.unwrap_or(to),
        to,
    };
    let outcomes = before.outcomes.unwrap_or_default();
    let mut backtest = compare(about, &before.side, &after.side, &outcomes);
    let facts = facts(&backtest, &mut sorted, events)?;
    backtest.explain(&old, &new, &facts, to);
    page.write(&backtest)?;
    say(&if args.json { json(&backtest)? } else { text::page(&backtest) })
}

fn json(backtest: &Backtest) -> Result<String, Failure> {
    let text = serde_json::to_string(backtest).map_err(|error| Failure::Other(error.to_string()))?;
    Ok(format!("{text}\n"))
}

/// No mistake, but hardly what was meant.
fn warn_of_the_same(args: &BacktestArgs, old: &Rules, new: &Rules) {
    let real = |dir: &Path| dir.canonicalize().ok();
    let (old_dir, new_dir) = (args.old.display(), args.new.display());
    if real(&args.old).is_some_and(|old| real(&args.new) == Some(old)) {
        note(format_args!("springtide: OLD and NEW are one folder, {old_dir}: nothing can differ"));
    } else if old.version == new.version {
        let version = &old.version;
        note(format_args!(
            "springtide: {old_dir} and {new_dir} say the same (version {version}): nothing can differ"
        ));
    }
}

/// The events of the accounts of which it is asked why, in a second pass over what was sorted.
fn facts(backtest: &Backtest, sorted: &mut Sorted, events: u64) -> Result<Facts, Failure> {
    let mut facts = Facts::wanted(backtest, FACTS_MOST);
    if facts.is_needless() {
        return Ok(facts);
    }
    let bar = progress::steps(events, "asking why");
    sorted.rewind()?;
    let mut since_shown = 0;
    while let Some(event) = sorted.next_event()? {
        facts.take(event);
        since_shown += 1;
        if since_shown == 4_096 {
            bar.inc(std::mem::take(&mut since_shown));
        }
    }
    bar.finish_and_clear();
    Ok(facts)
}

/// The file of the page, where one is wanted. It is opened at once, so that a folder that is not there is said before an
/// hour of work; what it held before goes when the page is there.
struct Page<'a>(Option<(&'a Path, Aside)>);

impl Page<'_> {
    fn new(args: &BacktestArgs) -> Result<Page<'_>, Failure> {
        let Some(path) = args.html.as_deref() else {
            return Ok(Page(None));
        };
        let file = Aside::new(Some(path))?;
        if let Err(Failure::Usage(_)) = file.apart_from(args.files.iter().chain(&args.dead_letter)) {
            let path = path.display();
            let message = format!("{path}: has another part in this call; the page would overwrite it");
            return Err(Failure::Usage(message));
        }
        Ok(Page(Some((path, file))))
    }

    fn write(self, backtest: &Backtest) -> Result<(), Failure> {
        let Some((path, _)) = self.0 else {
            return Ok(());
        };
        let write = |mut file: File| file.write_all(html(backtest).as_bytes());
        File::create(path).and_then(write).map_err(|error| file_error(path, &error))
    }
}
