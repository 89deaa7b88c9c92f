//! `--name value` pairs of a command line, and what they say of brokers and workloads.

use std::collections::BTreeMap;

use springtide_core::event::Topic;
use springtide_core::time::DAY_MS;
use springtide_schema::avro::schemas;

use crate::load::{Failure, Place};
use crate::wire::{Schema, Wire};
use crate::workload::Workload;

/// The pairs, by name. A name that is followed by another name, or by nothing, is a switch.
pub struct Flags(BTreeMap<String, String>);

/// How values are written, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a record.
    Json,
    /// Avro behind a schema's id.
    Avro,
}

impl Format {
    /// As settings call it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Avro => "avro",
        }
    }
}

impl Flags {
    /// Reads words.
    ///
    /// # Errors
    /// Where a word is no flag, or is one that nobody knows.
    pub fn read(words: impl Iterator<Item = String>, known: &[&str]) -> Result<Flags, Failure> {
        let mut flags = BTreeMap::new();
        let mut words = words.peekable();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").ok_or_else(|| format!("`{word}` is no flag"))?;
            if !known.contains(&name) {
                return Err(
                    format!("`--{name}` is not known here; known are --{}", known.join(", --")).into()
                );
            }
            let value = words.next_if(|next| !next.starts_with("--"));
            flags.insert(name.to_owned(), value.unwrap_or_default());
        }
        Ok(Flags(flags))
    }

    /// Whether a switch is there.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A text, or its default.
    pub fn text(&self, name: &str, default: &str) -> String {
        self.0.get(name).map_or(default, String::as_str).to_owned()
    }

    /// A number, or its default.
    ///
    /// # Errors
    /// Where it is none.
    pub fn number<N: std::str::FromStr>(&self, name: &str, default: N) -> Result<N, Failure> {
        let Some(text) = self.0.get(name) else { return Ok(default) };
        text.parse().map_err(|_| format!("`--{name} {text}` is not a number that fits").into())
    }

    /// Numbers with commas between, or their default.
    ///
    /// # Errors
    /// Where one is none.
    pub fn numbers<N: std::str::FromStr>(&self, name: &str, default: &str) -> Result<Vec<N>, Failure> {
        let text = self.text(name, default);
        let number =
            |word: &str| word.parse().map_err(|_| format!("`--{name} {text}`: `{word}` does not fit"));
        Ok(text.split(',').map(number).collect::<Result<_, _>>()?)
    }

    /// `--format`, JSON unless said.
    ///
    /// # Errors
    /// Where it is neither.
    pub fn format(&self) -> Result<Format, Failure> {
        match self.text("format", "json").as_str() {
            "json" => Ok(Format::Json),
            "avro" => Ok(Format::Avro),
            other => Err(format!("`--format {other}`: json or avro").into()),
        }
    }

    /// Broker and topics.
    ///
    /// # Errors
    /// Where a number is none.
    pub fn place(&self) -> Result<Place, Failure> {
        Ok(Place {
            bootstrap_servers: self.text("bootstrap-servers", "localhost:9092"),
            prefix: self.text("prefix", ""),
            partitions: self.number("partitions", 8)?,
        })
    }

    /// The events.
    ///
    /// # Errors
    /// Where a number is none.
    pub fn workload(&self) -> Result<Workload, Failure> {
        self.workload_of(self.number("accounts", Workload::default().accounts)?)
    }

    /// The events of so many accounts.
    ///
    /// # Errors
    /// Where a number is none.
    pub fn workload_of(&self, accounts: u64) -> Result<Workload, Failure> {
        let default = Workload::default();
        Ok(Workload {
            accounts,
            usage: self.number("usage", default.usage)?,
            business: self.number("business", default.business)?,
            start: default.start,
            span_ms: self.number::<i64>("days", 60)?.saturating_mul(DAY_MS),
            disorder_ms: self.number("disorder-ms", default.disorder_ms)?,
            seed: self.number("seed", default.seed)?,
        })
    }

    /// Avro stands behind the ids that a registry gave to the schemas, in the order of the topics; any will do for
    /// readers that know the schemas.
    ///
    /// # Errors
    /// Where an id is none.
    pub fn wire(&self) -> Result<Wire, Failure> {
        Ok(match self.format()? {
            Format::Json => Wire::Json,
            Format::Avro => avro_wire(&self.numbers("schema-ids", "1,2,3,4,5")?),
        })
    }
}

/// Avro behind ids in the order of the topics.
pub fn avro_wire(ids: &[u32]) -> Wire {
    let id = |topic: Topic| ids.get(topic.index()).copied().unwrap_or_default();
    Wire::Avro(Box::new(Topic::ALL.map(|topic| Schema::new(id(topic), schemas::of(topic)))))
}
