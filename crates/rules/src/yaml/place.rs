//! Where the characters of a scalar stand in the file.

use super::{Scalar, Style};
use crate::mistake::Place;

/// For each character of a scalar's text, and for its end, the line and column in the file.
///
/// Quotes, escapes, folding and indentation lie between the two, so the file is read again alongside the
/// text. Where the two cannot be matched, a place stays at the last one that could.
pub(crate) fn places(file: &str, scalar: &Scalar, begin: Place) -> Vec<Place> {
    let file = file.strip_prefix('\u{feff}').unwrap_or(file);
    let mut cursor = Cursor { rest: file.chars().skip(scalar.start).collect(), at: 0, place: begin };
    match (scalar.style, cursor.peek()) {
        (Style::SingleQuoted | Style::DoubleQuoted, Some('\'' | '"')) => cursor.advance(1),
        (Style::Block, Some('|' | '>')) => cursor.skip_line(),
        _ => {}
    }
    let mut places = Vec::with_capacity(scalar.text.len() + 1);
    for wanted in scalar.text.chars() {
        let length = cursor.find(wanted, scalar.style);
        places.push(cursor.place);
        cursor.advance(length);
    }
    places.push(cursor.place);
    places
}

struct Cursor {
    rest: Vec<char>,
    at: usize,
    place: Place,
}

impl Cursor {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn advance(&mut self, count: usize) {
        for _ in 0..count {
            match self.peek() {
                None => return,
                Some('\n') => {
                    self.place.line += 1;
                    self.place.column = 1;
                }
                Some(_) => self.place.column += 1,
            }
            self.at += 1;
        }
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|c| c != '\n') {
            self.advance(1);
        }
        self.advance(1);
    }

    /// Moves to the next spelling of a character and says how long it is.
    fn find(&mut self, wanted: char, style: Style) -> usize {
        if wanted.is_whitespace() && self.peek() != Some('\\') {
            // A fold is one blank in the text, but a line break and its indentation in the file.
            return usize::from(self.peek() == Some(wanted) && wanted != '\n');
        }
        while self.peek().is_some_and(char::is_whitespace) {
            self.advance(1);
        }
        match (self.peek(), style) {
            (Some('\\'), Style::DoubleQuoted) => match self.rest.get(self.at + 1) {
                Some('x') => 4,
                Some('u') => 6,
                Some('U') => 10,
                Some('\n') => {
                    self.advance(2);
                    self.find(wanted, style)
                }
                _ => 2,
            },
            (Some('\''), Style::SingleQuoted) => 2,
            (found, _) => usize::from(found == Some(wanted)),
        }
    }
}
