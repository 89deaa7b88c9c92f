//! Lines of a stream of bytes, without a copy of each: a line is a slice of the buffer.

use std::io::{self, Read};

use crate::limits::{LONG_LINE_PREFIX_BYTES, MAX_LINE_BYTES};

const FIRST_BUFFER_BYTES: usize = 256 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line that is not blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its place in the file, from 1; blank lines count.
    pub number: u64,
    /// Its bytes without the line end; of one that is too long, the start.
    pub bytes: &'a [u8],
    /// For a line that is too long to be held, its length in bytes.
    pub too_long: Option<u64>,
}

/// What kept the next line from being read.
#[derive(Debug)]
pub struct LineError {
    /// The number of the last line met.
    pub after: u64,
    /// How many bytes of the next line were there already; they are lost.
    pub unfinished_bytes: usize,
    /// What happened.
    pub error: io::Error,
}

/// Cuts a stream of bytes into lines.
pub struct LineReader<R> {
    input: R,
    buffer: Vec<u8>,
    /// The unread part of the buffer.
    start: usize,
    end: usize,
    /// How many bytes after `start` are known to hold no line end.
    searched: usize,
    number: u64,
    max_line_bytes: usize,
    ended: bool,
}

/// Where a line lies in the buffer.
struct Span {
    start: usize,
    end: usize,
    too_long: Option<u64>,
}

impl<R: Read> LineReader<R> {
    /// Reads lines of at most [`MAX_LINE_BYTES`].
    pub fn new(input: R) -> LineReader<R> {
        LineReader::with_limit(input, MAX_LINE_BYTES)
    }

    /// Reads lines of at most so many bytes.
    pub fn with_limit(input: R, max_line_bytes: usize) -> LineReader<R> {
        let buffer = vec![0; FIRST_BUFFER_BYTES];
        LineReader { input, buffer, start: 0, end: 0, searched: 0, number: 0, max_line_bytes, ended: false }
    }

    /// The next line that is not blank; `None` at the end.
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>, LineError> {
        loop {
            let mut span = match self.span() {
                Ok(Some(span)) => span,
                Ok(None) => return Ok(None),
                Err(error) => {
                    let unfinished_bytes = self.end - self.start;
                    return Err(LineError { after: self.number, unfinished_bytes, error });
                }
            };
            self.number += 1;
            if self.number == 1 && self.slice(&span).starts_with(BYTE_ORDER_MARK) {
                span.start += BYTE_ORDER_MARK.len();
            }
            if self.slice(&span).last() == Some(&b'\r') && span.too_long.is_none() {
                span.end -= 1;
            }
            if self.slice(&span).trim_ascii().is_empty() && span.too_long.is_none() {
                continue;
            }
            let Span { start, end, too_long } = span;
            // Spans lie within the buffer.
            let bytes = self.buffer.get(start..end).unwrap_or_default();
            return Ok(Some(Line { number: self.number, bytes, too_long }));
        }
    }

    fn slice(&self, span: &Span) -> &[u8] {
        self.buffer.get(span.start..span.end).unwrap_or_default()
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The next line, blank or not.
    fn span(&mut self) -> io::Result<Option<Span>> {
        loop {
            let unsearched = self.unread().get(self.searched..).unwrap_or_default();
            if let Some(place) = memchr::memchr(b'\n', unsearched) {
                return Ok(Some(self.cut(self.searched + place, 1)));
            }
            self.searched = self.end - self.start;
            // One byte more than a line may have: its line end may be of two bytes.
            if self.searched > self.max_line_bytes + 1 {
                return self.skip().map(Some);
            }
            if !self.fill()? {
                let rest = self.end - self.start;
                return Ok((rest > 0).then(|| self.cut(rest, 0)));
            }
        }
    }

    /// Takes a line of this length off the unread bytes, with its line end.
    fn cut(&mut self, length: usize, line_end: usize) -> Span {
        let span = Span { start: self.start, end: self.start + length, too_long: None };
        self.start = span.end + line_end;
        self.searched = 0;
        let plain = length - usize::from(self.slice(&span).last() == Some(&b'\r'));
        if plain <= self.max_line_bytes {
            return span;
        }
        let end = span.start + plain.min(LONG_LINE_PREFIX_BYTES);
        Span { end, too_long: Some(plain as u64), ..span }
    }

    /// Passes over the rest of a line that is too long, keeping its start at the front of the buffer.
    fn skip(&mut self) -> io::Result<Span> {
        let kept = (self.end - self.start).min(LONG_LINE_PREFIX_BYTES);
        let mut length = (self.end - self.start) as u64;
        self.buffer.copy_within(self.start..self.start + kept, 0);
        let span = |length| Span { start: 0, end: kept, too_long: Some(length) };
        loop {
            // What is read now goes behind the start, over what was read before.
            (self.start, self.end, self.searched) = (kept, kept, 0);
            if !self.fill()? {
                return Ok(span(length));
            }
            match memchr::memchr(b'\n', self.unread()) {
                Some(place) => {
                    self.start += place + 1;
                    return Ok(span(length + place as u64));
                }
                None => length += (self.end - self.start) as u64,
            }
        }
    }

    /// Reads more bytes behind the unread ones; false at the end of the input.
    fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.end == self.buffer.len() {
            self.make_room();
        }
        let count = loop {
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.input.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.ended = count == 0;
        self.end += count;
        Ok(count > 0)
    }

    /// Moves the unread bytes to the front; where they already fill the buffer, makes it twice as large.
    fn make_room(&mut self) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        } else {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
    }
}
