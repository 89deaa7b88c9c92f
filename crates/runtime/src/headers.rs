//! Headers of what the pipeline writes: CloudEvents on opportunities, reasons on what was set aside.

use rdkafka::message::{BorrowedHeaders, Header, Headers, OwnedHeaders};
use springtide_core::meaning::opportunity::{Opportunity, Status};
use springtide_core::time::{Millis, format_rfc3339};
use springtide_schema::Attributes;

/// A record's place in its source.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The topic's name.
    pub topic: &'a str,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

fn with(headers: OwnedHeaders, key: &str, value: &str) -> OwnedHeaders {
    headers.insert(Header { key, value: Some(value) })
}

/// A CloudEvent in binary mode (SPEC section 5).
pub fn cloud_event(
    opportunity: &Opportunity,
    application_id: &str,
    emitted_at: Millis,
    content_type: &str,
) -> OwnedHeaders {
    let what = match (opportunity.status, opportunity.revision) {
        (Status::Withdrawn, _) => "withdrawn",
        (Status::Open, 1) => "opened",
        (Status::Open, _) => "revised",
    };
    let pairs = [
        ("ce_specversion", "1.0".to_owned()),
        ("ce_id", format!("{}:{}", opportunity.id, opportunity.revision)),
        ("ce_source", format!("/springtide/{application_id}")),
        ("ce_type", format!("springtide.opportunity.{what}")),
        ("ce_subject", opportunity.account.to_string()),
        ("ce_time", format_rfc3339(emitted_at)),
        ("content-type", content_type.to_owned()),
    ];
    pairs
        .iter()
        .fold(OwnedHeaders::new_with_capacity(pairs.len()), |headers, (key, value)| with(headers, key, value))
}

/// The record's own headers, and why it was set aside.
pub fn set_aside(
    own: Option<&BorrowedHeaders>,
    place: Place<'_>,
    class: &str,
    message: &str,
) -> OwnedHeaders {
    let headers = own.map_or_else(OwnedHeaders::new, BorrowedHeaders::detach);
    let pairs = [
        ("springtide_topic", place.topic.to_owned()),
        ("springtide_partition", place.partition.to_string()),
        ("springtide_offset", place.offset.to_string()),
        ("springtide_error_class", class.to_owned()),
        ("springtide_error_message", message.to_owned()),
    ];
    pairs.iter().fold(headers, |headers, (key, value)| with(headers, key, value))
}

/// The CloudEvents attributes among a record's headers.
pub fn attributes<H: Headers>(headers: Option<&H>) -> Attributes<'_> {
    let pairs = headers.into_iter().flat_map(|headers| headers.iter());
    Attributes::from_headers(pairs.filter_map(|header| Some((header.key, header.value?))))
}
