//! Input as files, which a replay reads as they are and a pipeline gets as records in some order.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::broker::{Broker, repository};
use crate::opportunities::Opportunities;
use crate::process::Process;
use crate::program::springtide;
use crate::random::Random;
use crate::records::{INPUT, Record, interleaved, of_file, steady};

/// Input files, with the rules and the timers' clock that go with them.
pub struct Data {
    files: Vec<PathBuf>,
    rules: Option<PathBuf>,
    until: &'static str,
    _folder: Option<TempDir>,
}

impl Data {
    /// Two months of sixty accounts, for the default rules. They are past whatever the machine's clock says.
    pub fn generated(seed: u64) -> Data {
        Data::generated_with(seed, &["--accounts=60"])
    }

    /// The same with fewer records, so that each weighs more.
    pub fn generated_calm(seed: u64) -> Data {
        Data::generated_with(seed, &["--accounts=60", "--activity=0.2"])
    }

    /// So few that they can be kept in the repository.
    pub fn generated_small(seed: u64) -> Data {
        Data::generated_with(seed, &["--accounts=25", "--activity=0.05"])
    }

    fn generated_with(seed: u64, more: &[&str]) -> Data {
        Data::generated_in(Broker::shared().new_folder(), seed, more)
    }

    /// Two months of accounts as further flags say, in a folder.
    ///
    /// # Panics
    /// Where that can't be.
    pub fn generated_in(folder: TempDir, seed: u64, more: &[&str]) -> Data {
        let mut args: Vec<OsString> = vec!["generate".into(), "--out".into(), folder.path().into()];
        let fixed = ["--days=60", "--start=2024-01-01T00:00:00Z", "--outcomes"];
        args.extend(fixed.iter().chain(more).map(OsString::from));
        args.push(format!("--seed={seed}").into());
        Process::start(springtide().as_os_str(), &args).finish().well();
        let files = INPUT.map(|topic| folder.path().join(format!("{topic}.jsonl"))).to_vec();
        Data { files, rules: None, until: "2024-03-01T00:00:00Z", _folder: Some(folder) }
    }

    /// The field data, which stands beside the repository or in `SPRINGTIDE_SHARED`; `None` where it does not.
    pub fn field() -> Option<Data> {
        let named = env::var_os("SPRINGTIDE_SHARED").map(PathBuf::from);
        let shared = named.clone().unwrap_or_else(|| repository().join("../shared"));
        let (data, rules) = (shared.join("data/field"), shared.join("check/packs/a"));
        let there = data.is_dir() && rules.is_dir();
        assert!(there || named.is_none(), "SPRINGTIDE_SHARED holds no field data: {}", data.display());
        let files = INPUT
            .map(|topic| data.join(format!("{topic}.jsonl.gz")))
            .into_iter()
            .filter(|path| path.exists());
        let (files, rules) = (files.collect(), Some(rules));
        there.then(|| Data { files, rules, until: "2024-12-31T23:00:00Z", _folder: None })
    }

    /// All records, each topic in the order of its file, the topics mixed.
    pub fn records(&self, seed: u64) -> Vec<Record> {
        interleaved(self.files.iter().map(|path| of_file(path)).collect(), &mut Random::new(seed))
    }

    /// All records, each topic in the order of its file, all of them under way from the first to the last.
    pub fn steady_records(&self, seed: u64) -> Vec<Record> {
        steady(self.files.iter().map(|path| of_file(path)).collect(), &mut Random::new(seed))
    }

    /// Its files.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The instant that stands for now.
    pub fn until(&self) -> &'static str {
        self.until
    }

    /// The flags that say by which rules and by which clock.
    pub fn flags(&self) -> Vec<OsString> {
        let mut flags: Vec<OsString> = vec!["--until".into(), self.until.into()];
        if let Some(rules) = &self.rules {
            flags.extend(["--rules".into(), rules.into()]);
        }
        flags
    }

    /// What a replay says that is open at the end.
    ///
    /// # Panics
    /// Where there is next to nothing to compare with, or there are lines that can't be used.
    pub fn replayed(&self) -> Opportunities {
        self.replayed_by(&[])
    }

    /// The same by further flags.
    ///
    /// # Panics
    /// As [`Data::replayed`].
    pub fn replayed_by(&self, more: &[OsString]) -> Opportunities {
        let mut args: Vec<OsString> = vec!["replay".into(), "--json".into()];
        args.extend(self.flags());
        args.extend_from_slice(more);
        args.extend(self.files.iter().map(|path| Path::as_os_str(path).to_owned()));
        let ended = Process::start(springtide().as_os_str(), &args).finish().well();
        // Warnings about the rules may stand before it.
        let summary: Value = serde_json::from_str(ended.stderr.lines().last().unwrap()).unwrap();
        assert_eq!(summary["bad"].as_object().map(serde_json::Map::len), Some(0), "{summary}");
        let open = Opportunities::open(ended.text().lines().map(|line| serde_json::from_str(line).unwrap()));
        assert!(open.len() >= 20, "only {} opportunities to compare with", open.len());
        open
    }
}
