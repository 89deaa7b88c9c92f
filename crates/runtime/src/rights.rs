//! What this user may do with the topics, as brokers tell it. Asked at the start: that it may not write would else
//! show with the first opportunity, days later.
//!
//! Groups and transactional ids need no question: a worker uses both as soon as it starts.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString};
use std::os::raw::c_char;
use std::ptr::{self, NonNull};
use std::slice;
use std::time::Duration;

use rdkafka::bindings as native;
use springtide_core::event::Topic;

use crate::settings::Settings;

const READ: u32 = native::rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_READ as u32;
const DESCRIBE_CONFIGS: u32 = native::rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS as u32;
const WRITE: u32 = native::rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_WRITE as u32;

/// The operations that a user may perform, by topic; topics of which brokers do not tell are left out.
pub(crate) type Rights = BTreeMap<String, BTreeSet<u32>>;

/// The topics on which a user lacks a right that a pipeline needs, a line each.
pub(crate) fn lacking(settings: &Settings, rights: &Rights) -> Vec<String> {
    let names = &settings.names;
    let changelog = settings.changelog();
    let read = names.input.iter().map(|name| (&**name, READ, "READ"));
    let written = names.output().map(|name| (name, WRITE, "WRITE"));
    let state = [(&*changelog, READ, "READ"), (&*changelog, WRITE, "WRITE")];
    let by_domain = settings.by_domain.iter().flat_map(|by| {
        let signals = names.of(Topic::BusinessSignals);
        [
            (&*by.topic, READ, "READ"),
            (&*by.waiting, READ, "READ"),
            (&*by.waiting, WRITE, "WRITE"),
            (signals, WRITE, "WRITE"),
        ]
    });
    lines(read.chain(written).chain(state).chain(by_domain), rights)
}

/// The same for a job that reads the profiles, and may write signals.
pub(crate) fn lacking_for_job(settings: &Settings, writes: bool, rights: &Rights) -> Vec<String> {
    let profiles = (settings.names.of(Topic::AccountProfiles), READ, "READ");
    let signals = writes.then(|| (settings.names.of(Topic::BusinessSignals), WRITE, "WRITE"));
    lines([profiles].into_iter().chain(signals), rights)
}

fn lines<'n>(needed: impl Iterator<Item = (&'n str, u32, &'n str)>, rights: &Rights) -> Vec<String> {
    let lacks =
        |(name, right, _): &(&str, u32, &str)| rights.get(*name).is_some_and(|has| !has.contains(right));
    needed
        .filter(lacks)
        .map(|(name, _, right)| {
            format!(
                "no right to {} topic `{name}`: grant {right} on it to this pipeline's user",
                right.to_lowercase()
            )
        })
        .collect()
}

/// What to say of topics whose settings are not told to this user, so that they can't be checked.
pub(crate) fn untold(rights: &Rights) -> Option<String> {
    let untold = rights.iter().filter(|(_, has)| !has.contains(&DESCRIBE_CONFIGS));
    let names: Vec<String> = untold.map(|(name, _)| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| {
        format!(
            "settings of topics are not told, so they are not checked: {}; grant DESCRIBE_CONFIGS on them to this user",
            names.join(", ")
        )
    })
}

/// Something of librdkafka's that is given back.
struct Lent<T>(NonNull<T>, unsafe extern "C" fn(*mut T));

impl<T> Lent<T> {
    fn of(lent: *mut T, back: unsafe extern "C" fn(*mut T)) -> Option<Lent<T>> {
        NonNull::new(lent).map(|lent| Lent(lent, back))
    }

    fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T> Drop for Lent<T> {
    fn drop(&mut self) {
        // SAFETY: it was lent to us, with the function that takes it back, and is used by nobody any more.
        unsafe { (self.1)(self.0.as_ptr()) };
    }
}

/// Asks a broker by its number; `None` where it does not answer, or does not know such questions.
///
/// # Safety
/// The client must live.
pub(crate) unsafe fn ask(
    client: *mut native::rd_kafka_t,
    broker: i32,
    names: &[&str],
    timeout: Duration,
) -> Option<Rights> {
    let names: Vec<CString> = names.iter().filter_map(|name| CString::new(*name).ok()).collect();
    let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
    let timeout_ms = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: the client lives, as the caller says; names outlive their collection, which copies them; what is lent is
    // given back once. An option that is refused is left as it was.
    let event = unsafe {
        let queue = Lent::of(native::rd_kafka_queue_new(client), native::rd_kafka_queue_destroy)?;
        let topics = Lent::of(
            native::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len()),
            native::rd_kafka_TopicCollection_destroy,
        )?;
        let what = native::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        let options = native::rd_kafka_AdminOptions_new(client, what);
        let options = Lent::of(options, native::rd_kafka_AdminOptions_destroy)?;
        native::rd_kafka_AdminOptions_set_request_timeout(options.as_ptr(), timeout_ms, ptr::null_mut(), 0);
        if broker >= 0 {
            native::rd_kafka_AdminOptions_set_broker(options.as_ptr(), broker, ptr::null_mut(), 0);
        }
        let refused = native::rd_kafka_AdminOptions_set_include_authorized_operations(options.as_ptr(), 1);
        drop(Lent::of(refused, native::rd_kafka_error_destroy));
        native::rd_kafka_DescribeTopics(client, topics.as_ptr(), options.as_ptr(), queue.as_ptr());
        let event = native::rd_kafka_queue_poll(queue.as_ptr(), timeout_ms);
        Lent::of(event, native::rd_kafka_event_destroy)?
    };
    told(&event)
}

fn told(event: &Lent<native::rd_kafka_event_t>) -> Option<Rights> {
    let mut count = 0;
    // SAFETY: the event lives, and what it tells lives as long; librdkafka says how many there are.
    let topics = unsafe {
        let result = native::rd_kafka_event_DescribeTopics_result(event.as_ptr());
        if result.is_null() {
            return None;
        }
        let topics = native::rd_kafka_DescribeTopics_result_topics(result, &mut count);
        if topics.is_null() { &[] } else { slice::from_raw_parts(topics, count) }
    };
    // SAFETY: the descriptions are the event's.
    Some(topics.iter().filter_map(|topic| unsafe { rights_of(*topic) }).collect())
}

/// A topic's name and what may be done with it; `None` where the broker does not say. Who may see a topic may do
/// something, so that no operation at all says nothing.
///
/// # Safety
/// The description must live.
unsafe fn rights_of(topic: *const native::rd_kafka_TopicDescription_t) -> Option<(String, BTreeSet<u32>)> {
    let mut count = 0;
    // SAFETY: the description lives, and names and operations with it. What an operation is called in Rust is an
    // enumeration, of which a newer broker might know more: so they are read as numbers.
    unsafe {
        let name = CStr::from_ptr(native::rd_kafka_TopicDescription_name(topic));
        let operations = native::rd_kafka_TopicDescription_authorized_operations(topic, &mut count);
        if operations.is_null() || count == 0 {
            return None;
        }
        let operations = slice::from_raw_parts(operations.cast::<u32>(), count);
        Some((name.to_str().ok()?.to_owned(), operations.iter().copied().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::ByDomain;

    #[test]
    fn settings_that_are_not_told_are_a_warning() {
        let rights = |of: [&[u32]; 2]| -> Rights {
            [("x", of[0]), ("y", of[1])]
                .map(|(name, has)| (name.to_owned(), has.iter().copied().collect()))
                .into()
        };
        assert_eq!(untold(&rights([&[DESCRIBE_CONFIGS], &[READ, DESCRIBE_CONFIGS]])), None);
        let said = untold(&rights([&[DESCRIBE_CONFIGS], &[READ, WRITE]])).unwrap();
        assert!(said.contains(": `y`; grant DESCRIBE_CONFIGS"), "{said}");
    }

    #[test]
    fn each_right_that_is_lacking_is_named_with_its_topic() {
        let settings = Settings::new("", "x");
        let all: BTreeSet<u32> = [READ, WRITE].into();
        let names = || {
            settings
                .names
                .input
                .iter()
                .map(String::as_str)
                .chain(settings.names.output())
                .chain(["x-changelog"])
        };
        let rights: Rights = names().map(|name| (name.to_owned(), all.clone())).collect();
        assert!(lacking(&settings, &rights).is_empty());
        assert!(lacking(&settings, &Rights::new()).is_empty(), "who is told nothing says nothing");
        let by_domain = Settings { by_domain: Some(ByDomain::new("x")), ..settings.clone() };
        let more = ["business-signals-by-domain", "x-domains-waiting", "business-signals"];
        let more = more.map(|name| (name.to_owned(), [READ].into()));
        let lacks = lacking(&by_domain, &rights.clone().into_iter().chain(more).collect());
        assert_eq!(lacks.len(), 2, "{lacks:?}");
        assert!(lacks[0].contains("write topic `x-domains-waiting`"), "{lacks:?}");
        assert!(lacks[1].contains("write topic `business-signals`"), "{lacks:?}");
        for (name, right, words) in [
            ("product-usage", READ, "no right to read topic `product-usage`: grant READ"),
            ("springtide-late", WRITE, "no right to write topic `springtide-late`: grant WRITE"),
            ("x-changelog", READ, "no right to read topic `x-changelog`: grant READ"),
            ("x-changelog", WRITE, "no right to write topic `x-changelog`: grant WRITE"),
        ] {
            let mut fewer = rights.clone();
            fewer.get_mut(name).unwrap().remove(&right);
            let said = lacking(&settings, &fewer);
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(said[0].starts_with(words), "{said:?}");
        }
    }
}
