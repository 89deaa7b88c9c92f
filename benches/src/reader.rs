//! Reading topics from their beginning to where they end when reading begins, as fast as librdkafka lets one.
//!
//! All partitions are forwarded to one queue, which is emptied in batches: that is half the cost of a call a record.

use std::ffi::CString;
use std::time::{Duration, Instant};

use rdkafka::bindings as native;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::load::Failure;

const PATIENCE: Duration = Duration::from_secs(30);
const BATCH: usize = 4_096;

/// A record as it lies in librdkafka's buffer.
pub struct Seen<'m> {
    /// Which of the reader's topics.
    pub topic: usize,
    /// Its key; empty where there is none.
    pub key: &'m [u8],
    /// Its value; empty where there is none.
    pub value: &'m [u8],
}

/// One partition on its way to its end.
struct Part {
    topic: usize,
    partition: i32,
    from: i64,
    end: i64,
    done: bool,
}

/// A consumer without a group.
pub struct Reader {
    consumer: BaseConsumer,
    topics: Vec<String>,
    parts: Vec<Part>,
}

impl Reader {
    /// Connects, and notes where the topics end now.
    ///
    /// # Errors
    /// Where the broker does not answer, or a topic is missing.
    pub fn open(client: &ClientConfig, topics: Vec<String>) -> Result<Reader, Failure> {
        let consumer: BaseConsumer = client
            .clone()
            // Wanted by librdkafka; nobody joins it.
            .set("group.id", "bench-reader")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("isolation.level", "read_committed")
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "true")
            .set("fetch.queue.backoff.ms", "5")
            .set("fetch.wait.max.ms", "50")
            .set("queued.max.messages.kbytes", "32768")
            .set("queued.min.messages", "100000")
            .set("fetch.message.max.bytes", "1048576")
            .create()?;
        let mut parts = Vec::new();
        for (topic, name) in topics.iter().enumerate() {
            let metadata = consumer.fetch_metadata(Some(name), PATIENCE)?;
            for part in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
                let (from, end) = consumer.fetch_watermarks(name, part.id(), PATIENCE)?;
                parts.push(Part { topic, partition: part.id(), from, end, done: from >= end });
            }
        }
        Ok(Reader { consumer, topics, parts })
    }

    /// How many records there are at most.
    pub fn expected(&self) -> u64 {
        self.parts.iter().map(|part| (part.end - part.from).unsigned_abs()).sum()
    }

    /// Goes on from where topics ended when it was opened, for as long as `each` wants more, in batches.
    ///
    /// # Errors
    /// Where the broker fails.
    pub fn follow(mut self, mut each: impl FnMut(&Seen<'_>), more: impl Fn() -> bool) -> Result<(), Failure> {
        self.parts.iter_mut().for_each(|part| part.from = part.end);
        let queue = Queue::over(&self.consumer, &self.topics, &self.parts)?;
        self.assign()?;
        let mut buffer = Vec::with_capacity(BATCH);
        while more() {
            queue.fill(&mut buffer, Duration::from_millis(20));
            for message in buffer.drain(..) {
                if message.error()? == Heard::Record {
                    each(&message.seen(&self.topics)?);
                }
            }
            self.consumer.poll(Duration::ZERO);
        }
        Ok(())
    }

    /// Hands all records to `each`, in batches.
    ///
    /// # Errors
    /// Where the broker or `each` fails, or nothing comes for half a minute.
    pub fn batches(mut self, mut each: impl FnMut(&Seen<'_>) -> Result<(), Failure>) -> Result<u64, Failure> {
        let queue = Queue::over(&self.consumer, &self.topics, &self.parts)?;
        self.assign()?;
        let (mut records, mut heard) = (0, Instant::now());
        let mut buffer = Vec::with_capacity(BATCH);
        let mut handles = Handles::default();
        while self.parts.iter().any(|part| !part.done) {
            queue.fill(&mut buffer, Duration::from_millis(100));
            if !buffer.is_empty() {
                heard = Instant::now();
            } else if heard.elapsed() > PATIENCE {
                return Err("nothing came from the broker for 30 s".into());
            }
            for message in buffer.drain(..) {
                let part = handles.part(&message, &self.topics, &self.parts)?;
                let Some(part) = self.parts.get_mut(part) else { continue };
                let offset = message.offset();
                if message.error()? == Heard::End {
                    part.done |= offset >= part.end;
                } else if offset < part.end {
                    part.done |= offset + 1 == part.end;
                    records += 1;
                    each(&message.seen_as(part.topic))?;
                }
            }
            self.consumer.poll(Duration::ZERO);
        }
        Ok(records)
    }

    /// Hands all records to `each`, one call of librdkafka a record.
    ///
    /// # Errors
    /// Where the broker or `each` fails, or nothing comes for half a minute.
    pub fn one_by_one(
        mut self,
        mut each: impl FnMut(&Seen<'_>) -> Result<(), Failure>,
    ) -> Result<u64, Failure> {
        self.assign()?;
        let (mut records, mut heard) = (0, Instant::now());
        while self.parts.iter().any(|part| !part.done) {
            let Some(message) = self.consumer.poll(Duration::from_millis(100)) else {
                if heard.elapsed() > PATIENCE {
                    return Err("nothing came from the broker for 30 s".into());
                }
                continue;
            };
            heard = Instant::now();
            let message = match message {
                Ok(message) => message,
                Err(rdkafka::error::KafkaError::PartitionEOF(partition)) => {
                    // The topic is not said; that of this number whose last record was not one of ours is done.
                    at_end(&self.consumer, &self.topics, &mut self.parts, partition)?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let name = message.topic();
            let topics = &self.topics;
            let part = self
                .parts
                .iter_mut()
                .find(|part| part.partition == message.partition() && topics[part.topic] == name);
            let Some(part) = part.filter(|part| message.offset() < part.end) else { continue };
            part.done |= message.offset() + 1 == part.end;
            records += 1;
            let (key, value) = (message.key().unwrap_or_default(), message.payload().unwrap_or_default());
            each(&Seen { topic: part.topic, key, value })?;
        }
        Ok(records)
    }

    fn assign(&self) -> Result<(), Failure> {
        let mut list = TopicPartitionList::new();
        for part in &self.parts {
            list.add_partition_offset(&self.topics[part.topic], part.partition, Offset::Offset(part.from))?;
        }
        self.consumer.assign(&list)?;
        Ok(())
    }
}

/// Notes which of the partitions of a number are read to their end.
fn at_end(
    consumer: &BaseConsumer,
    topics: &[String],
    parts: &mut [Part],
    partition: i32,
) -> Result<(), Failure> {
    let positions = consumer.position()?;
    for part in parts.iter_mut().filter(|part| part.partition == partition) {
        let at = positions.find_partition(&topics[part.topic], partition).map(|place| place.offset());
        part.done |= matches!(at, Some(Offset::Offset(at)) if at >= part.end);
    }
    Ok(())
}

/// What a message is.
#[derive(PartialEq, Eq)]
enum Heard {
    Record,
    End,
}

/// A message that is let go when it is dropped.
#[repr(transparent)]
struct Owned(*mut native::rd_kafka_message_t);

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: librdkafka gave it to us, and nobody else lets it go.
        unsafe { native::rd_kafka_message_destroy(self.0) };
    }
}

impl Owned {
    fn raw(&self) -> &native::rd_kafka_message_t {
        // SAFETY: it lives until it is dropped, and nobody writes to it.
        unsafe { &*self.0 }
    }

    fn offset(&self) -> i64 {
        self.raw().offset
    }

    fn error(&self) -> Result<Heard, Failure> {
        match self.raw().err {
            native::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(Heard::Record),
            native::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__PARTITION_EOF => Ok(Heard::End),
            other => Err(format!("reading a partition: {other:?}").into()),
        }
    }

    fn seen_as(&self, topic: usize) -> Seen<'_> {
        let raw = self.raw();
        // SAFETY: both lie in the message, which is borrowed for as long as they are.
        unsafe { Seen { topic, key: bytes(raw.key, raw.key_len), value: bytes(raw.payload, raw.len) } }
    }

    fn seen(&self, topics: &[String]) -> Result<Seen<'_>, Failure> {
        Ok(self.seen_as(self.topic(topics)?))
    }

    fn topic(&self, topics: &[String]) -> Result<usize, Failure> {
        let rkt = self.raw().rkt;
        if rkt.is_null() {
            return Err("a message of no topic".into());
        }
        // SAFETY: the topic outlives its message, and its name is a string of C.
        let name = unsafe { std::ffi::CStr::from_ptr(native::rd_kafka_topic_name(rkt)) };
        let at = topics.iter().position(|topic| topic.as_bytes() == name.to_bytes());
        at.ok_or_else(|| format!("a message of {name:?}, which is not read").into())
    }
}

/// # Safety
/// `at` must point to so many bytes that live and do not change for `'m`, or be null.
unsafe fn bytes<'m>(at: *const std::ffi::c_void, length: usize) -> &'m [u8] {
    if at.is_null() {
        return &[];
    }
    // SAFETY: the caller's.
    unsafe { std::slice::from_raw_parts(at.cast(), length) }
}

/// Places of partitions by librdkafka's handle of their topic, so that names are compared once.
#[derive(Default)]
struct Handles(Vec<(*mut native::rd_kafka_topic_t, i32, usize)>);

impl Handles {
    fn part(&mut self, message: &Owned, topics: &[String], parts: &[Part]) -> Result<usize, Failure> {
        let (rkt, partition) = (message.raw().rkt, message.raw().partition);
        if let Some((.., part)) = self.0.iter().find(|known| (known.0, known.1) == (rkt, partition)) {
            return Ok(*part);
        }
        let topic = message.topic(topics)?;
        let part = parts.iter().position(|part| (part.topic, part.partition) == (topic, partition));
        let part = part.ok_or_else(|| format!("a message of partition {partition}, which is not read"))?;
        self.0.push((rkt, partition, part));
        Ok(part)
    }
}

/// A queue of our own that partitions are forwarded to.
struct Queue<'c> {
    raw: *mut native::rd_kafka_queue_t,
    consumer: &'c BaseConsumer,
}

impl Queue<'_> {
    /// Before partitions are assigned, so that none of their records goes elsewhere.
    fn over<'c>(consumer: &'c BaseConsumer, topics: &[String], parts: &[Part]) -> Result<Queue<'c>, Failure> {
        let client = consumer.client().native_ptr();
        // SAFETY: the client lives as long as the borrow in the queue.
        let queue = Queue { raw: unsafe { native::rd_kafka_queue_new(client) }, consumer };
        for part in parts {
            let name = CString::new(topics[part.topic].as_str())?;
            // SAFETY: the name lives for the call; the partition's queue is ours to let go, forwarded or not.
            unsafe {
                let own = native::rd_kafka_queue_get_partition(client, name.as_ptr(), part.partition);
                if own.is_null() {
                    return Err(format!("no queue of {name:?}, partition {}", part.partition).into());
                }
                native::rd_kafka_queue_forward(own, queue.raw);
                native::rd_kafka_queue_destroy(own);
            }
        }
        Ok(queue)
    }

    fn fill(&self, buffer: &mut Vec<Owned>, patience: Duration) {
        debug_assert!(buffer.is_empty() && buffer.capacity() >= BATCH);
        // SAFETY: `Owned` is a pointer in size and meaning, and there is room for so many; as many as were
        // written are taken over.
        unsafe {
            let room = buffer.as_mut_ptr().cast();
            let wait_ms = patience.as_millis() as i32;
            let filled = native::rd_kafka_consume_batch_queue(self.raw, wait_ms, room, BATCH);
            buffer.set_len(usize::try_from(filled).unwrap_or_default());
        }
    }
}

impl Drop for Queue<'_> {
    fn drop(&mut self) {
        // Partitions forward to the queue until they are unassigned.
        let unassigned = self.consumer.unassign();
        drop(unassigned);
        // SAFETY: nobody uses it any more.
        unsafe { native::rd_kafka_queue_destroy(self.raw) };
    }
}
