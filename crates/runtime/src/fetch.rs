//! Records as librdkafka fetched them, many with one call.
//!
//! A call for each record costs as much as decoding it. librdkafka hands out many at once from a queue that is not the
//! consumer's own (that one also carries what the group says, which [`rdkafka`] reads as events). So the queues of the
//! partitions are forwarded to one of ours. A partition that is stopped forgets where it was forwarded to, and it is
//! stopped at a time of librdkafka's choosing; what it fetches from then on waits in its own queue. Forwarding again
//! brings it over, costs little and changes nothing where it was not needed, so [`Fetch::more`] does it each time. To look
//! a partition's queue up costs more than to forward it, and an idle worker would do little else, so queues are looked up
//! with each assignment, and again after a while, should librdkafka have made a partition anew.

use std::ffi::{CStr, CString};
use std::ptr::{self, NonNull};
use std::slice;
use std::time::{Duration, Instant};

use rdkafka::bindings as native;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::BorrowedHeaders;
use springtide_core::time::Millis;

use crate::kafka::Record;

/// How many records one call brings at most.
const AT_ONCE: usize = 1_000;
/// After how long the partitions' own queues are looked up again.
const LOOK_UP_EVERY: Duration = Duration::from_secs(1);

/// A queue of records of partitions of one consumer.
///
/// It must be dropped before the consumer.
pub struct Fetch {
    /// Fetched, the next one last; dropped before the queues.
    fetched: Vec<Fetched>,
    /// The partitions' own queues, as they were looked up.
    own: Vec<Queue>,
    queue: Queue,
    client: *mut native::rd_kafka_t,
    routed: Vec<(CString, i32)>,
    looked_up: Option<Instant>,
}

impl Fetch {
    /// An empty queue; `None` where librdkafka gives none.
    pub fn of<C: ConsumerContext>(consumer: &BaseConsumer<C>) -> Option<Fetch> {
        let client = consumer.client().native_ptr();
        // SAFETY: the client lives as long as the consumer, which outlives this.
        let queue = Queue(NonNull::new(unsafe { native::rd_kafka_queue_new(client) })?);
        let (routed, own, fetched) = (Vec::new(), Vec::new(), Vec::new());
        Some(Fetch { fetched, own, queue, client, routed, looked_up: None })
    }

    /// From here on brings records of these partitions, and none of those that were fetched before: to be called with
    /// each assignment.
    pub fn route<'p>(&mut self, partitions: impl Iterator<Item = (&'p str, i32)>) {
        self.fetched.clear();
        // Topics' names have no zero byte.
        self.routed =
            partitions.filter_map(|(name, number)| Some((CString::new(name).ok()?, number))).collect();
        self.looked_up = None;
        // Before the assignment, so that nothing ever goes to the consumer's own queue.
        self.forward();
    }

    /// From here on brings records of one more partition: to be called before it is assigned.
    pub fn add(&mut self, topic: &str, number: i32) {
        // Topics' names have no zero byte.
        self.routed.extend(CString::new(topic).ok().map(|topic| (topic, number)));
        self.looked_up = None;
        self.forward();
    }

    /// Brings no more records of a partition: to be called once it is assigned no more.
    pub fn remove(&mut self, topic: &str, number: i32) {
        self.routed.retain(|(name, other)| (name.to_bytes(), *other) != (topic.as_bytes(), number));
        self.looked_up = None;
        self.fetched.retain(|fetched| (fetched.topic(), fetched.partition()) != (topic, number));
    }

    /// Whether the next record has to be waited for.
    pub fn is_empty(&self) -> bool {
        self.fetched.is_empty()
    }

    /// The next record, or what went wrong with a partition.
    pub fn next(&mut self) -> Option<Fetched> {
        self.fetched.pop()
    }

    /// Waits for records: until there are as many as one call brings, or the time is over.
    pub fn more(&mut self, timeout: Duration) {
        self.forward();
        let timeout_ms = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
        let mut places: [*mut native::rd_kafka_message_t; AT_ONCE] = [ptr::null_mut(); AT_ONCE];
        // SAFETY: the queue is ours, and the array has as many places as we say.
        let count = unsafe {
            native::rd_kafka_consume_batch_queue(
                self.queue.0.as_ptr(),
                timeout_ms,
                places.as_mut_ptr(),
                AT_ONCE,
            )
        };
        let fetched = places.into_iter().take(usize::try_from(count).unwrap_or(0));
        self.fetched.extend(fetched.filter_map(NonNull::new).map(Fetched));
        self.fetched.reverse();
    }

    fn forward(&mut self) {
        if self.looked_up.is_none_or(|at| at.elapsed() >= LOOK_UP_EVERY) {
            self.looked_up = Some(Instant::now());
            let (client, routed) = (self.client, &self.routed);
            self.own =
                routed.iter().filter_map(|(topic, number)| Queue::of(client, topic, *number)).collect();
        }
        for own in &self.own {
            // SAFETY: both queues live.
            unsafe { native::rd_kafka_queue_forward(own.0.as_ptr(), self.queue.0.as_ptr()) };
        }
    }
}

// SAFETY: librdkafka's clients, queues and messages may be used from any thread; only the owner uses these.
unsafe impl Send for Fetch {}

/// A reference to a queue, which is given back.
struct Queue(NonNull<native::rd_kafka_queue_t>);

impl Queue {
    /// A partition's own.
    fn of(client: *mut native::rd_kafka_t, topic: &CStr, number: i32) -> Option<Queue> {
        // SAFETY: the client lives; a queue that is got is a reference of its own.
        NonNull::new(unsafe { native::rd_kafka_queue_get_partition(client, topic.as_ptr(), number) })
            .map(Queue)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: it was given to us, and is used by nobody any more.
        unsafe { native::rd_kafka_queue_destroy(self.0.as_ptr()) };
    }
}

/// A record as librdkafka has it, or an error of its partition.
pub struct Fetched(NonNull<native::rd_kafka_message_t>);

impl Fetched {
    fn native(&self) -> &native::rd_kafka_message_t {
        // SAFETY: it is ours until it is dropped.
        unsafe { self.0.as_ref() }
    }

    /// What went wrong with its partition; then there is no record.
    pub fn error(&self) -> Option<RDKafkaErrorCode> {
        let error = self.native().err;
        (error != native::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR).then(|| error.into())
    }
}

fn bytes<'m>(start: *mut std::os::raw::c_void, length: usize) -> Option<&'m [u8]> {
    // SAFETY: librdkafka says where a message's bytes are, and they live as long as the message, which outlives what
    // the caller borrows.
    (!start.is_null()).then(|| unsafe { slice::from_raw_parts(start.cast::<u8>(), length) })
}

impl Record for Fetched {
    fn topic(&self) -> &str {
        // An error may be of no topic.
        if self.native().rkt.is_null() {
            return "";
        }
        // SAFETY: it is a topic, whose name lives as long as the client.
        let name = unsafe { CStr::from_ptr(native::rd_kafka_topic_name(self.native().rkt)) };
        name.to_str().unwrap_or_default()
    }

    fn partition(&self) -> i32 {
        self.native().partition
    }

    fn offset(&self) -> i64 {
        self.native().offset
    }

    fn written_at(&self) -> Option<Millis> {
        let mut kind = native::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message lives.
        let at = unsafe { native::rd_kafka_message_timestamp(self.0.as_ptr(), &mut kind) };
        (kind != native::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && at >= 0).then_some(at)
    }

    fn key(&self) -> Option<&[u8]> {
        bytes(self.native().key, self.native().key_len)
    }

    fn value(&self) -> Option<&[u8]> {
        bytes(self.native().payload, self.native().len)
    }

    fn headers(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        let mut headers = ptr::null_mut();
        // SAFETY: the message lives, and its headers with it; this is how rdkafka makes them of its own messages.
        let headers = unsafe {
            let got = native::rd_kafka_message_headers(self.0.as_ptr(), &mut headers);
            let there = got == native::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
            if there { headers.cast::<BorrowedHeaders>().as_ref() } else { None }
        };
        headers.into_iter().flat_map(headers_of)
    }
}

/// Headers in their order. rdkafka's own way panics at a name that is no UTF-8; here such a header is left out.
pub(crate) fn headers_of(headers: &BorrowedHeaders) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
    let native = ptr::from_ref(headers).cast::<native::rd_kafka_headers_t>();
    let at = move |index| {
        let (mut name, mut value, mut length) = (ptr::null(), ptr::null(), 0);
        // SAFETY: the headers live as long as what is borrowed of them, and nobody changes them.
        let got =
            unsafe { native::rd_kafka_header_get_all(native, index, &mut name, &mut value, &mut length) };
        (got == native::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR).then(|| {
            // SAFETY: a header that is there has a name.
            let name = unsafe { CStr::from_ptr(name) };
            (name, bytes(value.cast_mut(), length))
        })
    };
    (0..).map_while(at).filter_map(|(name, value)| Some((name.to_str().ok()?, value)))
}

impl Drop for Fetched {
    fn drop(&mut self) {
        // SAFETY: librdkafka gave it to us, once.
        unsafe { native::rd_kafka_message_destroy(self.0.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_whose_name_is_no_text_is_left_out() {
        // SAFETY: made, filled and destroyed here.
        unsafe {
            let headers = native::rd_kafka_headers_new(3);
            let add = |name: &[u8], value: Option<&[u8]>| {
                let (start, length) =
                    value.map_or((ptr::null(), -1), |v| (v.as_ptr().cast(), v.len() as isize));
                native::rd_kafka_header_add(
                    headers,
                    name.as_ptr().cast(),
                    name.len() as isize,
                    start,
                    length,
                );
            };
            add(b"ce_id", Some(b"1"));
            add(b"\xff\xfe", Some(b"2"));
            add(b"empty", None);
            let borrowed = headers.cast::<BorrowedHeaders>().as_ref().unwrap();
            let found: Vec<_> = headers_of(borrowed).collect();
            assert_eq!(found, [("ce_id", Some(&b"1"[..])), ("empty", None)]);
            native::rd_kafka_headers_destroy(headers);
        }
    }
}
