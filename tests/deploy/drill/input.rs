//! Input of a pipeline that flows while it is drilled: events of now, of a few accounts, in all topics that are let flow.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use springtide_core::time::format_rfc3339;
use springtide_tests::feed::Feed;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::{INPUT, Record};

/// From one turn to the next; in each, every flow brings its records.
const TURN: Duration = Duration::from_millis(100);
/// So many accounts lie on all of a few partitions.
const ACCOUNTS: u64 = 12;

/// What flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// Good events of a topic.
    Good(&'static str),
    /// Events of a topic that are older than any may be.
    Late(&'static str),
    /// Records of a topic that are no JSON.
    Bad(&'static str),
    /// Profiles of ever more accounts, of kilobytes each.
    Crowd,
}

type Flows = Arc<Mutex<BTreeMap<Flow, u64>>>;

/// Producers; they end with their value.
pub struct Input {
    flows: Flows,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Input {
    /// A trickle in all topics but the outcomes.
    pub fn start(pipeline: &Pipeline) -> Input {
        let names: BTreeMap<&str, String> = INPUT.map(|topic| (topic, pipeline.topic(topic))).into();
        let good = INPUT.iter().filter(|topic| **topic != "opportunity-outcomes");
        let flows: Flows = Arc::new(Mutex::new(good.map(|topic| (Flow::Good(topic), 2)).collect()));
        let ended = Arc::new(AtomicBool::new(false));
        let (shared, end) = (Arc::clone(&flows), Arc::clone(&ended));
        let produce = move || {
            let feed = Feed::new(|topic: &str| names[topic].clone());
            let mut number = 0;
            while !end.load(Ordering::Relaxed) {
                let flows = shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
                for (flow, count) in flows {
                    for _ in 0..count {
                        number += 1;
                        feed.send(&flow.record(number));
                    }
                }
                feed.flush();
                sleep(TURN);
            }
        };
        Input { flows, ended, thread: Some(thread::spawn(produce)) }
    }

    /// From now on so many records come of it each turn, ten times a second.
    pub fn set(&self, flow: Flow, records: u64) {
        self.flows.lock().unwrap_or_else(PoisonError::into_inner).insert(flow, records);
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Its panic was said already.
            let _ = thread.join();
        }
    }
}

impl Flow {
    fn record(self, number: u64) -> Record {
        let account = format!("account-{}", number % ACCOUNTS);
        match self {
            Flow::Good(topic) => event(topic, &account, number, now()),
            Flow::Late(topic) => event(topic, &account, number, now() - 400 * 86_400_000),
            Flow::Bad(topic) => Record::new(topic, &account, "no JSON"),
            Flow::Crowd => {
                let account = format!("of-many-{number}");
                let long = format!("{number:016x}").repeat(200);
                of("account-profiles", &account, "p", now(), &profile(&long))
            }
        }
    }
}

/// Now, in milliseconds.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// A good event.
fn event(topic: &'static str, account: &str, number: u64, at: i64) -> Record {
    let rest = match topic {
        "product-usage" => r#""type":"user_activity","user_id":"u1""#.to_owned(),
        "business-signals" => {
            format!(r#""type":"job_posted","posting_id":"p{number}","title":"Engineer","department":"law""#)
        }
        "engagement-signals" => r#""type":"nps_response","score":7"#.to_owned(),
        "account-profiles" => profile(account),
        _ => format!(r#""opportunity_id":"o{number}","play":"usage-limit","stage":"qualified""#),
    };
    of(topic, account, &format!("{number}"), at, &rest)
}

/// What a profile says beside its account.
pub fn profile(name: &str) -> String {
    format!(
        r#""name":"{name}","segment":"smb","mrr":1000,"currency":"EUR","health_score":80,"first_value_at":"2023-01-01T00:00:00Z""#
    )
}

/// An event with all that its kind has.
pub fn of(topic: &'static str, account: &str, id: &str, at: i64, rest: &str) -> Record {
    let at = format_rfc3339(at);
    let value =
        format!(r#"{{"event_id":"{topic} {id}","account_id":"{account}","occurred_at":"{at}",{rest}}}"#);
    Record::new(topic, account, value)
}
