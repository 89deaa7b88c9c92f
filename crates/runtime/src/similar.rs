//! What accounts may want next by what those like them own (SPEC 9.5): from all of the profiles into `business-signals`.
//!
//! A job beside the pipeline, which knows nothing of it: it writes events. They are a function of the profiles up to an instant,
//! ids included, so that a job that is run twice, or begun again after a failure, writes what is there already, which counts
//! once; no transaction is needed for that.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use springtide_core::event::{Event, Topic};
use springtide_core::time::{Millis, format_rfc3339};
use springtide_schema::avro::schemas;
use springtide_schema::{SignalWriter, event_json, frame};
use springtide_similar::{Limits, Suggested, Table, event};

use crate::brokers::Brokers;
use crate::control::Control;
use crate::decode::Decoder;
use crate::domains::Form;
use crate::fault::{RunError, while_doing};
use crate::follow::Follow;
use crate::kafka::OwnedRecord;
use crate::layout;
use crate::partitioner::Partitioner;
use crate::pipeline::wall_clock;
use crate::profiles::{Said, said};
use crate::registry::{Registry, subject};
use crate::rights;
use crate::settings::{Format, Settings};
use crate::writer::Writer;

const LOOK: Duration = Duration::from_millis(20);
/// How long brokers, or the registry, may say nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a job has done.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// What it worked out.
    pub suggested: Suggested,
    /// How many events it wrote.
    pub records: u64,
    /// What somebody should look at, a line each.
    pub warnings: Vec<String>,
}

/// Works out what accounts may want as the profiles on Kafka stand at an instant, and writes nothing.
///
/// # Errors
/// Where the topics, the brokers or the registry are not as they must be.
pub fn look(settings: &Settings, at: Millis, limits: &Limits) -> Result<Suggested, RunError> {
    partitions(&Brokers::connect(settings)?, settings, false)?;
    let registry = Registry::of(settings)?;
    Ok(table(settings, at, registry)?.suggestions(limits))
}

/// Works it out and writes it to `business-signals`, as events of that instant.
///
/// # Errors
/// As [`look`], and where nobody knows where an account's records belong. What was written until then is written again by the
/// next run.
pub fn write(settings: &Settings, at: Millis, limits: &Limits) -> Result<Written, RunError> {
    check_instant(settings, at)?;
    let brokers = Brokers::connect(settings)?;
    let partitions = partitions(&brokers, settings, true)?;
    let (by, warnings) = partitioner(&brokers, settings, partitions)?;
    let registry = Registry::of(settings)?;
    let form = form(settings, registry.as_deref())?;
    let suggested = table(settings, at, registry)?.suggestions(limits);
    let writer = Writer::connect(settings, by, partitions, "writing what similar accounts own")?;
    let mut records = 0;
    for (account, best) in &suggested.by_account {
        for suggestion in best {
            let event = event(account, suggestion, at);
            writer.write(settings.names.of(Topic::BusinessSignals), &record(&form, &event)?)?;
            records += 1;
        }
    }
    writer.finish()?;
    Ok(Written { suggested, records, warnings })
}

fn check_instant(settings: &Settings, at: Millis) -> Result<(), RunError> {
    if at <= wall_clock() + settings.max_future_ms {
        return Ok(());
    }
    let at = format_rfc3339(at);
    Err(RunError::Setting(format!("--at: {at} is ahead of now, where every event would be set aside as bad")))
}

/// How many partitions the input topics have, where they are there and this user may do what the job does.
fn partitions(brokers: &Brokers, settings: &Settings, writes: bool) -> Result<i32, RunError> {
    let names = settings.names.input.iter().map(String::as_str);
    let partitions = layout::check_input(settings, &brokers.ask_once(names.clone())?)?;
    let rights = brokers.rights(&names.collect::<Vec<_>>());
    let lacking = rights::lacking_for_job(settings, writes, &rights);
    if lacking.is_empty() { Ok(partitions) } else { Err(RunError::Topics(lacking)) }
}

fn partitioner(
    brokers: &Brokers,
    settings: &Settings,
    partitions: i32,
) -> Result<(Partitioner, Vec<String>), RunError> {
    let (findings, denied) = layout::placement(brokers, settings, partitions, &Control::default());
    if !findings.problems.is_empty() {
        return Err(RunError::Topics(findings.problems));
    }
    let signals = settings.names.of(Topic::BusinessSignals);
    let by = layout::placed_by(settings, Topic::BusinessSignals, findings.placed_by).ok_or_else(|| {
        RunError::Setting(format!(
            "how `{signals}` is placed is not known (`custom` under [partitioners]), so nothing can be written to it; write \
             what --dry-run prints with a producer of your own"
        ))
    })?;
    Ok((by, findings.warnings.into_iter().chain(denied).collect()))
}

fn form(settings: &Settings, registry: Option<&Registry>) -> Result<Form, RunError> {
    let topic = Topic::BusinessSignals;
    let (Format::Avro, Some(registry)) = (settings.formats.of(topic), registry) else {
        return Ok(Form::Json);
    };
    let subject = subject(settings.names.of(topic));
    let id = registry.register(&subject, schemas::of(topic)).map_err(RunError::Registry)?;
    let writer = SignalWriter::of(topic).map_err(|error| RunError::Setting(error.to_string()))?;
    Ok(Form::Avro(id, writer))
}

fn record(form: &Form, event: &Event) -> Result<OwnedRecord, RunError> {
    let value = match form {
        Form::Json => event_json(event).into_bytes(),
        Form::Avro(id, writer) => {
            let refused =
                |error: String| RunError::Setting(format!("an event can't be written as Avro: {error}"));
            let datum = writer.write(&event.account, event).map_err(|error| refused(error.to_string()))?;
            frame(*id, &datum.ok_or_else(|| refused("it is no signal".to_owned()))?)
        }
    };
    Ok(OwnedRecord {
        key: Some(event.account.as_bytes().to_vec()),
        value: Some(value),
        ..OwnedRecord::default()
    })
}

/// Reads all of the profiles.
fn table(settings: &Settings, at: Millis, registry: Option<Arc<Registry>>) -> Result<Table, RunError> {
    let topic = settings.names.of(Topic::AccountProfiles).to_owned();
    let decoder = Decoder::new(settings, registry)?;
    let shared = Arc::new(Mutex::new(Table::new(at)));
    let (is_level, read) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let (told, count, max_future_ms) = (Arc::clone(&shared), Arc::clone(&read), settings.max_future_ms);
    let thread = Follow::start(settings, ("similar", topic), Arc::clone(&is_level), move |record| {
        let mut table = told.lock().unwrap_or_else(PoisonError::into_inner);
        match said(&decoder, max_future_ms, record) {
            Said::Pending => return false,
            Said::Nothing => {}
            Said::Erasure(account) => table.forget(&account),
            Said::Profile(account, profile) => table.tell(&account, &profile),
        }
        count.fetch_add(1, Ordering::Relaxed);
        true
    })?;
    await_level(&is_level, &read)?;
    drop(thread);
    let mut table = shared.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(std::mem::replace(&mut table, Table::new(at)))
}

fn await_level(is_level: &AtomicBool, read: &AtomicU64) -> Result<(), RunError> {
    let (mut known, mut since) = (0, Instant::now());
    while !is_level.load(Ordering::Acquire) {
        let now = read.load(Ordering::Relaxed);
        if now > known {
            (known, since) = (now, Instant::now());
        }
        if since.elapsed() > PATIENCE {
            let error = KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut);
            return Err(while_doing("reading the profiles")(error));
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}
