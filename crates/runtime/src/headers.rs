//! Headers of what the pipeline writes: CloudEvents on opportunities, reasons on what was set aside.

use springtide_core::meaning::opportunity::{Opportunity, Status};
use springtide_core::time::{Millis, format_rfc3339};
use springtide_schema::Attributes;

use crate::kafka::{Headers, Record};

fn header(key: &str, value: impl Into<Vec<u8>>) -> (String, Option<Vec<u8>>) {
    (key.to_owned(), Some(value.into()))
}

/// What a revision does: opens an opportunity, revises it, or takes it back.
pub fn what(opportunity: &Opportunity) -> &'static str {
    match (opportunity.status, opportunity.revision) {
        (Status::Withdrawn, _) => "withdrawn",
        (Status::Open, 1) => "opened",
        (Status::Open, _) => "revised",
    }
}

/// A CloudEvent in binary mode (SPEC section 5).
pub fn cloud_event(
    opportunity: &Opportunity,
    application_id: &str,
    emitted_at: Millis,
    content_type: &str,
) -> Headers {
    let what = what(opportunity);
    vec![
        header("ce_specversion", "1.0"),
        header("ce_id", format!("{}:{}", opportunity.id, opportunity.revision)),
        header("ce_source", format!("/springtide/{application_id}")),
        header("ce_type", format!("springtide.opportunity.{what}")),
        header("ce_subject", opportunity.account.to_string()),
        header("ce_time", format_rfc3339(emitted_at)),
        header("content-type", content_type),
    ]
}

/// The record's own headers, and why it was set aside.
pub fn set_aside(record: &impl Record, class: &str, message: &str) -> Headers {
    let own = record.headers().map(|(key, value)| (key.to_owned(), value.map(<[u8]>::to_vec)));
    let why = [
        header("springtide_topic", record.topic()),
        header("springtide_partition", record.partition().to_string()),
        header("springtide_offset", record.offset().to_string()),
        header("springtide_error_class", class),
        header("springtide_error_message", message),
    ];
    own.chain(why).collect()
}

/// The CloudEvents attributes among a record's headers.
pub fn attributes(record: &impl Record) -> Attributes<'_> {
    Attributes::from_headers(record.headers().filter_map(|(key, value)| Some((key, value?))))
}
