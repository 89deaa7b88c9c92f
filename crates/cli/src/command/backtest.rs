//! `springtide backtest`: two rule packs over the same history, from the same files as `replay` or from what the input
//! topics hold, and by the same engine.

mod text;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use springtide_backtest::{About, Backtest, Facts as Why, Outcomes, Side, Source, compare, html};
use springtide_core::event::Fact;
use springtide_core::meaning::opportunity::Opportunity;
use springtide_core::partition::Lateness;
use springtide_core::rules::Rules;
use springtide_core::time::{Day, Millis, format_rfc3339};
use springtide_runtime::history::{Held, read_history};

use super::check;
use super::run::failure;
use crate::args::BacktestArgs;
use crate::config::Config;
use crate::failure::Failure;
use crate::input::{Aside, Input, file_error};
use crate::progress;
use crate::replay::{
    Facts, Life, Pace, Shelved, Shelves, Sink, Step, Visitor, events_of, shelve, threads, visit,
};
use crate::text::{counted, note, say};

/// Events that are kept at once to ask why: some accounts have many.
const FACTS_MOST: usize = 1_000_000;

/// What stands in the end is asked for, so an account takes in this much at once.
const STEP_DAYS: Day = 7;

/// Goes through accounts by both packs, and keeps what people did.
struct Both<'r> {
    rules: [&'r Rules; 2],
    pace: Pace,
    sides: [Opened; 2],
    outcomes: Outcomes,
}

/// What comes out under one pack.
struct Opened(Side);

impl Sink for Opened {
    fn take(&mut self, opportunity: &Opportunity) -> Result<(), Failure> {
        self.0.take(opportunity);
        Ok(())
    }
}

impl<'r> Both<'r> {
    fn new(rules: [&'r Rules; 2], until: Millis) -> Both<'r> {
        // Nothing is late.
        let pace = Pace { until, lateness: Lateness([0; 5]), step: Step::Days(STEP_DAYS) };
        Both {
            rules,
            pace,
            sides: rules.map(|rules| Opened(Side::new(rules))),
            outcomes: Outcomes::default(),
        }
    }

    fn absorb(&mut self, other: Both<'_>) {
        let Both { sides, outcomes, .. } = other;
        self.sides.iter_mut().zip(sides).for_each(|(own, side)| own.0.absorb(side.0));
        self.outcomes.absorb(outcomes);
    }
}

impl Visitor for Both<'_> {
    fn account(&mut self, account: &str, facts: &mut dyn Facts) -> Result<(), Failure> {
        let [old, new] = &mut self.sides;
        let [mut before, mut after] = self.rules.map(|rules| Life::new(rules, account, self.pace));
        while let Some(fact) = facts.next_fact()? {
            if let Fact::Outcome(outcome) = &fact {
                self.outcomes.take(account, outcome);
            }
            before.take(&fact, old)?;
            after.take(&fact, new)?;
        }
        before.finish(old)?;
        after.finish(new)
    }
}

/// Compares the packs over the files.
pub fn run(args: &BacktestArgs) -> Result<(), Failure> {
    let [old, new] = [&args.old, &args.new].map(|dir| Ok(Arc::new(check::rules(Some(dir))?.rules)));
    let (old, new): (Arc<Rules>, Arc<Rules>) = (old?, new?);
    warn_of_the_same(args, &old, &new);
    let page = Page::new(args)?;
    let (shelved, sources) = if args.files.is_empty() { from_topics(args)? } else { from_files(args)? };
    let Some((from, latest)) = shelved.span() else {
        return Err(Failure::Other("there are no events in the input, so nothing to compare".to_owned()));
    };
    let to = args.until.unwrap_or(latest);
    let both = both([&old, &new], &shelved, to)?;
    let about = About {
        old_folder: args.old.display().to_string(),
        new_folder: args.new.display().to_string(),
        from,
        to,
    };
    let [before, after] = &both.sides;
    let mut backtest = compare(about, &before.0, &after.0, &both.outcomes);
    backtest.sources = sources;
    ask_why(&mut backtest, [&old, &new], &shelved, to)?;
    page.write(&backtest)?;
    say(&if args.json { json(&backtest)? } else { text::page(&backtest) })
}

fn from_files(args: &BacktestArgs) -> Result<(Shelved, Vec<Source>), Failure> {
    let mut input = Input::new(args.dead_letter.as_deref())?;
    let shelved = shelve(&mut input, &args.files)?;
    if input.counts.bad_total() > 0 {
        note(format_args!("bad  {}", counted(input.counts.bad_total(), "record", "records")));
    }
    Ok((shelved, Vec::new()))
}

/// What the input topics hold.
fn from_topics(args: &BacktestArgs) -> Result<(Shelved, Vec<Source>), Failure> {
    let config = Config::load(args.connection.config.as_deref())?;
    let settings = config.settings(&args.connection, None)?;
    let mut shelves = Shelves::new()?;
    let mut full = Ok(());
    let bar = progress::steps(0, "reading topics");
    let mut told = |read, total| {
        bar.set_length(total);
        bar.set_position(read);
    };
    let held = read_history(&settings, &mut told, &mut |event| {
        full = shelves.take(&event);
        full.is_ok()
    });
    bar.finish_and_clear();
    // Why it did not take more says more than that it did not.
    full?;
    let source = |held: Held| Source {
        topic: held.name,
        events: held.events,
        bad: held.bad,
        erased: held.erased,
        begins: held.first.map(format_rfc3339),
        gone: held.gone,
    };
    let sources = held.map_err(failure)?.into_iter().map(source).collect();
    Ok((Shelves::finish(vec![shelves])?, sources))
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

/// All accounts by both packs.
fn both<'r>(rules: [&'r Rules; 2], shelved: &Shelved, until: Millis) -> Result<Both<'r>, Failure> {
    let bar = progress::steps(shelved.taken, "replaying");
    let visitors = (0..threads()).map(|_| Both::new(rules, until)).collect();
    let visited = visit(shelved, visitors, &bar)?;
    bar.finish_and_clear();
    let mut all = Both::new(rules, until);
    visited.into_iter().for_each(|both| all.absorb(both));
    Ok(all)
}

/// Asks why, a few accounts at a time.
fn ask_why(
    backtest: &mut Backtest,
    [old, new]: [&Rules; 2],
    shelved: &Shelved,
    clock: Millis,
) -> Result<(), Failure> {
    let accounts: Vec<Box<str>> = Why::wanted(backtest, FACTS_MOST).accounts().map(Box::from).collect();
    let bar = progress::steps(0, "asking why");
    events_of(shelved, accounts.iter().map(|account| &**account), &bar, &mut |few| {
        let mut facts = Why::wanted(backtest, FACTS_MOST);
        few.into_iter().for_each(|event| facts.take(event));
        backtest.explain(old, new, &facts, clock);
    })?;
    bar.finish_and_clear();
    Ok(())
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
