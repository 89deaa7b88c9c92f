//! What becomes of a record that names a domain.

use std::sync::Arc;

use springtide_core::event::{Event, Topic};
use springtide_core::time::Millis;
use springtide_domains::{Table, normalised};
use springtide_schema::avro::schemas;
use springtide_schema::{BadClass, SignalWriter, check_future, decode_addressed_json, frame, with_account};

use super::{ByDomain, Route};
use crate::control::Control;
use crate::fault::RunError;
use crate::headers::attributes;
use crate::kafka::{Headers, OwnedRecord};
use crate::registry::{Registry, subject};
use crate::settings::{Format, Settings};
use crate::sink::Outgoing;

/// What Kafka adds to a record and the batch it comes in, at most.
const FRAME_BYTES: usize = 512;
const MALFORMED: &str = "malformed_domain";
const PUBLIC: &str = "public_domain";
/// Nobody came to own the domain in time.
pub(super) const UNKNOWN: &str = "unknown_domain";

/// The classes of what can be wrong.
pub(super) const CLASSES: [&str; 13] = [
    "not_utf8",
    "not_json",
    "not_an_object",
    "missing_field",
    "wrong_type",
    "out_of_range",
    "unknown_type",
    "wrong_topic",
    "bad_time",
    "too_far_ahead",
    "too_long",
    MALFORMED,
    PUBLIC,
];

/// What becomes of a record.
#[derive(Debug)]
pub(super) enum Judged {
    /// This is written to `business-signals`.
    Routed(Outgoing),
    /// Nobody owns this domain yet.
    Waits(String),
    /// It can't be used.
    Refused {
        /// For machines.
        class: &'static str,
        /// For people.
        message: String,
    },
}

fn refused(class: BadClass, message: String) -> Judged {
    Judged::Refused { class: class.name(), message }
}

/// How the values of `business-signals` are written.
#[derive(Debug)]
pub(crate) enum Form {
    /// As the vendor wrote them, with another member.
    Json,
    /// By our schema, behind the id that the registry gave to it.
    Avro(u32, SignalWriter),
}

impl Form {
    /// By the settings; a registry that does not answer is waited for.
    pub fn of(settings: &Settings, registry: Option<&Registry>, control: &Control) -> Result<Form, RunError> {
        let topic = Topic::BusinessSignals;
        let (Format::Avro, Some(registry)) = (settings.formats.of(topic), registry) else {
            return Ok(Form::Json);
        };
        let id =
            registry.register_patiently(&subject(settings.names.of(topic)), schemas::of(topic), control)?;
        let writer = SignalWriter::of(topic).map_err(|error| RunError::Setting(error.to_string()))?;
        Ok(Form::Avro(id, writer))
    }

    /// A value for an account.
    fn value(&self, value: &[u8], event: &Event, account: &str) -> Result<Vec<u8>, String> {
        match self {
            Form::Json => {
                with_account(value, account).ok_or_else(|| "the record is no JSON object".to_owned())
            }
            Form::Avro(id, writer) => match writer.write(account, event) {
                Ok(Some(datum)) => Ok(frame(*id, &datum)),
                Ok(None) => Err("the record is no signal".to_owned()),
                Err(error) => Err(format!("the record can't be written as Avro: {error}")),
            },
        }
    }
}

/// What a record is judged by.
pub(super) struct Judge {
    form: Form,
    signals: Arc<str>,
    by: ByDomain,
    route: Route,
    max_future_ms: Millis,
}

impl Judge {
    pub fn new(settings: &Settings, by: &ByDomain, route: Route, form: Form) -> Judge {
        Judge {
            form,
            signals: settings.names.of(Topic::BusinessSignals).into(),
            by: by.clone(),
            route,
            max_future_ms: settings.max_future_ms,
        }
    }

    /// Judges a record; `now` is the wall clock.
    pub fn judge(&self, table: &Table, record: &OwnedRecord, now: Millis) -> Judged {
        let Some(value) = record.value.as_deref() else {
            return refused(BadClass::MissingField, "the record has no value".to_owned());
        };
        let read = decode_addressed_json(Topic::BusinessSignals, value, &attributes(record));
        let event = match read.and_then(|event| check_future(&event, now, self.max_future_ms).map(|()| event))
        {
            Ok(event) => event,
            Err(bad) => return refused(bad.class, bad.message),
        };
        let domain = match normalised(&event.account) {
            Ok(domain) => domain,
            Err(why) => {
                let message = format!(
                    "field `domain`: found {:.100?}, expected a domain such as acme.com: {why}",
                    &*event.account
                );
                return Judged::Refused { class: MALFORMED, message };
            }
        };
        if self.by.public.has(&domain) {
            let message = format!(
                "field `domain`: anybody has an address at `{domain}`, so it says nothing of an account (public_domains)"
            );
            return Judged::Refused { class: PUBLIC, message };
        }
        match table.owner(&domain) {
            Some(account) => self.route(record, (value, &event), account, now),
            None => Judged::Waits(domain),
        }
    }

    fn route(
        &self,
        record: &OwnedRecord,
        (value, event): (&[u8], &Event),
        account: &str,
        now: Millis,
    ) -> Judged {
        // It was read as an object, with numbers of its schema.
        let value = match self.form.value(value, event, account) {
            Ok(value) => value,
            Err(message) => return refused(BadClass::OutOfRange, message),
        };
        let headers = addressed(&record.headers, account, matches!(self.form, Form::Avro(..)));
        let of_headers =
            |(name, value): &(String, Option<Vec<u8>>)| name.len() + value.as_ref().map_or(0, Vec::len) + 10;
        let bytes = value.len() + account.len() + headers.iter().map(of_headers).sum::<usize>() + FRAME_BYTES;
        if bytes > self.route.largest_bytes {
            return refused(
                BadClass::TooLong,
                format!(
                    "with its account the record has about {bytes} bytes, `{}` takes {}; raise its max.message.bytes",
                    self.signals, self.route.largest_bytes
                ),
            );
        }
        Judged::Routed(Outgoing {
            topic: Arc::clone(&self.signals),
            key: Some(account.as_bytes().to_vec()),
            value: Some(value),
            headers,
            partition: Some(self.route.placed_by.place(account.as_bytes(), self.route.partitions)),
            written_at: self.time(record.written_at, now),
        })
    }

    /// The source's time, by which erasures go; but not one for which retention would delete the record before it is read, nor
    /// one that is ahead.
    fn time(&self, written_at: Option<Millis>, now: Millis) -> Option<Millis> {
        let oldest = self.route.oldest_ms.map_or(0, |oldest| now.saturating_sub(oldest));
        written_at.filter(|at| (oldest..=now).contains(at))
    }
}

/// A record's headers once it has an account: a CloudEvent's subject is that, and its media type that of the value.
fn addressed(headers: &Headers, account: &str, is_avro: bool) -> Headers {
    const SUBJECT: &str = "ce_subject";
    let subject = || (SUBJECT.to_owned(), Some(account.as_bytes().to_vec()));
    let is_event = headers.iter().any(|(name, _)| name.starts_with("ce_"));
    let others = headers.iter().filter(|(name, _)| name != SUBJECT).map(|(name, value)| {
        let is_typed = is_avro && name == "content-type";
        let value = if is_typed { Some(b"application/avro".to_vec()) } else { value.clone() };
        (name.clone(), value)
    });
    others.chain(is_event.then(subject)).collect()
}

#[cfg(test)]
mod tests {
    use springtide_domains::Public;
    use springtide_schema::decode_json;

    use super::*;
    use crate::partitioner::Partitioner;

    const NOW: Millis = 1_706_788_800_000;
    const VALUE: &str = r#"{"event_id":"e","domain":"WWW.acme.com","occurred_at":"2024-02-01T12:00:00Z","type":"office_opened","location":"Graz","more":1}"#;

    fn judge(largest_bytes: usize, oldest_ms: Option<Millis>) -> Judge {
        let settings = Settings::new("", "x");
        let route = Route { partitions: 8, placed_by: Partitioner::Murmur2, largest_bytes, oldest_ms };
        Judge::new(&settings, &ByDomain::new("x"), route, Form::Json)
    }

    fn table() -> Table {
        let mut table = Table::new(Public::default());
        let profile = br#"{"event_id":"p","account_id":"a-1","occurred_at":"2024-01-01T00:00:00Z","name":"A","segment":"smb","mrr":1,"currency":"EUR","domains":["acme.com"]}"#;
        let event = decode_json(Topic::AccountProfiles, profile).unwrap().event;
        let springtide_core::event::Fact::Profile(profile) = event.fact else { panic!("a profile") };
        table.tell(&event.account, &profile);
        table
    }

    fn record(value: &str, headers: &[(&str, &str)]) -> OwnedRecord {
        OwnedRecord {
            topic: "signals".to_owned(),
            partition: 0,
            offset: 1,
            written_at: Some(NOW - 5),
            key: Some(b"any".to_vec()),
            value: Some(value.into()),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Some(value.as_bytes().to_vec())))
                .collect(),
        }
    }

    #[test]
    fn a_routed_record_is_the_same_for_its_account() {
        let headers = [("ce_subject", "acme.com"), ("traceparent", "00-1"), ("ce_id", "e")];
        let judged = judge(10_000, None).judge(&table(), &record(VALUE, &headers), NOW);
        let Judged::Routed(routed) = judged else { panic!("{judged:?}") };
        assert_eq!((&*routed.topic, routed.key.as_deref()), ("business-signals", Some(&b"a-1"[..])));
        let value = VALUE.replace(r#""domain":"WWW.acme.com","#, "").replace('{', r#"{"account_id":"a-1","#);
        assert_eq!(String::from_utf8(routed.value.unwrap()).unwrap(), value);
        let found: Vec<_> = routed.headers.iter().map(|(name, _)| &**name).collect();
        assert_eq!(found, ["traceparent", "ce_id", "ce_subject"]);
        assert_eq!(routed.headers[2].1.as_deref(), Some(&b"a-1"[..]));
        assert_eq!(routed.partition, Some(Partitioner::Murmur2.place(b"a-1", 8)));
        assert_eq!(routed.written_at, Some(NOW - 5));
        let Judged::Routed(plain) = judge(10_000, None).judge(&table(), &record(VALUE, &[]), NOW) else {
            panic!()
        };
        assert_eq!(plain.headers, []);
    }

    #[test]
    fn a_record_that_can_not_be_used_is_told_with_class_and_words() {
        let with = |from: &str, to: &str| record(&VALUE.replace(from, to), &[]);
        let mut none = record("", &[]);
        none.value = None;
        for (record, expected) in [
            (none, "missing_field"),
            (record("no JSON", &[]), "not_json"),
            (with("domain", "place"), "missing_field"),
            (with("Graz\"", "Graz\",\"account_id\":\"a-1\""), "wrong_topic"),
            (with("office_opened", "telepathy"), "unknown_type"),
            (with("2024-02-01T12", "2024-02-01T14"), "too_far_ahead"),
            (with("WWW.acme.com", "com"), MALFORMED),
            (with("WWW.acme.com", "Acme Inc."), MALFORMED),
            (with("WWW.acme.com", "sales@mail.gmail.com"), PUBLIC),
        ] {
            let judged = judge(10_000, None).judge(&table(), &record, NOW);
            let Judged::Refused { class, message } = judged else { panic!("{expected}: {judged:?}") };
            assert_eq!(class, expected, "{message}");
            assert!(CLASSES.contains(&class) && message.len() > 20, "{class}: {message}");
        }
        let judged = judge(600, None).judge(&table(), &record(VALUE, &[]), NOW);
        assert!(matches!(&judged, Judged::Refused { class: "too_long", .. }), "{judged:?}");
        let judged = judge(600, None).judge(&table(), &with("WWW.acme.com", "Other.Example"), NOW);
        assert!(matches!(&judged, Judged::Waits(domain) if domain == "other.example"), "{judged:?}");
    }

    #[test]
    fn the_sources_time_stays_where_the_record_does() {
        for (oldest_ms, written_at, time) in [
            (None, Some(1), Some(1)),
            (None, Some(NOW + 1), None),
            (None, None, None),
            (Some(100), Some(NOW - 100), Some(NOW - 100)),
            (Some(100), Some(NOW - 101), None),
        ] {
            assert_eq!(judge(1, oldest_ms).time(written_at, NOW), time, "{oldest_ms:?} {written_at:?}");
        }
    }
}
