//! From the moment a record is due to be produced until the revision that it causes can be read as committed.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rdkafka::producer::{BaseProducer, Producer};
use springtide_core::time::Millis;

use super::contender::{Contender, Memory, Question, Site, Task};
use super::findings::Revision;
use crate::flags::Format;
use crate::load::{Failure, Place};
use crate::reader::Reader;
use crate::wire::Wire;
use crate::workload::Workload;

const PATIENCE: Duration = Duration::from_secs(60);
/// What is still on its way when the last record was sent.
const LINGER: Duration = Duration::from_secs(3);

/// How many events, how fast.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Events a second.
    pub rate: u64,
    /// The first seconds, in which the contender starts and which are not counted.
    pub lead_s: u64,
    /// The seconds that count.
    pub counted_s: u64,
    /// Accounts.
    pub accounts: u64,
    /// Business events in a hundred.
    pub business_percent: u64,
}

/// How long it took.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    /// Revisions that count.
    pub revisions: usize,
    /// Half of them took at most so long, in milliseconds.
    pub p50_ms: f64,
    /// All but one in a hundred.
    pub p99_ms: f64,
    /// The longest.
    pub most_ms: f64,
    /// Of a core that the contender used, in the seconds that count.
    pub core_share: f64,
}

/// A revision that was seen: when its cause happened, and when it could be read, both in milliseconds.
type Sample = (Millis, f64);

/// Lets a contender work on a load as it is produced.
///
/// # Errors
/// Where the broker, the contender or the producer fails, or no revision came.
pub fn measure(site: &Site, contender: Contender, pace: &Pace) -> Result<Latency, Failure> {
    let prefix = format!("latency-{}-", contender.slug());
    let place = site.place(&prefix);
    place.make_topics()?;
    let (mut workload, seconds) = (workload(pace), pace.lead_s + pace.counted_s);
    let task = Task {
        question: Question::Expansion,
        id: format!("latency-{}", contender.slug()),
        prefix,
        format: Format::Json,
        disorder_ms: 0,
        memory: Memory::Default,
        until: None,
    };
    contender.prepare(site, &task)?;
    let producer = producer(&place)?;
    // Profiles are of two days before, whatever instant the events begin at.
    workload.start = now_ms() as Millis;
    for record in workload.profiles() {
        place.send(&producer, &Wire::Json, &record)?;
    }
    producer.flush(PATIENCE)?;
    let reader = Reader::open(&place.client(), vec![task.output()])?;
    let process = contender.start(site, &task, false)?;

    let (samples, over) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    workload.start = now_ms() as Millis;
    let counted_from = workload.start + (pace.lead_s * 1_000) as Millis;
    let core_share = thread::scope(|scope| {
        let reading = scope.spawn(|| follow(reader, &samples, &over));
        let sending = scope.spawn(|| send(&place, &producer, &workload));
        let used = (|| {
            sleep_until(counted_from);
            let before = process.cpu_seconds()?;
            sleep_until(workload.start + (seconds * 1_000) as Millis);
            Ok::<f64, Failure>((process.cpu_seconds()? - before) / pace.counted_s as f64)
        })();
        let sent = sending.join().map_err(|_| "the producer's thread failed")?;
        thread::sleep(LINGER);
        over.store(true, Ordering::Relaxed);
        reading.join().map_err(|_| "the reader's thread failed")??;
        sent?;
        used
    })?;
    process.terminate(PATIENCE)?;
    let samples = samples.into_inner().map_err(|_| "the reader's thread failed")?;
    summary(samples, counted_from, core_share)
}

fn workload(pace: &Pace) -> Workload {
    let seconds = pace.lead_s + pace.counted_s;
    let total = pace.rate * seconds;
    let business = total * pace.business_percent / 100;
    Workload {
        accounts: pace.accounts,
        usage: total - business,
        business,
        span_ms: (seconds * 1_000) as i64,
        ..Workload::default()
    }
}

fn producer(place: &Place) -> Result<BaseProducer, Failure> {
    let producer = place
        .client()
        .set("partitioner", "murmur2_random")
        .set("enable.idempotence", "true")
        .set("linger.ms", "1")
        .create()?;
    Ok(producer)
}

/// Sends each record when the clock has come to its instant. One that is sent late is still due at its instant, so
/// that a producer held up by a slow broker hides nothing.
fn send(place: &Place, producer: &BaseProducer, workload: &Workload) -> Result<(), Failure> {
    for record in workload.events() {
        while now_ms() < record.at as f64 {
            producer.poll(Duration::from_millis(1));
        }
        place.send(producer, &Wire::Json, &record)?;
    }
    producer.flush(PATIENCE)?;
    Ok(())
}

fn follow(reader: Reader, samples: &Mutex<Vec<Sample>>, over: &AtomicBool) -> Result<(), Failure> {
    let mut bad = VecDeque::new();
    let each = |seen: &crate::reader::Seen<'_>| {
        let now = now_ms();
        match serde_json::from_slice::<Revision<'_>>(seen.value) {
            Ok(revision) => {
                if let (Some(cause), Ok(mut samples)) = (revision.caused_at(), samples.lock()) {
                    samples.push((cause, now));
                }
            }
            Err(error) => bad.push_back(error),
        }
    };
    reader.follow(each, || !over.load(Ordering::Relaxed))?;
    bad.pop_front().map_or(Ok(()), |error| Err(error.into()))
}

fn summary(samples: Vec<Sample>, counted_from: Millis, core_share: f64) -> Result<Latency, Failure> {
    let counted = samples.into_iter().filter(|(cause, _)| *cause >= counted_from);
    let mut took: Vec<f64> = counted.map(|(cause, seen)| seen - cause as f64).collect();
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took.get(((took.len() as f64 * share).ceil() as usize).saturating_sub(1)).copied();
    match (at(0.5), at(0.99), took.last()) {
        (Some(p50_ms), Some(p99_ms), Some(most_ms)) => {
            Ok(Latency { revisions: took.len(), p50_ms, p99_ms, most_ms: *most_ms, core_share })
        }
        _ => Err("no revision came, so that nothing can be said of latency".into()),
    }
}

fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1_000.0
}

fn sleep_until(at: Millis) {
    let left = at as f64 - now_ms();
    if left > 0.0 {
        thread::sleep(Duration::from_secs_f64(left / 1_000.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_counts() {
        let samples = (0..200).map(|n| (1_000 + n, (1_000 + n) as f64 + n as f64)).collect();
        let latency = summary(samples, 1_100, 0.5).unwrap();
        assert_eq!(
            (latency.revisions, latency.p50_ms, latency.p99_ms, latency.most_ms),
            (100, 149.0, 198.0, 199.0)
        );
        assert!(summary(Vec::new(), 0, 0.0).is_err());
    }
}
