//! Something between a pipeline and the schema registry that can be away, or be behind what the registry knows.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::registry::SchemaRegistry;

/// Stands for the registry.
pub struct Proxy {
    /// Its URL.
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    away: bool,
    unknown: BTreeSet<u32>,
    asked: Vec<String>,
}

impl Proxy {
    /// Passes everything on; it ends with the test's process.
    ///
    /// # Panics
    /// Where there is no registry, or no port.
    pub fn start() -> Proxy {
        let (host, base) =
            SchemaRegistry::shared().url.trim_start_matches("http://").split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/{base}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&shared);
                // A client that does not wait for its answer is none of ours.
                thread::spawn(move || stream.and_then(|mut client| serve(&mut client, host, &shared)));
            }
        });
        Proxy { url, state }
    }

    /// From now on every connection is cut, or none.
    pub fn set_away(&self, away: bool) {
        self.state.lock().unwrap().away = away;
    }

    /// From now on the registry has no schema of this id, as one that lags behind its leader.
    pub fn forget(&self, id: u32) {
        self.state.lock().unwrap().unknown.insert(id);
    }

    /// From now on the registry has again what it has.
    pub fn remember(&self) {
        self.state.lock().unwrap().unknown.clear();
    }

    /// How many questions had this in their first line, answered or not.
    pub fn asked(&self, part: &str) -> usize {
        self.state.lock().unwrap().asked.iter().filter(|line| line.contains(part)).count()
    }
}

fn serve(client: &mut TcpStream, host: &str, state: &Mutex<State>) -> std::io::Result<()> {
    let request = read(client)?;
    let line = request.lines().next().unwrap_or_default().to_owned();
    let (away, unknown) = {
        let mut state = state.lock().unwrap();
        let is_of = |id: &u32| line.contains(&format!("/schemas/ids/{id}?"));
        let unknown = state.unknown.iter().any(is_of);
        state.asked.push(line);
        (state.away, unknown)
    };
    if away {
        return Ok(());
    }
    if unknown {
        let body = r#"{"error_code":40403,"message":"Schema not found"}"#;
        let head = "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\nconnection: close\r\n";
        return write!(client, "{head}content-length: {}\r\n\r\n{body}", body.len());
    }
    let mut registry = TcpStream::connect(host)?;
    registry.write_all(request.as_bytes())?;
    std::io::copy(&mut registry, client).map(drop)
}

/// A request as HTTP 1.0, so that the answer ends with the connection.
fn read(client: &mut TcpStream) -> std::io::Result<String> {
    let mut reader = BufReader::new(client);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some(count) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = count.trim_end().parse().map_err(std::io::Error::other)?;
        }
        request.push_str(&line.replace(" HTTP/1.1\r\n", " HTTP/1.0\r\n"));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(format!("{request}\r\n{}", String::from_utf8_lossy(&body)))
}
