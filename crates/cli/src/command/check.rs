//! `springtide check`: every mistake of a rule pack, with its file, line and column; then the pack's tests.

use std::path::Path;

use serde_json::{Value, json};
use springtide_rules::{
    LoadError, Mistake, Mistakes, Pack, SourceFile, TestReport, default_pack, default_test_files, load,
    read_test_files, rule_schema, run_tests, test_schema,
};

use super::new;
use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::text::{counted, note, say};

/// What was found.
#[derive(Default)]
struct Found {
    /// The pack, where it compiles.
    pack: Option<Pack>,
    mistakes: Vec<Mistake>,
    hints: Vec<Mistake>,
    /// What the tests said, where they were run.
    tests: Option<TestReport>,
}

/// Checks a pack, or writes the default one out, or prints the schema of the form.
pub fn run(args: &CheckArgs) -> Result<(), Failure> {
    if let Some(form) = args.print_schema.as_deref() {
        let schema = if form == "tests" { test_schema() } else { rule_schema() };
        return say(&format!("{schema:#}\n"));
    }
    if let Some(dir) = &args.write_default {
        return new::pack(dir);
    }
    let mut found = found(args.rules.as_deref())?;
    if let Some(pack) = found.pack.as_ref().filter(|_| found.mistakes.is_empty() && !args.no_tests) {
        match run_tests(&pack.rules, &test_files(args.rules.as_deref())?) {
            Ok(report) => found.tests = Some(report),
            Err(Mistakes { mistakes, warnings, .. }) => found.mistakes = [mistakes, warnings].concat(),
        }
    }
    say(&if args.json { found.json() } else { found.text() })?;
    found.verdict()
}

fn found(dir: Option<&Path>) -> Result<Found, Failure> {
    let mut found = match dir.map(load) {
        None => of_pack(default_pack()),
        Some(Ok(pack)) => of_pack(pack),
        Some(Err(LoadError::Mistakes(all))) => {
            let mistakes = [all.mistakes, all.warnings].concat();
            Found { mistakes, hints: all.hints, ..Found::default() }
        }
        Some(Err(error)) => return Err(Failure::Rules(error.to_string())),
    };
    found.mistakes.sort();
    Ok(found)
}

fn of_pack(mut pack: Pack) -> Found {
    let (mistakes, hints) = (std::mem::take(&mut pack.warnings), std::mem::take(&mut pack.hints));
    Found { pack: Some(pack), mistakes, hints, tests: None }
}

fn test_files(dir: Option<&Path>) -> Result<Vec<SourceFile>, Failure> {
    let shipped = || {
        let files = default_test_files().iter();
        files.map(|(path, text)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() }).collect()
    };
    dir.map_or_else(
        || Ok(shipped()),
        |dir| read_test_files(dir).map_err(|error| Failure::Rules(error.to_string())),
    )
}

impl Found {
    /// The pack, where there is no mistake.
    fn good(&self) -> Option<&Pack> {
        self.pack.as_ref().filter(|_| self.mistakes.is_empty())
    }

    fn failed(&self) -> usize {
        self.tests.as_ref().map_or(0, TestReport::failed)
    }

    fn verdict(&self) -> Result<(), Failure> {
        if !self.mistakes.is_empty() {
            let count = counted(self.mistakes.len() as u64, "mistake", "mistakes");
            return Err(Failure::Rules(format!("{count} found")));
        }
        match (self.failed(), &self.tests) {
            (failed @ 1.., Some(report)) => {
                let tests = counted(report.tests as u64, "test", "tests");
                Err(Failure::Rules(format!("{failed} of {tests} failed")))
            }
            _ => Ok(()),
        }
    }

    fn json(&self) -> String {
        let place = |m: &Mistake| json!({"file": m.file, "line": m.line, "column": m.column, "message": m.message, "hint": m.hint});
        let tests = self.tests.as_ref().map(
            |report| json!({"run": report.tests, "failed": report.failed(), "failures": failures(report)}),
        );
        let all = json!({
            "ok": self.verdict().is_ok(),
            "rules_version": self.good().map(|pack| &pack.rules.version),
            "mistakes": self.mistakes.iter().map(place).collect::<Vec<_>>(),
            "hints": self.hints.iter().map(place).collect::<Vec<_>>(),
            "tests": tests,
        });
        format!("{all}\n")
    }

    fn text(&self) -> String {
        let mut text: String = self.mistakes.iter().map(|mistake| format!("{mistake}\n")).collect();
        let Some(pack) = self.good() else { return text };
        let hinted = |m: &Mistake| format!("{}:{}:{}: hint: {}\n", m.file, m.line, m.column, m.message);
        text.extend(self.hints.iter().map(hinted));
        if let Some(report) = &self.tests {
            text.extend(report.failures.iter().map(|failure| format!("{failure}\n")));
        }
        if self.failed() > 0 {
            return text;
        }
        let detectors = counted(pack.rules.detectors.len() as u64, "detector", "detectors");
        let plays = counted(pack.rules.plays.len() as u64, "play", "plays");
        let tests = self.tests.as_ref().filter(|report| report.tests > 0);
        let passed =
            tests.map(|report| format!(", {} passed", counted(report.tests as u64, "test", "tests")));
        let version = &pack.rules.version;
        text.push_str(&format!(
            "all is well: {detectors}, {plays}, version {version}{}\n",
            passed.unwrap_or_default()
        ));
        text
    }
}

fn failures(report: &TestReport) -> Vec<Value> {
    let one = |it: &springtide_rules::TestFailure| {
        json!({
            "file": it.file, "line": it.line, "column": it.column, "test": it.test, "expected": it.expected,
            "found": it.found, "nearest_miss": it.nearest_miss,
        })
    };
    report.failures.iter().map(one).collect()
}

/// The rules in a folder, or the default pack; what is odd in them goes to standard error.
pub fn rules(dir: Option<&Path>) -> Result<Pack, Failure> {
    let pack = match dir {
        None => default_pack(),
        Some(dir) => load(dir).map_err(|error| Failure::Rules(error.to_string()))?,
    };
    let odd = pack.warnings.iter().chain(&pack.hints);
    odd.for_each(|warning| note(format_args!("springtide: {warning}")));
    Ok(pack)
}
