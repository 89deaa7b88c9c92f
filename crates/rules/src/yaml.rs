//! YAML as a tree in which everything knows its place.
//!
//! The tree is built from the parser's events, not by its loader: so duplicate keys are seen, nesting and
//! aliases are bounded, and a scalar keeps its own spelling. `yes`, `no`, `on` and `off` are text here, as in
//! YAML 1.2, and a warning, because other tools read them as booleans.

mod build;
mod place;

use crate::mistake::Place;

pub(crate) use build::{Unreadable, parse};
pub(crate) use place::places;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub key: String,
    pub place: Place,
    pub value: Node,
}

/// Anything that is neither list nor map.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    /// As written, less quotes and folding.
    pub text: String,
    /// Position of its first character in the file, counted in characters.
    pub start: usize,
    /// How it was written.
    pub style: Style,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Block,
}

/// What a scalar means: only plain ones are ever anything but text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Meaning<'n> {
    Nothing,
    Bool(bool),
    Number(f64),
    Text(&'n str),
}

impl Scalar {
    pub(crate) fn meaning(&self) -> Meaning<'_> {
        if self.style != Style::Plain {
            return Meaning::Text(&self.text);
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Meaning::Nothing,
            "true" | "True" | "TRUE" => Meaning::Bool(true),
            "false" | "False" | "FALSE" => Meaning::Bool(false),
            text => number(text).map_or(Meaning::Text(text), Meaning::Number),
        }
    }
}

/// The core schema's decimal numbers; `.inf` and `.nan` are numbers too, refused where a number is read.
fn number(text: &str) -> Option<f64> {
    match text.trim_start_matches(['+', '-']).to_ascii_lowercase().as_str() {
        ".inf" => return Some(f64::INFINITY),
        ".nan" => return Some(f64::NAN),
        _ => {}
    }
    // Rust reads `inf`, `infinity` and `nan` as well, which are text in YAML.
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if digits_only { text.parse().ok() } else { None }
}

impl Node {
    /// Nothing at all: `key:` or `key: null`.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.meaning() == Meaning::Nothing)
    }

    /// What a person would call it, for "expected …, found …".
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
            Value::Scalar(scalar) => match scalar.meaning() {
                Meaning::Nothing => "nothing".to_owned(),
                Meaning::Bool(value) => format!("the boolean `{value}`"),
                Meaning::Number(_) => format!("the number `{}`", scalar.text),
                Meaning::Text(text) => format!("the text {}", shortened(text)),
            },
        }
    }

    /// The content alone, the same for every way to write it: for fingerprints.
    pub(crate) fn canonical(&self, out: &mut String) {
        match &self.value {
            Value::Scalar(scalar) => match scalar.meaning() {
                Meaning::Nothing => out.push_str("null"),
                Meaning::Bool(value) => out.push_str(&value.to_string()),
                Meaning::Number(number) => out.push_str(&number.to_string()),
                Meaning::Text(text) => out.push_str(&format!("{:?}", text.trim_end())),
            },
            // `key:`, `key: []` and `key: {}` mean the same wherever a list or mapping may stand.
            Value::List(items) if items.is_empty() => out.push_str("null"),
            Value::Map(entries) if entries.is_empty() => out.push_str("null"),
            Value::List(items) => {
                out.push('[');
                items.iter().for_each(|item| {
                    item.canonical(out);
                    out.push(',');
                });
                out.push(']');
            }
            Value::Map(entries) => {
                let mut entries: Vec<&Entry> = entries.iter().collect();
                entries.sort_by(|a, b| a.key.cmp(&b.key));
                out.push('{');
                for entry in entries {
                    out.push_str(&format!("{:?}:", entry.key));
                    entry.value.canonical(out);
                    out.push(',');
                }
                out.push('}');
            }
        }
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}
