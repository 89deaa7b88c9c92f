//! The command of the benchmarks.

use std::collections::BTreeMap;

use springtide_benches::load::{Failure, Place};
use springtide_benches::wire::{Schema, Wire};
use springtide_benches::workload::Workload;
use springtide_core::event::Topic;
use springtide_schema::avro::schemas;

const USAGE: &str = "bench load --bootstrap-servers HOST:PORT --prefix PREFIX [--format json|avro]
    [--schema-ids A,B,C,D,E] [--accounts N] [--usage N] [--business N] [--days N] [--disorder-ms N] [--partitions N]";

fn main() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let command = words.next().ok_or(USAGE)?;
    let flags = Flags::read(words)?;
    match command.as_str() {
        "load" => load(&flags),
        _ => Err(USAGE.into()),
    }
}

fn load(flags: &Flags) -> Result<(), Failure> {
    let place = flags.place()?;
    place.make_topics()?;
    let written = place.load(&flags.workload()?, &flags.wire()?)?;
    println!("{written} records");
    Ok(())
}

/// `--name value` pairs.
struct Flags(BTreeMap<String, String>);

impl Flags {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Flags, Failure> {
        let mut flags = BTreeMap::new();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").ok_or_else(|| format!("`{word}` is no flag\n{USAGE}"))?;
            let value = words.next().ok_or_else(|| format!("`--{name}` wants a value\n{USAGE}"))?;
            flags.insert(name.to_owned(), value);
        }
        Ok(Flags(flags))
    }

    fn text(&self, name: &str, default: &str) -> String {
        self.0.get(name).map_or(default, String::as_str).to_owned()
    }

    fn number<N: std::str::FromStr>(&self, name: &str, default: N) -> Result<N, Failure> {
        let Some(text) = self.0.get(name) else { return Ok(default) };
        text.parse().map_err(|_| format!("`--{name} {text}` is not a number that fits").into())
    }

    fn place(&self) -> Result<Place, Failure> {
        Ok(Place {
            bootstrap_servers: self.text("bootstrap-servers", "localhost:9092"),
            prefix: self.text("prefix", ""),
            partitions: self.number("partitions", 8)?,
        })
    }

    fn workload(&self) -> Result<Workload, Failure> {
        let default = Workload::default();
        Ok(Workload {
            accounts: self.number("accounts", default.accounts)?,
            usage: self.number("usage", default.usage)?,
            business: self.number("business", default.business)?,
            days: self.number("days", default.days)?,
            disorder_ms: self.number("disorder-ms", default.disorder_ms)?,
            seed: self.number("seed", default.seed)?,
        })
    }

    /// Avro stands behind the ids that a registry gave to the schemas, in the order of the topics; any will do for
    /// readers that know the schemas.
    fn wire(&self) -> Result<Wire, Failure> {
        if self.text("format", "json") == "json" {
            return Ok(Wire::Json);
        }
        let ids = self.text("schema-ids", "1,2,3,4,5");
        let ids: Vec<u32> = ids.split(',').map(str::parse).collect::<Result<_, _>>()?;
        let id = |topic: Topic| ids.get(topic.index()).copied().unwrap_or_default();
        Ok(Wire::Avro(Box::new(Topic::ALL.map(|topic| Schema::new(id(topic), schemas::of(topic))))))
    }
}
