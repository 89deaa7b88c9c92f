//! A story of `tests/browser`, told by node to a real browser.

use std::ffi::{OsStr, OsString};
use std::sync::OnceLock;

use serde_json::Value;
use springtide_tests::broker::repository;
use springtide_tests::process::Process;
use springtide_tests::records::{INPUT, Record};
use springtide_tests::tool::xtask;

/// Where what drives the browser is; nothing where this machine has none, which is said once.
fn browser() -> Option<&'static str> {
    static FOLDER: OnceLock<Option<String>> = OnceLock::new();
    let find = || Some(xtask("browser", &["fetch"])?.well().text().trim().to_owned());
    FOLDER.get_or_init(find).as_deref()
}

/// What the customers of the stories have done up to now; nothing where there is no browser.
pub fn customers() -> Option<Vec<Record>> {
    browser().map(|_| told(&[]))
}

/// What they do after that.
pub fn later() -> Vec<Record> {
    told(&["later"])
}

fn told(more: &[&str]) -> Vec<Record> {
    let file = repository().join("tests/browser/customers.mjs");
    let words: Vec<OsString> =
        std::iter::once(file.into()).chain(more.iter().copied().map(OsString::from)).collect();
    let ended = Process::start(OsStr::new("node"), &words).finish().well();
    ended.text().lines().map(record).collect()
}

fn record(line: &str) -> Record {
    let mut value: Value = serde_json::from_str(line).unwrap();
    let named = value.as_object_mut().unwrap().remove("_topic").unwrap();
    let topic = INPUT.iter().find(|topic| **topic == named).expect("a topic of the input");
    Record::new(topic, value["account_id"].as_str().unwrap(), value.to_string())
}

/// One that is being told.
pub struct Scenario(Process);

impl Scenario {
    /// Begins to tell one to the server at an address; there must be a browser.
    pub fn start(story: &str, address: &str, more: &[&str]) -> Scenario {
        let folder = browser().expect("a browser");
        let file = repository().join(format!("tests/browser/{story}.mjs"));
        let words: Vec<OsString> = std::iter::once(file.into())
            .chain(std::iter::once(address).chain(more.iter().copied()).map(OsString::from))
            .collect();
        Scenario(Process::start_with(OsStr::new("node"), &words, &[("SPRINGTIDE_BROWSER", folder)]))
    }

    /// Waits until it says something on standard error.
    pub fn await_word(&mut self, word: &str) {
        self.0.await_word(word);
    }

    /// Fails, with what was expected and the page's state, unless it goes well.
    pub fn goes_well(self) {
        let ended = self.0.finish();
        assert!(ended.status.success(), "{}\n{}", ended.text(), ended.stderr);
    }
}
