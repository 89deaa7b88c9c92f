//! Asking a server over HTTP, as a probe does.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;

use crate::wait::DEADLINE;

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status, such as 200.
    pub status: u16,
    /// The lines before the body.
    pub head: String,
    /// The body.
    pub body: String,
}

/// Asks for a path of `HOST:PORT`.
///
/// # Panics
/// Where nobody answers.
pub fn get(address: &str, path: &str) -> Answer {
    ask(address, "GET", path, &[], "")
}

/// Puts a text to a path of `HOST:PORT`.
///
/// # Panics
/// As [`get`].
pub fn put(address: &str, path: &str, text: &str) -> Answer {
    ask(address, "PUT", path, &[], text)
}

/// Asks with headers and a body.
///
/// # Panics
/// As [`get`].
pub fn ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    // Of HTTP 1.0, so that the body comes as it is and not in chunks.
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}");
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    write!(stream, "{head}\r\nConnection: close\r\n{more}\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an empty line ends the head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// Server-sent events, as they come.
pub struct Events {
    /// The status, such as 200.
    pub status: u16,
    lines: Lines<BufReader<TcpStream>>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its name.
    pub event: String,
    /// What it says.
    pub data: String,
}

impl Events {
    /// Asks a path of `HOST:PORT` for them.
    ///
    /// # Panics
    /// Where nobody answers.
    pub fn open(address: &str, path: &str) -> Events {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").unwrap();
        let mut lines = BufReader::new(stream).lines();
        let first = lines.next().expect("an answer").unwrap();
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        lines.by_ref().map(Result::unwrap).find(String::is_empty).expect("an empty line ends the head");
        Events { status, lines }
    }
}

impl Iterator for Events {
    type Item = Sent;

    /// The next; none where the server ended.
    fn next(&mut self) -> Option<Sent> {
        let mut sent = Sent { event: String::new(), data: String::new() };
        loop {
            let line = self.lines.next()?.unwrap();
            match line.split_once(':') {
                Some(("event", name)) => sent.event = name.trim_start().to_owned(),
                Some(("data", data)) => sent.data.push_str(data.trim_start()),
                None if !sent.event.is_empty() => return Some(sent),
                // A number, a comment, or the end of one.
                _ => {}
            }
        }
    }
}
