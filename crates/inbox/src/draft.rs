//! A message about an opportunity, for a person to edit and send (SPEC 9.1): five parts from the rule pack's templates,
//! filled with what stands in the opportunity and with nothing else. A line for which something is missing is left out
//! whole, and it is said which.

mod facts;

use serde_json::Value;
use springtide_core::rules::{Drafts, Line, Part, Piece, Placeholder, Wording};
use springtide_core::time::Millis;

use facts::Facts;

/// A draft message.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Which template: a play, or `default`.
    pub template: String,
    /// The subject; empty where no subject of the template has all its values.
    pub subject: String,
    /// The five parts, in their order.
    pub parts: Vec<Written>,
}

/// A part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Which.
    pub part: Part,
    /// Its lines; empty where all were left out.
    pub text: String,
    /// What of the opportunity stands in it.
    pub facts: Vec<Fact>,
    /// Which lines were left out, and for what.
    pub left_out: Vec<String>,
}

/// Something that the opportunity says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The placeholder's name.
    pub name: &'static str,
    /// As it stands in the text.
    pub value: String,
}

impl Draft {
    /// Writes a draft about an opportunity's JSON, as the output topics have it, for whoever reads it now: dates that have
    /// passed are no dates to name.
    ///
    /// ```
    /// use springtide_core::rules::{Drafts, Piece, Placeholder};
    /// let mut drafts = Drafts::default();
    /// drafts.default.parts[0] = vec![vec![vec![Piece::Text("Hello ".into()), Piece::Value(Placeholder::AccountName)]]];
    /// let opportunity = serde_json::json!({"account_name": "Acme", "play": "seat-expansion"});
    /// assert_eq!(springtide_inbox::Draft::write(&drafts, &opportunity, 0).text(), "Hello Acme");
    /// ```
    pub fn write(drafts: &Drafts, opportunity: &Value, now: Millis) -> Draft {
        let facts = Facts::of(opportunity, now);
        let (name, template) = drafts.of(opportunity["play"].as_str().unwrap_or_default());
        let subject = filled(&template.subject, &facts).ok();
        let parts = Part::ALL
            .into_iter()
            .zip(&template.parts)
            .map(|(part, lines)| Written::write(part, lines, &facts));
        Draft {
            template: name.to_owned(),
            subject: subject.map_or_else(String::new, |(text, _)| text),
            parts: parts.collect(),
        }
    }

    /// All parts that have a word, for the clipboard.
    pub fn text(&self) -> String {
        let parts: Vec<&str> =
            self.parts.iter().map(|part| &*part.text).filter(|text| !text.is_empty()).collect();
        parts.join("\n\n")
    }
}

impl Written {
    fn write(part: Part, lines: &[Line], facts: &Facts<'_>) -> Written {
        let mut written = Written { part, text: String::new(), facts: Vec::new(), left_out: Vec::new() };
        for (number, line) in lines.iter().enumerate() {
            match filled(line, facts) {
                Ok((text, used)) => {
                    if !written.text.is_empty() {
                        written.text.push('\n');
                    }
                    written.text.push_str(&text);
                    let new: Vec<Fact> =
                        used.into_iter().filter(|fact| !written.facts.contains(fact)).collect();
                    written.facts.extend(new);
                }
                Err(missing) => {
                    let missing: Vec<String> =
                        missing.iter().map(|it| format!("{} ({})", it.name(), it.about())).collect();
                    let place = format!("{}.{}", part.name(), number + 1);
                    written
                        .left_out
                        .push(format!("{place}: the opportunity has no {}", missing.join(", no ")));
                }
            }
        }
        written
    }
}

/// A text with what of the opportunity stands in it.
type Filled = (String, Vec<Fact>);

/// The first wording that has all its values; what each of them misses, where none has.
fn filled(line: &Line, facts: &Facts<'_>) -> Result<Filled, Vec<Placeholder>> {
    let mut missing = Vec::new();
    for wording in line {
        match worded(wording, facts) {
            Ok(filled) => return Ok(filled),
            Err(placeholder) if missing.contains(&placeholder) => {}
            Err(placeholder) => missing.push(placeholder),
        }
    }
    Err(missing)
}

fn worded(wording: &Wording, facts: &Facts<'_>) -> Result<Filled, Placeholder> {
    let (mut text, mut used) = (String::new(), Vec::new());
    for piece in wording {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Value(placeholder) => {
                let value = facts.value(*placeholder).ok_or(*placeholder)?;
                text.push_str(&value);
                let fact = Fact { name: placeholder.name(), value };
                if !used.contains(&fact) {
                    used.push(fact);
                }
            }
        }
    }
    Ok((text, used))
}

#[cfg(test)]
mod tests;
