//! `springtide check`: every mistake of a rule pack, with its file, line and column.

use std::path::Path;

use serde_json::json;
use springtide_rules::{LoadError, Mistake, Pack, default_files, default_pack, load};

use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::input::file_error;
use crate::text::{counted, note, say};

/// Checks a pack, or writes the default one out.
pub fn run(args: &CheckArgs) -> Result<(), Failure> {
    if let Some(dir) = &args.write_default {
        return write_default(dir);
    }
    let (pack, mut mistakes) = match args.rules.as_deref().map(load) {
        None => (Some(default_pack()), Vec::new()),
        Some(Ok(pack)) => (Some(pack), Vec::new()),
        Some(Err(LoadError::Mistakes(found))) => (None, [found.mistakes, found.warnings].concat()),
        Some(Err(error)) => return Err(Failure::Rules(error.to_string())),
    };
    mistakes.extend(pack.iter().flat_map(|pack| pack.warnings.iter().cloned()));
    mistakes.sort();
    say(&report(&mistakes, pack.as_ref(), args.json))?;
    if mistakes.is_empty() {
        return Ok(());
    }
    Err(Failure::Rules(format!("{} found", counted(mistakes.len() as u64, "mistake", "mistakes"))))
}

fn report(mistakes: &[Mistake], pack: Option<&Pack>, as_json: bool) -> String {
    let good = pack.filter(|_| mistakes.is_empty());
    if as_json {
        let mistakes: Vec<_> = mistakes
            .iter()
            .map(|m| json!({"file": m.file, "line": m.line, "column": m.column, "message": m.message, "hint": m.hint}))
            .collect();
        let version = good.map(|pack| &pack.rules.version);
        return format!(
            "{}\n",
            json!({"ok": good.is_some(), "rules_version": version, "mistakes": mistakes})
        );
    }
    let Some(pack) = good else {
        return mistakes.iter().map(|mistake| format!("{mistake}\n")).collect();
    };
    let detectors = counted(pack.rules.detectors.len() as u64, "detector", "detectors");
    let plays = counted(pack.rules.plays.len() as u64, "play", "plays");
    format!("all is well: {detectors}, {plays}, version {}\n", pack.rules.version)
}

fn write_default(dir: &Path) -> Result<(), Failure> {
    let paths = || default_files().iter().map(|(name, text)| (dir.join(name), text));
    if let Some((path, _)) = paths().find(|(path, _)| path.exists()) {
        return Err(Failure::File(path, "is there already; nothing was written".to_owned()));
    }
    for (path, text) in paths() {
        let parent = path.parent().unwrap_or(dir);
        std::fs::create_dir_all(parent).map_err(|error| file_error(parent, &error))?;
        std::fs::write(&path, text).map_err(|error| file_error(&path, &error))?;
    }
    let files = counted(default_files().len() as u64, "file", "files");
    say(&format!("wrote {files} to {}\n", dir.display()))
}

/// The rules in a folder, or the default pack; what is odd in them goes to standard error.
pub fn rules(dir: Option<&Path>) -> Result<Pack, Failure> {
    let pack = match dir {
        None => default_pack(),
        Some(dir) => load(dir).map_err(|error| Failure::Rules(error.to_string()))?,
    };
    pack.warnings.iter().for_each(|warning| note(format_args!("springtide: {warning}")));
    Ok(pack)
}
