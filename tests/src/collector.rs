//! A collector of traces that keeps what it was sent (OTLP, protobuf over HTTP), and can refuse to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use prost::Message;

/// A span as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Its name.
    pub name: String,
    /// The trace, in hexadecimal digits.
    pub trace: String,
    /// Its own id, in hexadecimal digits.
    pub id: String,
    /// Its parent's.
    pub parent: String,
    /// How long it took, in nanoseconds.
    pub took_nanos: u64,
    /// Whether it says that it failed.
    pub failed: bool,
    /// Its attributes, and those of who sent it, as text.
    pub attributes: Vec<(String, String)>,
}

impl Span {
    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }
}

#[derive(Default)]
struct Kept {
    spans: Mutex<Vec<Span>>,
    heads: Mutex<Vec<String>>,
    refuses: AtomicBool,
    refused: AtomicUsize,
}

/// The collector; it ends with the test's process.
pub struct Collector {
    /// `http://HOST:PORT`
    pub url: String,
    kept: Arc<Kept>,
}

impl Collector {
    /// Begins to listen.
    ///
    /// # Panics
    /// Where that is not possible.
    pub fn start() -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let kept = Arc::new(Kept::default());
        let keep = Arc::clone(&kept);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let kept = Arc::clone(&keep);
                thread::spawn(move || while answer(stream.as_ref().unwrap(), &kept).is_some() {});
            }
        });
        Collector { url, kept }
    }

    /// Has it take nothing, or take all again.
    pub fn set_refuses(&self, refuses: bool) {
        self.kept.refuses.store(refuses, Ordering::Relaxed);
    }

    /// How often it took nothing.
    pub fn refused(&self) -> usize {
        self.kept.refused.load(Ordering::Relaxed)
    }

    /// The spans that it took, in their order.
    pub fn spans(&self) -> Vec<Span> {
        self.kept.spans.lock().unwrap().clone()
    }

    /// The heads of all requests, in small letters.
    pub fn heads(&self) -> Vec<String> {
        self.kept.heads.lock().unwrap().clone()
    }
}

/// Answers one request; nothing where the other side has gone.
fn answer(mut stream: &TcpStream, kept: &Kept) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    loop {
        let before = head.len();
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
        if head[before..].trim().is_empty() {
            break;
        }
    }
    let head = head.to_lowercase();
    let length = head.split_once("content-length: ")?.1.lines().next()?.trim().parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    kept.heads.lock().unwrap().push(head);
    if kept.refuses.load(Ordering::Relaxed) {
        kept.refused.fetch_add(1, Ordering::Relaxed);
        // Not one after which it would be tried again.
        return stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").ok();
    }
    let request = ExportTraceServiceRequest::decode(&*body).expect("an export of traces");
    kept.spans.lock().unwrap().extend(spans(request));
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n")
        .ok()
}

fn spans(request: ExportTraceServiceRequest) -> Vec<Span> {
    let mut all = Vec::new();
    for resource_spans in request.resource_spans {
        let of_sender = resource_spans.resource.unwrap_or_default().attributes;
        for span in resource_spans.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            let attributes = span.attributes.iter().chain(&of_sender).map(pair).collect();
            all.push(Span {
                name: span.name,
                trace: digits(&span.trace_id),
                id: digits(&span.span_id),
                parent: digits(&span.parent_span_id),
                took_nanos: span.end_time_unix_nano.checked_sub(span.start_time_unix_nano).unwrap(),
                failed: span.status.is_some_and(|status| status.code == 2),
                attributes,
            });
        }
    }
    all
}

fn pair(attribute: &KeyValue) -> (String, String) {
    let text = match attribute.value.as_ref().and_then(|AnyValue { value }| value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    (attribute.key.clone(), text)
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
