//! The `cel` crate's parser, and its complaints in plain words.

use cel::common::ast::{IdedExpr, SourceInfo};
use cel::parser::{ParseError, Parser};

use super::Remark;

/// Parses; of several syntax errors only the first is told, since the others mostly follow from it.
pub(super) fn parse(text: &str) -> Result<(IdedExpr, SourceInfo), Remark> {
    if text.trim().is_empty() {
        return Err(Remark::new(0, "the expression is empty", None));
    }
    Parser::new().parse_with_source_info(text).map_err(|errors| match errors.errors.first() {
        Some(error) => remark(text, error),
        None => Remark::new(0, "not an expression", None),
    })
}

fn remark(text: &str, error: &ParseError) -> Remark {
    let at = offset(text, error.pos);
    let message = error.msg.strip_prefix("Syntax error: ").unwrap_or(&error.msg);
    let message = message.split(" expecting ").next().unwrap_or(message);
    if message.contains("<EOF>") {
        return Remark::new(text.trim_end().chars().count(), "the expression ends too early", None);
    }
    let word: String = text.chars().skip(at).take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let symbol: String = text.chars().skip(at).take(1).collect();
    let hint = match if word.is_empty() { symbol.as_str() } else { word.as_str() } {
        "and" | "AND" | "or" | "OR" | "not" | "NOT" | "&" | "|" => Some("write `&&`, `||` and `!`"),
        "=" => Some("`==` compares"),
        _ => None,
    };
    let unexpected = ["token recognition error", "extraneous input", "no viable alternative", "mismatched input", "missing"];
    let message = if unexpected.iter().any(|start| message.starts_with(start)) {
        format!("`{}` is not expected here", if word.is_empty() { symbol } else { word })
    } else if message.starts_with("invalid argument to has") {
        "`has` wants a field, as in `has(profile.plan)`".to_owned()
    } else {
        message.to_owned()
    };
    Remark::new(at, message, hint.map(str::to_owned))
}

/// Line and column, both from 1, to a character; the parser gives 0 where it knows no place.
fn offset(text: &str, (line, column): (isize, isize)) -> usize {
    let (line, column) = (usize::try_from(line).unwrap_or(1), usize::try_from(column).unwrap_or(1));
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(|line| line.chars().count()).sum();
    (before + column.saturating_sub(1)).min(text.chars().count())
}
