//! One schema registry for the whole test binary, started by `xtask/registry`, and what its owner does there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::service::Service;

/// A schema registry that runs.
pub struct SchemaRegistry {
    /// Its URL, as a client of Confluent's takes it.
    pub url: String,
    _service: Service,
}

static REGISTRY: OnceLock<Result<SchemaRegistry, String>> = OnceLock::new();

impl SchemaRegistry {
    /// The registry of this process; the first to ask starts it.
    ///
    /// # Panics
    /// Where it does not start: without it, nothing can be tested.
    pub fn shared() -> &'static SchemaRegistry {
        REGISTRY.get_or_init(start).as_ref().unwrap_or_else(|problem| panic!("no schema registry: {problem}"))
    }

    /// Registers a schema, with the schemas that it refers to as (name, subject, version); its id.
    ///
    /// # Panics
    /// Where it is not taken.
    pub fn register(&self, subject: &str, schema: &str, references: &[(&str, &str, u32)]) -> u32 {
        let references: Vec<Value> = references
            .iter()
            .map(|(name, subject, version)| json!({"name": name, "subject": subject, "version": version}))
            .collect();
        self.post(subject, &json!({ "schema": schema, "references": references }))
    }

    /// Registers a schema that is no Avro, of a type such as `JSON`; its id.
    ///
    /// # Panics
    /// Where it is not taken.
    pub fn register_other(&self, subject: &str, kind: &str, schema: &str) -> u32 {
        self.post(subject, &json!({ "schema": schema, "schemaType": kind }))
    }

    fn post(&self, subject: &str, body: &Value) -> u32 {
        let answer = self.call("POST", &format!("/subjects/{subject}/versions"), body);
        answer["id"].as_u64().and_then(|id| u32::try_from(id).ok()).unwrap_or_else(|| panic!("{answer}"))
    }

    /// The text of a schema.
    ///
    /// # Panics
    /// Where there is none of this id.
    pub fn schema(&self, id: u32) -> String {
        let answer = self.call("GET", &format!("/schemas/ids/{id}"), &Value::Null);
        answer["schema"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Sets what a subject's schemas must be to each other.
    pub fn set_compatibility(&self, subject: &str, level: &str) {
        let answer = self.call("PUT", &format!("/config/{subject}"), &json!({ "compatibility": level }));
        assert_eq!(answer["compatibility"], level, "{answer}");
    }

    /// How many versions of a schema a subject has.
    pub fn versions(&self, subject: &str) -> usize {
        let answer = self.call("GET", &format!("/subjects/{subject}/versions"), &Value::Null);
        answer.as_array().unwrap_or_else(|| panic!("{answer}")).len()
    }

    /// A call as the interface has it; HTTP 1.0, so that the answer ends with the connection.
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let (host, base) = self.url.trim_start_matches("http://").split_once('/').unwrap();
        let body = body.to_string();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "{method} /{base}{path} HTTP/1.0\r\ncontent-type: application/vnd.schemaregistry.v1+json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }
}

fn start() -> Result<SchemaRegistry, String> {
    let service = Service::start("registry", "SPRINGTIDE_REGISTRY", &["registry"])?;
    let url = service.addresses.concat();
    Ok(SchemaRegistry { url, _service: service })
}
