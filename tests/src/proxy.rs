//! Something between a pipeline and the schema registry that can be away, be behind what the registry knows, want a
//! user and a password, and speak TLS.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use native_tls::{Identity, TlsAcceptor};

use crate::broker::Broker;
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
    /// What a request must have in its head.
    login: Option<&'static str>,
}

impl Proxy {
    /// Passes everything on; it ends with the test's process.
    ///
    /// # Panics
    /// Where there is no registry, or no port.
    pub fn start() -> Proxy {
        Proxy::with(None)
    }

    /// The same over TLS, with the certificate of the tests' broker.
    ///
    /// # Panics
    /// As [`Proxy::start`].
    pub fn start_with_tls() -> Proxy {
        let read = |name: &str| std::fs::read(Broker::shared().certificate(name)).unwrap();
        let identity = Identity::from_pkcs8(&read("broker.pem"), &read("broker.key")).unwrap();
        Proxy::with(Some(TlsAcceptor::new(identity).unwrap()))
    }

    fn with(tls: Option<TlsAcceptor>) -> Proxy {
        let (host, base) =
            SchemaRegistry::shared().url.trim_start_matches("http://").split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}/{base}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (shared, tls) = (Arc::clone(&shared), tls.clone());
                // A client that does not wait for its answer, or does not trust us, is none of ours.
                thread::spawn(move || match tls {
                    None => stream.and_then(|mut client| serve(&mut client, host, &shared)),
                    Some(tls) => {
                        let mut client = tls.accept(stream?).map_err(std::io::Error::other)?;
                        serve(&mut client, host, &shared)?;
                        client.shutdown()
                    }
                });
            }
        });
        Proxy { url, state }
    }

    /// From now on every connection is cut, or none.
    pub fn set_away(&self, away: bool) {
        self.state.lock().unwrap().away = away;
    }

    /// From now on only requests with this authorization are passed on, such as `Basic bWU6cHc=`.
    pub fn demand(&self, login: &'static str) {
        self.state.lock().unwrap().login = Some(login);
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

fn serve(client: &mut (impl Read + Write), host: &str, state: &Mutex<State>) -> std::io::Result<()> {
    let request = read(client)?;
    let line = request.lines().next().unwrap_or_default().to_owned();
    let (away, unknown, login) = {
        let mut state = state.lock().unwrap();
        let is_of = |id: &u32| line.contains(&format!("/schemas/ids/{id}?"));
        let unknown = state.unknown.iter().any(is_of);
        state.asked.push(line);
        (state.away, unknown, state.login)
    };
    if away {
        return Ok(());
    }
    let known = login.is_none_or(|login| request.contains(&format!("authorization: {login}\r\n")));
    let refusal = match (known, unknown) {
        (false, _) => Some(("401 Unauthorized", r#"{"error_code":401,"message":"Unauthorized"}"#)),
        (_, true) => Some(("404 Not Found", r#"{"error_code":40403,"message":"Schema not found"}"#)),
        _ => None,
    };
    if let Some((status, body)) = refusal {
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n");
        return write!(client, "{head}content-length: {}\r\n\r\n{body}", body.len());
    }
    let mut registry = TcpStream::connect(host)?;
    registry.write_all(request.as_bytes())?;
    std::io::copy(&mut registry, client).map(drop)
}

/// A request as HTTP 1.0, so that the answer ends with the connection.
fn read(client: &mut impl Read) -> std::io::Result<String> {
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
