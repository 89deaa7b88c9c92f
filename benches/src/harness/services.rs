//! The broker and the schema registry, run by the scripts of `xtask/`; and what is registered there.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use springtide_core::event::Topic;
use springtide_schema::avro::schemas;

use crate::load::{Failure, Place};

/// A service that runs as long as this lives.
pub struct Service {
    /// Where it is, as its script says.
    pub address: String,
    script: Child,
    /// The script may have more to say, and would end if nobody could hear it.
    _said: BufReader<ChildStdout>,
}

impl Service {
    /// Starts `xtask/NAME` on a new folder and waits for its line `WORD=ADDRESS`.
    ///
    /// # Errors
    /// Where it does not start; why is on standard error.
    pub fn start(root: &Path, name: &str, word: &str, folder: &Path) -> Result<Service, Failure> {
        let script = root.join("xtask").join(name);
        let mut script = Command::new(&script)
            .arg("start")
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", script.display()))?;
        let stdout = script.stdout.take().ok_or("a script without standard output")?;
        let (mut said, mut line) = (BufReader::new(stdout), String::new());
        said.read_line(&mut line)?;
        let address = line.trim().strip_prefix(word).and_then(|rest| rest.strip_prefix('='));
        let address = address.ok_or_else(|| format!("xtask/{name} did not start it; its words are above"))?;
        Ok(Service { address: address.to_owned(), script, _said: said })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It ends with its standard input, and takes its folder with it.
        drop(self.script.stdin.take());
        let _ended = self.script.wait();
    }
}

/// Registers the schemas of the five topics of a place; their ids, in the order of the topics.
///
/// # Errors
/// Where the registry does not take one.
pub fn register(registry: &str, place: &Place) -> Result<Vec<u32>, Failure> {
    let one = |topic: &Topic| {
        let path = format!("/subjects/{}-value/versions", place.name(*topic));
        let answer = post(registry, &path, &json!({ "schema": schemas::of(*topic) }))?;
        let id = answer["id"].as_u64().and_then(|id| u32::try_from(id).ok());
        id.ok_or_else(|| format!("the registry took no schema of {topic:?}: {answer}").into())
    };
    Topic::ALL.iter().map(one).collect()
}

/// HTTP 1.0, so that the answer ends with the connection.
fn post(registry: &str, path: &str, body: &Value) -> Result<Value, Failure> {
    let rest =
        registry.strip_prefix("http://").ok_or("the registry's address does not begin with http://")?;
    let (host, base) = rest.split_once('/').unwrap_or((rest, ""));
    let body = body.to_string();
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(
        stream,
        "POST /{base}{path} HTTP/1.0\r\ncontent-type: application/vnd.schemaregistry.v1+json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("the registry's answer has no end of head")?;
    Ok(serde_json::from_str(body)?)
}
