//! Bounds on an expression's size and nesting, before a recursive parser sees it.

use super::Remark;

/// The longest expression, in bytes.
const MAX_BYTES: usize = 10_000;
/// The most brackets inside each other.
const MAX_BRACKETS: usize = 32;
/// The most operators that can come to lie inside each other, brackets included. Chains of `&&`, of `||` and
/// the items of a list are as long as they like.
const MAX_NESTING: usize = 200;

/// Refuses what is too long or too deep, and text that does not end.
pub(super) fn check(text: &str) -> Result<(), Remark> {
    if text.len() > MAX_BYTES {
        return Err(Remark::new(0, format!("the expression is longer than {MAX_BYTES} bytes"), None));
    }
    let chars: Vec<char> = text.chars().collect();
    let mut levels = vec![Level::default()];
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        let next = chars.get(at + 1).copied();
        // The list of levels never empties: the first is not popped.
        let top = levels.len() - 1;
        match c {
            '"' | '\'' => {
                at = end_of_text(&chars, at)?;
                continue;
            }
            '/' if next == Some('/') => {
                at += chars[at..].iter().take_while(|c| **c != '\n').count();
                continue;
            }
            '(' | '[' | '{' => {
                levels[top].operators += 1;
                levels.push(Level::default());
            }
            ')' | ']' | '}' if top > 0 => drop(levels.pop()),
            ',' => levels[top] = Level::default(),
            '&' | '|' if next == Some(c) => levels[top].operators = 0,
            '?' => levels[top].choices += 1,
            'a'..='z' | 'A'..='Z' | '_' => {
                let word = chars[at..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').count();
                levels[top].operators += usize::from(chars[at..at + word] == ['i', 'n']);
                let raw =
                    word == 1 && matches!(chars.get(at + 1), Some('"' | '\'')) && matches!(c, 'r' | 'R');
                at = if raw { end_of_text(&chars, at)? } else { at + word };
                continue;
            }
            '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' | '!' | '.' => levels[top].operators += 1,
            _ => {}
        }
        let nesting: usize = levels.iter().map(|level| level.operators + level.choices).sum();
        if levels.len() > MAX_BRACKETS || nesting > MAX_NESTING {
            return Err(Remark::new(at, "the expression is nested too deeply", None));
        }
        at += 1;
    }
    Ok(())
}

/// Operators at one level of brackets, since the last `,` and (but for `? :`) the last `&&` or `||`.
#[derive(Default)]
struct Level {
    operators: usize,
    choices: usize,
}

/// The position after the text literal that begins at `begin`, with its quote or with `r`.
fn end_of_text(chars: &[char], begin: usize) -> Result<usize, Remark> {
    let raw = !matches!(chars[begin], '"' | '\'');
    let open = begin + usize::from(raw);
    let quote = chars[open];
    let long = chars.get(open..open + 3).is_some_and(|three| three.iter().all(|c| *c == quote));
    let close = if long { 3 } else { 1 };
    let mut at = open + close;
    while let Some(c) = chars.get(at) {
        if *c == '\\' && !raw {
            check_escape(&chars[at + 1..]).map_err(|message| {
                Remark::new(at, message, "`\\\\` is a backslash, r\"…\" a text without escapes".to_owned())
            })?;
            at += 2;
        } else if *c == '\n' && !long {
            break;
        } else if chars.get(at..at + close).is_some_and(|end| end.iter().all(|c| *c == quote)) {
            return Ok(at + close);
        } else {
            at += 1;
        }
    }
    Err(Remark::new(begin, "the text that begins here has no closing quote", None))
}

/// Looks at what follows a backslash.
fn check_escape(rest: &[char]) -> Result<(), String> {
    let digits = |count: usize, radix: u32| {
        let code = rest.get(1..=count)?.iter().try_fold(0, |code, c| Some(code * radix + c.to_digit(radix)?));
        code.and_then(char::from_u32)
    };
    let known = match rest.first() {
        Some('a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '"' | '\'' | '\\' | '?' | '`') => true,
        Some('x' | 'X') => digits(2, 16).is_some(),
        Some('u') => digits(4, 16).is_some(),
        Some('U') => rest.get(1) == Some(&'0') && digits(8, 16).is_some(),
        Some('0'..='3') => rest.get(1..3).is_some_and(|two| two.iter().all(|c| c.is_digit(8))),
        _ => false,
    };
    let spelling: String = rest.iter().take(1).collect();
    if known { Ok(()) } else { Err(format!("`\\{spelling}` is no escape in a text")) }
}
