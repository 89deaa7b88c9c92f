//! What no pipeline on this client can beat: reading the topics, decoding every record, writing the output.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use springtide_core::event::Topic;

use crate::borrowed::decode;
use crate::cost::Cost;
use crate::flags::{Flags, Format};
use crate::load::{Failure, Place};
use crate::reader::{Reader, Seen};

/// The topics that the workload fills.
pub const READ: [Topic; 3] = [Topic::ProductUsage, Topic::BusinessSignals, Topic::AccountProfiles];

/// What the commands know.
pub const FLAGS: [&str; 8] =
    ["bootstrap-servers", "prefix", "format", "each", "produce", "count", "bytes", "commit-interval-ms"];

const PATIENCE: Duration = Duration::from_secs(30);

/// `bench consume`: reads, and looks at nothing.
///
/// # Errors
/// Where the broker fails, or a flag is no good.
pub fn consume(flags: &Flags) -> Result<(), Failure> {
    let started = Instant::now();
    let reader = open(&flags.place()?)?;
    let each = |seen: &Seen<'_>| {
        black_box(seen.value.len());
        Ok(())
    };
    let records = if flags.has("each") { reader.one_by_one(each) } else { reader.batches(each) }?;
    report(records, started);
    Ok(())
}

/// `bench decode`: reads and decodes, and writes as much as a pipeline would where it is told to.
///
/// # Errors
/// Where the broker fails, a record is no good, or a flag.
pub fn decoded(flags: &Flags) -> Result<(), Failure> {
    let started = Instant::now();
    let (place, format) = (flags.place()?, flags.format()?);
    let reader = open(&place)?;
    let mut output = flags.has("produce").then(|| Output::open(&place, flags)).transpose()?;
    let expected = reader.expected();
    let each = |seen: &Seen<'_>| {
        look(format, seen)?;
        output.as_mut().map_or(Ok(()), |output| output.advance(expected))
    };
    let records = if flags.has("each") { reader.one_by_one(each) } else { reader.batches(each) }?;
    if let Some(output) = output {
        output.end()?;
    }
    report(records, started);
    Ok(())
}

fn open(place: &Place) -> Result<Reader, Failure> {
    Reader::open(&place.client(), READ.iter().map(|topic| place.name(*topic)).collect())
}

fn look(format: Format, seen: &Seen<'_>) -> Result<(), Failure> {
    black_box(&decode(format, READ[seen.topic], seen.value)?);
    Ok(())
}

/// What `bench all` reads back: one line, names and figures in turn.
fn report(records: u64, started: Instant) {
    let (cost, wall) = (Cost::of_this_process(), started.elapsed());
    let cpu = cost.cpu_seconds();
    println!(
        "records {records} cpu_s {cpu:.3} user_s {:.3} system_s {:.3} wall_s {:.3} peak_mib {} cpu_s_per_million {:.3}",
        cost.user.as_secs_f64(),
        cost.system.as_secs_f64(),
        wall.as_secs_f64(),
        cost.peak_bytes >> 20,
        cpu * 1e6 / records.max(1) as f64,
    );
}

/// As many records as a pipeline writes, spread over the input, a transaction every so often.
struct Output {
    producer: BaseProducer,
    topic: String,
    value: Vec<u8>,
    count: u64,
    written: u64,
    read: u64,
    interval: Duration,
    /// When the open transaction began; none is open without.
    open: Option<Instant>,
}

impl Output {
    fn open(place: &Place, flags: &Flags) -> Result<Output, Failure> {
        let topic = flags.text("produce", "");
        let producer: BaseProducer = place
            .client()
            .set("transactional.id", &topic)
            .set("compression.type", "zstd")
            .set("linger.ms", "1")
            .create()?;
        producer.init_transactions(PATIENCE)?;
        // Texts compress; noise of letters compresses about as much.
        let mut random = crate::random::Random::new(1);
        let bytes = flags.number("bytes", 4_000)?;
        let value = (0..bytes).map(|_| b'a' + random.below(8) as u8).collect();
        Ok(Output {
            producer,
            topic,
            value,
            count: flags.number("count", 0)?,
            written: 0,
            read: 0,
            interval: Duration::from_millis(flags.number("commit-interval-ms", 100)?),
            open: None,
        })
    }

    fn advance(&mut self, of: u64) -> Result<(), Failure> {
        self.read += 1;
        while self.written * of < self.count * self.read {
            if self.open.is_none() {
                self.producer.begin_transaction()?;
                self.open = Some(Instant::now());
            }
            let key = self.written.to_string();
            let record = BaseRecord::to(&self.topic).key(&key).payload(&self.value);
            self.producer.send(record).map_err(|(error, _)| error)?;
            self.written += 1;
        }
        // A look at the clock costs; one in a thousand records is often enough.
        if self.read.is_multiple_of(1_000) && self.open.is_some_and(|since| since.elapsed() > self.interval) {
            self.commit()?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Failure> {
        self.open = None;
        self.producer.commit_transaction(PATIENCE)?;
        Ok(())
    }

    fn end(mut self) -> Result<(), Failure> {
        if self.open.is_some() { self.commit() } else { Ok(()) }
    }
}
