//! What a test wants to come of its events.

use springtide_core::rules::{DetectorId, Rules, Urgency};
use springtide_core::time::Millis;

use super::moment::{self, Start};
use super::read::is_none;
use crate::form::cases::{OPENS, SIGNALS, SILENT, STAYS};
use crate::form::names;
use crate::mistake::{Log, Place};
use crate::near::did_you_mean;
use crate::read::{Fields, entries, expected, items, number, one_of, text};
use crate::yaml::Node;

/// What an entry of `expect` is about; it has one of these.
const SUBJECTS: [&str; 4] = ["play", "none", "signal", "silent"];

/// One entry of `expect`, or `none` in its place.
pub(super) struct Wanted {
    pub place: Place,
    /// The instant that it names.
    pub at: Option<Millis>,
    pub what: What,
}

/// What is wanted.
pub(super) enum What {
    /// No play opens.
    Nothing,
    /// A play opens, and its opportunity says this.
    Opens { play: usize, says: Vec<(Place, Says)> },
    /// A play does not open, and its nearest miss has these words.
    Stays { play: usize, because: Option<(Place, String)> },
    /// A detector signals.
    Signals(DetectorId),
    /// A detector does not.
    Silent(DetectorId),
}

/// What an opportunity says.
pub(super) enum Says {
    Urgency(Urgency),
    Score(f64),
    Role(String),
    Owner(String),
    ActBy(Millis),
    YearlyValue(f64),
    Trigger(&'static str),
    /// Names of detectors, sorted.
    Evidence(Vec<String>),
}

/// Reads `expect`.
pub(super) fn read(node: &Node, start: Start, rules: &Rules, log: &mut Log) -> Option<Vec<Wanted>> {
    if is_none(node) {
        return Some(vec![Wanted { place: node.place, at: None, what: What::Nothing }]);
    }
    let items = items("expect", node, log)?;
    if items.is_empty() {
        return expected("expect", "`none`, or a list of what is expected", node, log);
    }
    let read: Vec<Option<Wanted>> = items.iter().map(|item| one(item, start, rules, log)).collect();
    read.into_iter().collect()
}

fn one(node: &Node, start: Start, rules: &Rules, log: &mut Log) -> Option<Wanted> {
    let given = entries("expect", node, log)?;
    let subjects: Vec<_> = given.iter().filter(|entry| SUBJECTS.contains(&entry.key.as_str())).collect();
    let [subject] = subjects[..] else {
        log.mistake(
            node.place,
            format!("expected one of {}", SUBJECTS.map(|it| format!("`{it}`")).join(", ")),
            None,
        );
        return None;
    };
    let keys = match subject.key.as_str() {
        "play" => OPENS,
        "none" => STAYS,
        "signal" => SIGNALS,
        _ => SILENT,
    };
    let fields = Fields::of("expect", node.place, node, &names(keys), log)?;
    let at = match fields.get("at") {
        None => Some(None),
        Some(node) => moment::read("at", node, start, log).map(Some),
    };
    let name = text(&subject.key, &subject.value, log)?;
    let what = match subject.key.as_str() {
        "play" => {
            let play = play(name, &subject.value, rules, log);
            let says = says(fields, start, rules, log);
            What::Opens { play: play?, says: says? }
        }
        "none" => {
            let because = match fields.get("because") {
                None => Some(None),
                Some(node) => text("because", node, log).map(|words| Some((node.place, words.to_owned()))),
            };
            What::Stays { play: play(name, &subject.value, rules, log)?, because: because? }
        }
        "signal" => What::Signals(detector(name, &subject.value, rules, log)?),
        _ => What::Silent(detector(name, &subject.value, rules, log)?),
    };
    Some(Wanted { place: node.place, at: at?, what })
}

fn says(fields: Fields<'_>, start: Start, rules: &Rules, log: &mut Log) -> Option<Vec<(Place, Says)>> {
    let mut all = Some(Vec::new());
    // Which play and when, the caller reads.
    for key in names(&OPENS[2..]) {
        let Some(node) = fields.get(key) else { continue };
        match (says_one(key, node, start, rules, log), &mut all) {
            (Some(says), Some(all)) => all.push((node.place, says)),
            _ => all = None,
        }
    }
    all
}

fn says_one(key: &str, node: &Node, start: Start, rules: &Rules, log: &mut Log) -> Option<Says> {
    let amount = |log: &mut Log| number(key, node, "a number, 0 or more", |it| it >= 0.0, log);
    Some(match key {
        "urgency" => Says::Urgency(one_of(key, node, Urgency::ALL.map(|it| (it.name(), it)), log)?),
        "score" => Says::Score(amount(log)?),
        "role" => Says::Role(text(key, node, log)?.to_owned()),
        "owner" => Says::Owner(text(key, node, log)?.to_owned()),
        "act_by" => Says::ActBy(moment::read(key, node, start, log)?),
        "yearly_value" => Says::YearlyValue(amount(log)?),
        "trigger" => {
            let words = ["convergent", "single"];
            Says::Trigger(one_of(key, node, words.map(|it| (it, it)), log)?)
        }
        _ => {
            let names: Vec<Option<String>> = items(key, node, log)?
                .iter()
                .map(|item| {
                    let name = text(key, item, log)?;
                    detector(name, item, rules, log).map(|_| name.to_owned())
                })
                .collect();
            let mut names: Vec<String> = names.into_iter().collect::<Option<_>>()?;
            names.sort_unstable();
            Says::Evidence(names)
        }
    })
}

/// The play of a name.
pub(super) fn play(name: &str, node: &Node, rules: &Rules, log: &mut Log) -> Option<usize> {
    let found = rules.plays.iter().position(|play| *play.name == *name);
    if found.is_none() {
        let hint = did_you_mean(name, rules.plays.iter().map(|play| &*play.name));
        log.mistake(node.place, format!("unknown play `{name}`"), hint);
    }
    found
}

fn detector(name: &str, node: &Node, rules: &Rules, log: &mut Log) -> Option<DetectorId> {
    let found = rules.detectors.iter().position(|detector| *detector.name == *name);
    if found.is_none() {
        let hint = did_you_mean(name, rules.detectors.iter().map(|detector| &*detector.name));
        log.mistake(node.place, format!("unknown detector `{name}`"), hint);
    }
    found
}
