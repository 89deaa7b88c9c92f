//! The files of a pack merged into one: what is defined where.

use std::collections::BTreeMap;

use crate::SourceFile;
use crate::form;
use crate::mistake::{Log, Place};
use crate::near::did_you_mean;
use crate::read::entries;
use crate::yaml::{Entry, Node, Unreadable, Value, parse};

/// The longest name: names stand in ids, labels and tables.
pub(crate) const MAX_NAME_BYTES: usize = 100;

/// Something defined under a name, and where the name stands.
pub(crate) struct Named {
    pub place: Place,
    pub node: Node,
}

/// What a section defines, by name.
pub(crate) type Section = BTreeMap<String, Named>;

/// All sections of all files.
#[derive(Default)]
pub(crate) struct Sections {
    pub detectors: Section,
    pub gates: Section,
    pub plays: Section,
    pub scoring: Section,
    pub calendar: Section,
    pub drafts: Section,
    /// Whether every file could be read: else what seems to be missing may stand in one that could not.
    pub complete: bool,
}

impl Sections {
    /// Reads every file; files are told apart by their position.
    pub(crate) fn gather(files: &[&SourceFile], log: &mut Log) -> Sections {
        let mut sections = Sections { complete: true, ..Sections::default() };
        for (file, source) in files.iter().enumerate() {
            let root = match parse(file, &source.text, log) {
                Ok(Some(root)) => root,
                Ok(None) => continue,
                Err(Unreadable) => {
                    sections.complete = false;
                    continue;
                }
            };
            match &root.value {
                Value::Map(entries) => entries.iter().for_each(|entry| sections.add(entry, log)),
                _ if root.is_nothing() => {}
                _ => {
                    let message = format!("a rule file is a mapping, not {}", root.describe());
                    log.mistake(
                        root.place,
                        message,
                        format!("of {}", form::names(form::SECTIONS).join(", ")),
                    );
                }
            }
        }
        sections
    }

    /// Those that decide what comes out, by name: no word of a draft does.
    pub(crate) fn all(&self) -> [(&'static str, &Section); 5] {
        [
            ("detectors", &self.detectors),
            ("gates", &self.gates),
            ("plays", &self.plays),
            ("scoring", &self.scoring),
            ("calendar", &self.calendar),
        ]
    }

    fn add(&mut self, entry: &Entry, log: &mut Log) {
        let (section, free_names) = match entry.key.as_str() {
            "detectors" => (&mut self.detectors, true),
            "gates" => (&mut self.gates, true),
            "plays" => (&mut self.plays, true),
            "scoring" => (&mut self.scoring, false),
            "calendar" => (&mut self.calendar, false),
            // Named after plays, or `default`.
            "drafts" => (&mut self.drafts, true),
            other => {
                let hint = match other {
                    "tests" => Some("tests stand in files of their own, named `*.test.yaml`".to_owned()),
                    _ => did_you_mean(other, form::names(form::SECTIONS)),
                };
                log.mistake(entry.place, format!("unknown key `{other}`"), hint);
                return;
            }
        };
        for Entry { key, place, value } in entries(&entry.key, &entry.value, log).unwrap_or_default() {
            if free_names && !is_name(key) {
                let hint =
                    format!("up to {MAX_NAME_BYTES} bytes, no control characters, no blanks around it");
                log.mistake(*place, format!("{key:?} is no name"), hint);
            } else if let Some(first) = section.get(key) {
                let hint = format!("first at {}", log.name(first.place));
                log.mistake(*place, format!("`{key}` is defined twice"), hint);
            } else {
                section.insert(key.clone(), Named { place: *place, node: value.clone() });
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    let fits = !name.is_empty() && name.len() <= MAX_NAME_BYTES && name != "<<";
    fits && name.trim() == name && !name.chars().any(char::is_control)
}
