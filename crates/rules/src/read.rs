//! Typed values out of the tree: "expected a number, found the text "abc"".
//!
//! Every function reports what it cannot read and returns `None`, so that the reader of a detector or a play
//! can go on and report the rest too.

mod span;

use crate::mistake::{Log, Place};
use crate::near::did_you_mean;
use crate::yaml::{Entry, Meaning, Node, Scalar, Value};

pub(crate) use span::{duration, holiday, span};

/// The keys of a mapping.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'n> {
    /// Where the mapping's own name is, for what is missing.
    pub place: Place,
    entries: &'n [Entry],
}

impl<'n> Fields<'n> {
    /// Reads a mapping that may have the known keys and no others.
    pub(crate) fn of(
        name: &str,
        place: Place,
        node: &'n Node,
        known: &[&str],
        log: &mut Log,
    ) -> Option<Fields<'n>> {
        let entries = entries(name, node, log)?;
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let hint = match entry.key.as_str() {
                "<<" => Some("merge keys are not supported; an alias may stand for a whole value".to_owned()),
                key => did_you_mean(key, known.iter().copied()),
            };
            log.mistake(entry.place, format!("unknown key `{}`", entry.key), hint);
        }
        Some(Fields { place, entries })
    }

    /// A key's entry, where it is given.
    pub(crate) fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// A key's value, where it is given.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// A key's value; its absence is a mistake.
    pub(crate) fn need(&self, key: &str, log: &mut Log) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() {
            log.mistake(self.place, format!("`{key}` is missing"), None);
        }
        found
    }
}

/// The entries of a mapping; `key:` with nothing after it is an empty one.
pub(crate) fn entries<'n>(name: &str, node: &'n Node, log: &mut Log) -> Option<&'n [Entry]> {
    match &node.value {
        Value::Map(entries) => Some(entries),
        _ if node.is_nothing() => Some(&[]),
        _ => expected(name, "a mapping", node, log),
    }
}

/// The items of a list; `key:` with nothing after it is an empty one.
pub(crate) fn items<'n>(name: &str, node: &'n Node, log: &mut Log) -> Option<&'n [Node]> {
    match &node.value {
        Value::List(items) => Some(items),
        _ if node.is_nothing() => Some(&[]),
        _ => expected(name, "a list", node, log),
    }
}

/// Text.
pub(crate) fn text<'n>(name: &str, node: &'n Node, log: &mut Log) -> Option<&'n str> {
    match meaning(node) {
        Some(Meaning::Text(text)) => Some(text),
        Some(Meaning::Bool(_) | Meaning::Number(_)) => {
            log.mistake(
                node.place,
                format!("`{name}`: expected text, found {}", node.describe()),
                quote_it(),
            );
            None
        }
        _ => expected(name, "text", node, log),
    }
}

fn quote_it() -> String {
    "put it in quotes if it is meant".to_owned()
}

/// An expression, as written: `5` and `true` are expressions too.
pub(crate) fn source<'n>(name: &str, node: &'n Node, log: &mut Log) -> Option<&'n Scalar> {
    match &node.value {
        Value::Scalar(scalar) if !node.is_nothing() => Some(scalar),
        _ => expected(name, "an expression", node, log),
    }
}

/// A finite number that passes a test.
pub(crate) fn number(
    name: &str,
    node: &Node,
    wanted: &str,
    fits: impl Fn(f64) -> bool,
    log: &mut Log,
) -> Option<f64> {
    match meaning(node) {
        Some(Meaning::Number(number)) if number.is_finite() && fits(number) => Some(number),
        _ => expected(name, wanted, node, log),
    }
}

/// A whole number between two bounds.
pub(crate) fn whole(name: &str, node: &Node, least: u32, most: u32, log: &mut Log) -> Option<u32> {
    let wanted = if most == u32::MAX {
        format!("a whole number, {least} or more")
    } else {
        format!("a whole number from {least} to {most}")
    };
    let fits = |number: f64| number.fract() == 0.0 && number >= f64::from(least) && number <= f64::from(most);
    // Checked to be whole and in range, so the conversion loses nothing.
    number(name, node, &wanted, fits, log).map(|number| number as u32)
}

/// One of a few words.
pub(crate) fn one_of<T: Copy>(
    name: &str,
    node: &Node,
    all: impl IntoIterator<Item = (&'static str, T)>,
    log: &mut Log,
) -> Option<T> {
    let all: Vec<(&'static str, T)> = all.into_iter().collect();
    let found = text(name, node, log)?;
    let value = all.iter().find(|(word, _)| *word == found).map(|(_, value)| *value);
    if value.is_none() {
        let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
        let hint = did_you_mean(found, words.iter().copied());
        let wanted = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        log.mistake(
            node.place,
            format!("`{name}`: expected one of {wanted}, found {}", node.describe()),
            hint,
        );
    }
    value
}

/// Reports that something else was expected.
pub(crate) fn expected<T>(name: &str, wanted: &str, node: &Node, log: &mut Log) -> Option<T> {
    log.mistake(node.place, format!("`{name}`: expected {wanted}, found {}", node.describe()), None);
    None
}

fn meaning(node: &Node) -> Option<Meaning<'_>> {
    match &node.value {
        Value::Scalar(scalar) => Some(scalar.meaning()),
        _ => None,
    }
}
