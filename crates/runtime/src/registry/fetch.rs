//! Finding out about one schema: asking until there is an answer, with the schemas that it refers to.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use schema_registry_converter::async_impl::schema_registry::SrSettings;
use schema_registry_converter::schema_registry_common::{RawRegisteredSchema, SrCall};
use springtide_schema::avro::WriterSchema;
use springtide_schema::{BadClass, BadRecord};

use super::call::{Fault, ask};
use super::{Lookup, Shared};

/// More schemas than this are not followed from one: a registry that refers in circles must not keep us.
const MOST_REFERENCES: usize = 200;

/// Asks until there is an answer, and keeps it; what was refused is forgotten after a while.
pub(super) async fn settle(shared: Arc<Shared>, id: u32) {
    let answer = patiently(&shared, id).await;
    let refused = matches!(answer, Lookup::Refused(_));
    if let Lookup::Refused(bad) = &answer {
        tracing::warn!(schema = id, registry = %shared.settings, "{}", bad.message);
    }
    shared.lock().insert(id, answer);
    if refused {
        tokio::time::sleep(shared.timing.refused_for).await;
        shared.lock().remove(&id);
    }
}

async fn patiently(shared: &Shared, id: u32) -> Lookup {
    let mut pause = shared.timing.first_pause;
    loop {
        let fetched = {
            // The semaphore is never closed; without a permit the question would only be put earlier.
            let _permit = shared.at_once.acquire().await;
            fetch(&shared.servers, id).await
        };
        match fetched {
            Ok(schema) => return Lookup::Known(Arc::new(schema)),
            Err(Reason::Final(message)) => {
                return Lookup::Refused(BadRecord::new(BadClass::UnknownSchema, message));
            }
            Err(Reason::Later(why)) => tracing::warn!(
                schema = id, registry = %shared.settings, why, again_in_ms = pause.as_millis() as u64,
                "waiting for the schema registry; records written with this schema wait"
            ),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(shared.timing.longest_pause);
    }
}

/// Why there is no schema.
enum Reason {
    /// There is none.
    Final(String),
    /// It may come.
    Later(String),
}

async fn fetch(servers: &[SrSettings], id: u32) -> Result<WriterSchema, Reason> {
    let lacking = |fault: Fault| match fault {
        Fault::Unknown(message) => {
            Reason::Final(format!("the schema registry has no schema {id}: {message}"))
        }
        other => later(other),
    };
    let answer = ask(servers, SrCall::GetById(id)).await.map_err(lacking)?;
    let unusable = |why: String| Reason::Final(format!("the schema {id} can't be used: {why}"));
    if let Some(other) = answer.schema_type.as_deref().filter(|kind| *kind != "AVRO") {
        return Err(unusable(format!("it is of the type {other}, not AVRO")));
    }
    let others = references(servers, &answer, &unusable).await?;
    WriterSchema::parse_with(&text(answer)?, &others).map_err(|error| unusable(error.to_string()))
}

fn later(fault: Fault) -> Reason {
    match fault {
        Fault::Unknown(why)
        | Fault::Incompatible(why)
        | Fault::Invalid(why)
        | Fault::NoLogin(why)
        | Fault::Refused(why)
        | Fault::Unreachable(why) => Reason::Later(why),
    }
}

fn text(answer: RawRegisteredSchema) -> Result<String, Reason> {
    answer.schema.ok_or_else(|| Reason::Later("an answer without a schema".to_owned()))
}

/// The texts of all schemas that one refers to, each once, however they refer to each other.
async fn references(
    servers: &[SrSettings],
    root: &RawRegisteredSchema,
    unusable: &impl Fn(String) -> Reason,
) -> Result<Vec<String>, Reason> {
    let mut waiting: VecDeque<_> = root.references.iter().flatten().cloned().collect();
    let (mut seen, mut texts) = (BTreeSet::new(), Vec::new());
    while let Some(reference) = waiting.pop_front() {
        let (subject, version) = (reference.subject, reference.version);
        if !seen.insert((subject.clone(), version)) {
            continue;
        }
        if seen.len() > MOST_REFERENCES {
            return Err(unusable(format!("it refers to more than {MOST_REFERENCES} schemas")));
        }
        let lacking = |fault: Fault| match fault {
            Fault::Unknown(message) => {
                unusable(format!("it refers to version {version} of `{subject}`: {message}"))
            }
            other => later(other),
        };
        let answer =
            ask(servers, SrCall::GetBySubjectAndVersion(&subject, version)).await.map_err(lacking)?;
        waiting.extend(answer.references.iter().flatten().cloned());
        texts.push(text(answer)?);
    }
    Ok(texts)
}
