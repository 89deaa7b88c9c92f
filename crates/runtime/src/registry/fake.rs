//! A registry made of a socket, for tests: it says what it is told to.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the server says to a request.
#[derive(Clone, Debug)]
pub(crate) enum Say {
    Status(u16, String),
    /// Something that is no HTTP.
    Noise,
    /// Nothing, ever.
    Silence,
}

/// A server whose answers to a path come from a list; the last one is given again and again.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each request by the first path (behind its method) that it begins with.
    pub(crate) fn start(answers: &[(&str, &[Say])]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let server = Server { url, seen: Arc::clone(&seen) };
        let mut answers: Vec<(String, VecDeque<Say>)> =
            answers.iter().map(|(path, says)| ((*path).to_owned(), says.iter().cloned().collect())).collect();
        // It ends with the test's process.
        thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read(&mut stream);
                let list = answers.iter_mut().find(|(path, _)| request.starts_with(path.as_str()));
                let said = list.map_or(Say::Status(500, String::new()), |(_, says)| {
                    if says.len() > 1 { says.pop_front().unwrap() } else { says[0].clone() }
                });
                seen.lock().unwrap().push(request);
                match said {
                    Say::Status(status, body) => answer(&mut stream, status, &body),
                    Say::Noise => stream.write_all(b"* OK IMAP4 ready\r\n").unwrap_or(()),
                    Say::Silence => kept.push(stream),
                }
            }
        });
        server
    }

    /// What came: first lines, authorizations, bodies.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// A request's first line, its authorization and its body.
fn read(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap_or(0);
        let line = line.trim_end().to_owned();
        let small = line.to_ascii_lowercase();
        if let Some(count) = small.strip_prefix("content-length: ") {
            length = count.parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
        if request.is_empty() || small.starts_with("authorization: ") {
            request.push_str(&line);
            request.push('\n');
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request + &String::from_utf8(body).unwrap()
}

fn answer(stream: &mut TcpStream, status: u16, body: &str) {
    let head = format!("HTTP/1.1 {status} S\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    // A client that no longer waits is none of ours.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

pub(crate) fn ok(body: serde_json::Value) -> Say {
    Say::Status(200, body.to_string())
}

pub(crate) fn schema(text: &str) -> Say {
    ok(serde_json::json!({ "schema": text }))
}

pub(crate) fn refused(status: u16, code: u32) -> Say {
    Say::Status(status, format!(r#"{{"error_code":{code},"message":"said so"}}"#))
}
