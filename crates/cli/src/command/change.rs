//! `springtide change`: other rules for a pipeline that runs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use springtide_core::meaning::succeed;
use springtide_core::time::format_rfc3339;
use springtide_rules::{SourceFile, compile, default_files, read_files};
use springtide_runtime::rulebook::change::{Changing, Proposal, Standing};
use springtide_runtime::rulebook::{Compile, Compiled, Texts};

use super::run::failure;
use crate::args::{ChangeArgs, Unjustified};
use crate::config::Config;
use crate::failure::Failure;
use crate::progress;
use crate::text::{counted, say};

/// Changes the rules, or says how far that is.
pub fn run(args: &ChangeArgs) -> Result<(), Failure> {
    let config = Config::load(args.connection.config.as_deref())?;
    let settings = config.settings(&args.connection, None)?;
    let first = texts(args.rules.as_deref().or(config.folder()))?;
    let next = args.new.as_deref().map(|dir| texts(Some(dir))).transpose()?;
    let compiled = compiled(&first).map_err(Failure::Rules)?;
    let mut changing = Changing::open(&settings, compiled, compiler()).map_err(failure)?;
    if args.give_up {
        let generation = changing.give_up().map_err(failure)?;
        return said(
            args,
            &json!({"given_up": generation}),
            format!("given up: generation {generation} of the rules\n"),
        );
    }
    let next = match (next, changing.pending()) {
        (Some(next), _) => next,
        (None, Some(pending)) => Texts::clone(&pending.texts),
        (None, None) => {
            let counting = changing.counting();
            let (number, version) = (counting.number, &counting.rules.version);
            let known = json!({"generation": number, "rules_version": version, "pending": null});
            return said(args, &known, format!("rules {version} count, and no others are to come\n"));
        }
    };
    let proposal = Proposal {
        first,
        next,
        unjustified: match args.unjustified {
            Unjustified::Keep => succeed::Unjustified::Keep,
            Unjustified::Withdraw => succeed::Unjustified::Withdraw,
        },
        counts_from: args.at,
        with_less_history: args.less_history,
        patience: args.timeout.map(|ms| Duration::from_millis(ms.unsigned_abs())),
    };
    let bar = progress::steps(0, "warming up");
    let tell = &mut |standing: &Standing| {
        let (read, of) = standing.warmed;
        bar.set_length(of.max(0).unsigned_abs());
        bar.set_position(read.max(0).unsigned_abs());
    };
    let changed = changing.change(&proposal, tell);
    bar.finish_and_clear();
    let standing = changed.map_err(failure)?;
    let from = standing.counts_from.map(format_rfc3339);
    let known = json!({
        "generation": standing.generation, "rules_version": standing.version, "counts_from": from,
        "partitions": standing.partitions,
    });
    let partitions = counted(standing.partitions.max(0).unsigned_abs().into(), "partition", "partitions");
    let from = from.unwrap_or_default();
    said(args, &known, format!("rules {} count from {from} on, on {partitions}\n", standing.version))
}

fn said(args: &ChangeArgs, json: &serde_json::Value, text: String) -> Result<(), Failure> {
    say(&if args.json { format!("{json}\n") } else { text })
}

/// The texts of a folder's rule files, by their paths below it; those of the default pack where there is none.
pub fn texts(dir: Option<&Path>) -> Result<Texts, Failure> {
    let Some(dir) = dir else {
        let files = default_files().iter();
        return Ok(files.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect());
    };
    let files = read_files(dir).map_err(|error| Failure::Rules(error.to_string()))?;
    let below = |path: &str| {
        let path = Path::new(path);
        path.strip_prefix(dir).unwrap_or(path).display().to_string()
    };
    Ok(files.into_iter().map(|file| (below(&file.path), file.text)).collect())
}

/// Files as the compiler takes them.
fn files(texts: &Texts) -> Vec<SourceFile> {
    let file = |(path, text): (&String, &String)| SourceFile { path: path.clone(), text: text.clone() };
    texts.iter().map(file).collect()
}

fn compiled(texts: &Texts) -> Result<Compiled, String> {
    let pack = compile(&files(texts)).map_err(|mistakes| mistakes.to_string())?;
    Ok(Compiled { rules: pack.rules, history: pack.history, texts: texts.clone() })
}

/// What makes rules of texts.
pub fn compiler() -> Compile {
    Arc::new(compiled)
}
