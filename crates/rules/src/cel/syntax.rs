//! The `cel` crate's parser, and its complaints in plain words.

use cel::common::ast::{IdedExpr, SourceInfo};
use cel::parser::{ParseError, Parser};

use super::Remark;

/// How the grammar's own errors begin.
const GRAMMAR: &str = "Syntax error: ";

/// Parses; of several syntax errors only the first is told, since the others mostly follow from it.
pub(super) fn parse(text: &str) -> Result<(IdedExpr, SourceInfo), Remark> {
    if text.trim().is_empty() {
        return Err(Remark::new(0, "the expression is empty", None));
    }
    Parser::new().parse_with_source_info(text).map_err(|errors| {
        // What the grammar says goes before what follows from it.
        let by_grammar = errors.errors.iter().find(|error| error.msg.starts_with(GRAMMAR));
        let error = by_grammar.or(errors.errors.first());
        error.map_or_else(|| Remark::new(0, "not an expression", None), |error| remark(text, error))
    })
}

fn remark(text: &str, error: &ParseError) -> Remark {
    let at = offset(text, error.pos);
    let message = error.msg.strip_prefix(GRAMMAR).unwrap_or(&error.msg);
    let message = message.split(" expecting ").next().unwrap_or(message);
    if message.contains("<EOF>") {
        return Remark::new(text.trim_end().chars().count(), "the expression ends too early", None);
    }
    let word: String = text.chars().skip(at).take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let symbol: String = text.chars().skip(at).take(1).collect();
    let found = if word.is_empty() { symbol } else { word };
    let before: String = text.chars().take(at).collect();
    let hint = match found.as_str() {
        "and" | "AND" | "or" | "OR" | "&" | "|" => Some("write `&&`, `||` and `!`"),
        _ if before.trim_end().ends_with("not") => Some("write `&&`, `||` and `!`"),
        "=" => Some("`==` compares"),
        _ => None,
    };
    Remark::new(at, plainly(message, &found), hint.map(str::to_owned))
}

fn plainly(message: &str, found: &str) -> String {
    const UNEXPECTED: [&str; 5] = [
        "token recognition error",
        "extraneous input",
        "no viable alternative",
        "mismatched input",
        "missing",
    ];
    match message {
        _ if UNEXPECTED.iter().any(|start| message.starts_with(start)) => {
            format!("`{found}` is not expected here")
        }
        _ if message.starts_with("invalid argument to has") => {
            "`has` wants a field, as in `has(profile.plan)`".to_owned()
        }
        _ if message.contains("Recursion limit") => "the expression is nested too deeply".to_owned(),
        "invalid int literal" | "invalid double literal" => "the number is too large".to_owned(),
        other => other.to_owned(),
    }
}

/// Line and column, both from 1, to a character; the parser gives 0 where it knows no place.
fn offset(text: &str, (line, column): (isize, isize)) -> usize {
    let (line, column) = (usize::try_from(line).unwrap_or(1), usize::try_from(column).unwrap_or(1));
    let before: usize =
        text.split_inclusive('\n').take(line.saturating_sub(1)).map(|line| line.chars().count()).sum();
    (before + column.saturating_sub(1)).min(text.chars().count())
}
