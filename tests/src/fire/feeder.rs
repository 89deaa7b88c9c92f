//! The producers: events at a steady pace, whatever happens to the brokers, some topics in Avro by a schema that changes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use serde_json::Value;

use crate::avro::{Writer, ours};
use crate::pipeline::Pipeline;
use crate::records::Record;

/// The topics that are Avro.
pub const AVRO: [&str; 2] = ["product-usage", "business-signals"];

/// For the last record to be acknowledged, once all are sent.
const PATIENCE: Duration = Duration::from_secs(180);

/// How many records arrived, and what went wrong with others.
#[derive(Default)]
struct Arrivals {
    arrived: AtomicU64,
    fault: Mutex<Option<String>>,
}

struct Watcher(Arc<Arrivals>);

impl ClientContext for Watcher {
    /// Brokers come and go.
    fn log(&self, _: rdkafka::config::RDKafkaLogLevel, _: &str, _: &str) {}
    fn error(&self, _: KafkaError, _: &str) {}
}

impl ProducerContext for Watcher {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(_) => drop(self.0.arrived.fetch_add(1, Ordering::Relaxed)),
            Err((error, _)) => {
                *self.0.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
            }
        }
    }
}

type Writers = Arc<Mutex<BTreeMap<&'static str, Arc<Writer>>>>;

/// Producers at work.
pub struct Feeder {
    writers: Writers,
    subjects: BTreeMap<&'static str, String>,
    schemas: usize,
    hurry: Arc<AtomicBool>,
    thread: JoinHandle<Result<u64, String>>,
}

impl Feeder {
    /// Begins to write records to a pipeline's topics, evenly over a time.
    ///
    /// # Panics
    /// Where there is no registry or broker.
    pub fn start(pipeline: &Pipeline, bootstrap: &str, records: Vec<Record>, over: Duration) -> Feeder {
        let subjects: BTreeMap<&str, String> =
            AVRO.iter().map(|topic| (*topic, format!("{}-value", pipeline.topic(topic)))).collect();
        let first =
            |topic: &&'static str| (*topic, Arc::new(Writer::register(&subjects[topic], ours(topic))));
        let writers: Writers = Arc::new(Mutex::new(AVRO.iter().map(first).collect()));
        let arrivals = Arc::new(Arrivals::default());
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", bootstrap)
            .set("partitioner", "murmur2_random")
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("message.timeout.ms", PATIENCE.as_millis().to_string())
            .set("linger.ms", "5");
        let producer = config.create_with_context(Watcher(Arc::clone(&arrivals))).unwrap();
        let names = records.iter().map(|record| (record.topic, pipeline.topic(record.topic))).collect();
        let hurry = Arc::new(AtomicBool::default());
        let work = Work { producer, names, writers: Arc::clone(&writers), hurry: Arc::clone(&hurry) };
        let thread = thread::spawn(move || {
            work.write(&records, over);
            work.end(&arrivals)
        });
        Feeder { writers, subjects, schemas: 0, hurry, thread }
    }

    /// From now on one of the Avro topics is written by a newer schema: with one more optional field, and its fields in
    /// another order.
    ///
    /// # Panics
    /// Where the registry does not take it.
    pub fn change_schema(&mut self) {
        self.schemas += 1;
        let topic = AVRO[self.schemas % AVRO.len()];
        let writer = Arc::new(Writer::register(&self.subjects[topic], &newer(ours(topic), self.schemas)));
        self.writers.lock().unwrap_or_else(PoisonError::into_inner).insert(topic, writer);
    }

    /// Waits until all is written; how many records that were.
    ///
    /// # Errors
    /// Where one did not arrive: then nothing can be said of the pipeline.
    pub fn finish(self) -> Result<u64, String> {
        self.hurry.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the producer failed".to_owned())?
    }
}

/// A schema with as many optional fields more, and the fields in another order.
fn newer(schema: &str, version: usize) -> String {
    let mut schema: Value = serde_json::from_str(schema).unwrap();
    let fields = schema["fields"].as_array_mut().expect("a record's schema");
    for number in 0..version.min(5) {
        fields.push(
            serde_json::json!({"name": format!("more_{number}"), "type": ["null", "string"], "default": null}),
        );
    }
    let by = version % fields.len();
    fields.rotate_left(by);
    schema.to_string()
}

struct Work {
    producer: BaseProducer<Watcher>,
    names: BTreeMap<&'static str, String>,
    writers: Writers,
    hurry: Arc<AtomicBool>,
}

impl Work {
    fn write(&self, records: &[Record], over: Duration) {
        let began = Instant::now();
        for (at, record) in records.iter().enumerate() {
            let due = over.mul_f64(at as f64 / records.len() as f64);
            while began.elapsed() < due && !self.hurry.load(Ordering::Relaxed) {
                self.producer.poll(Duration::from_millis(2));
            }
            let writer =
                self.writers.lock().unwrap_or_else(PoisonError::into_inner).get(record.topic).cloned();
            match writer {
                Some(writer) => self.send(&writer.record(record)),
                None => self.send(record),
            }
        }
    }

    fn send(&self, record: &Record) {
        let mut outgoing = BaseRecord::<[u8], [u8]>::to(&self.names[record.topic]);
        outgoing.key = record.key.as_deref();
        outgoing.payload = record.value.as_deref();
        while let Err((error, back)) = self.producer.send(outgoing) {
            let full = error == KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
            assert!(full, "{}: {error}", record.topic);
            self.producer.poll(Duration::from_millis(10));
            outgoing = back;
        }
    }

    fn end(&self, arrivals: &Arrivals) -> Result<u64, String> {
        self.producer.flush(PATIENCE).map_err(|error| format!("events can't be written: {error}"))?;
        match arrivals.fault.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(fault) => Err(format!("an event could not be written: {fault}")),
            None => Ok(arrivals.arrived.load(Ordering::Relaxed)),
        }
    }
}
