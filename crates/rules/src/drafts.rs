//! Templates of draft messages: `drafts`, by play, and `default` for all others.

use springtide_core::rules::{Drafts, Line, Part, Piece, Placeholder, Template, Wording};

use crate::form;
use crate::mistake::Log;
use crate::near::did_you_mean;
use crate::read::{Fields, items, text};
use crate::sections::{Named, Sections};
use crate::yaml::{Node, Value};

/// For plays that have no template of their own.
const DEFAULT: &str = "default";
const SUBJECT: &str = "subject";

/// Reads the section; with mistakes in the log, what comes back is not to be used.
pub(crate) fn read(sections: &Sections, log: &mut Log) -> Drafts {
    let mut drafts = Drafts::default();
    for (name, named) in &sections.drafts {
        if name != DEFAULT && sections.complete && !sections.plays.contains_key(name) {
            let known = sections.plays.keys().map(String::as_str).chain([DEFAULT]);
            log.mistake(named.place, format!("unknown play `{name}`"), did_you_mean(name, known));
        }
        match (template(name, named, log), name.as_str()) {
            (Some(template), DEFAULT) => drafts.default = template,
            (Some(template), name) => drop(drafts.plays.insert(name.into(), template)),
            (None, _) => {}
        }
    }
    drafts
}

/// Whether a pack says what its plays have that have no template of their own.
pub(crate) fn has_default(sections: &Sections) -> bool {
    sections.drafts.contains_key(DEFAULT)
}

fn template(name: &str, named: &Named, log: &mut Log) -> Option<Template> {
    let fields = Fields::of(name, named.place, &named.node, &form::names(form::DRAFT), log)?;
    let subject = fields.need(SUBJECT, log).and_then(|node| line(SUBJECT, node, log));
    let parts =
        Part::ALL.map(|part| fields.need(part.name(), log).and_then(|node| lines(part.name(), node, log)));
    let [Some(connect), Some(present), Some(quantify), Some(prove), Some(propose)] = parts else {
        return None;
    };
    Some(Template { subject: subject?, parts: [connect, present, quantify, prove, propose] })
}

fn lines(name: &str, node: &Node, log: &mut Log) -> Option<Vec<Line>> {
    let read: Vec<Option<Line>> = items(name, node, log)?.iter().map(|item| line(name, item, log)).collect();
    read.into_iter().collect()
}

/// A text, or a list of texts of which one is taken.
fn line(name: &str, node: &Node, log: &mut Log) -> Option<Line> {
    let Value::List(wordings) = &node.value else { return Some(vec![wording(name, node, log)?]) };
    let read: Vec<Option<Wording>> = wordings.iter().map(|node| wording(name, node, log)).collect();
    read.into_iter().collect()
}

fn wording(name: &str, node: &Node, log: &mut Log) -> Option<Wording> {
    match pieces(text(name, node, log)?.trim_end()) {
        Ok(pieces) => Some(pieces),
        Err(Wrong { message, hint }) => {
            log.mistake(node.place, format!("`{name}`: {message}"), hint);
            None
        }
    }
}

struct Wrong {
    message: String,
    hint: Option<String>,
}

/// Text with placeholders between braces; `{{` and `}}` are braces themselves.
fn pieces(text: &str) -> Result<Wording, Wrong> {
    let wrong = |message: &str| Wrong {
        message: message.to_owned(),
        hint: Some("write `{{` and `}}` for braces that are meant".to_owned()),
    };
    let (mut line, mut plain, mut rest) = (Wording::new(), String::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            plain.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err(wrong("a `}` that closes nothing"));
        }
        let Some((name, after)) = rest.split_once('}') else { return Err(wrong("a `{` that is not closed")) };
        let known = Placeholder::from_name(name).ok_or_else(|| unknown(name))?;
        if !plain.is_empty() {
            line.push(Piece::Text(std::mem::take(&mut plain).into()));
        }
        line.push(Piece::Value(known));
        rest = after;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        line.push(Piece::Text(plain.into()));
    }
    Ok(line)
}

fn unknown(name: &str) -> Wrong {
    let names = Placeholder::ALL.iter().map(|known| known.name());
    let hint = did_you_mean(name, names).unwrap_or_else(|| "docs/drafts.md lists them".to_owned());
    Wrong { message: format!("unknown placeholder `{{{name}}}`"), hint: Some(hint) }
}
