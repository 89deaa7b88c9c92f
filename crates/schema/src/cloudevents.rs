//! CloudEvents in Kafka's binary mode: headers that stand for members which the value lacks (SPEC section 2).

/// The attributes of a CloudEvent that a record can do with.
///
/// ```
/// use springtide_core::event::Topic;
/// use springtide_schema::{Attributes, decode_json_with};
/// let headers = [
///     ("ce_id", "e1"), ("ce_time", "2026-03-02T09:30:00Z"), ("ce_subject", "acme"),
///     ("ce_type", "com.example.product.user_activity"),
/// ];
/// let attributes = Attributes::from_headers(headers.iter().map(|(name, value)| (*name, value.as_bytes())));
/// let event = decode_json_with(Topic::ProductUsage, br#"{"user_id":"u"}"#, &attributes).unwrap().event;
/// assert_eq!(&*event.account, "acme");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes<'a> {
    /// `ce_id`, for `event_id`.
    pub id: Option<&'a str>,
    /// `ce_time`, for `occurred_at`.
    pub time: Option<&'a str>,
    /// `ce_subject`, for `account_id`.
    pub subject: Option<&'a str>,
    /// `ce_type`, whose last segment stands for `type`.
    pub ty: Option<&'a str>,
}

impl<'a> Attributes<'a> {
    /// Picks the attributes out of a record's headers. A header that is no UTF-8 counts as absent; of two with
    /// one name the last counts.
    pub fn from_headers(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Attributes<'a> {
        let mut attributes = Attributes::default();
        for (name, value) in headers {
            let slot = match name {
                "ce_id" => &mut attributes.id,
                "ce_time" => &mut attributes.time,
                "ce_subject" => &mut attributes.subject,
                "ce_type" => &mut attributes.ty,
                _ => continue,
            };
            *slot = std::str::from_utf8(value).ok();
        }
        attributes
    }

    /// The last segment of the type.
    pub(crate) fn kind(&self) -> Option<&'a str> {
        self.ty.map(|ty| ty.rsplit_once('.').map_or(ty, |(_, last)| last))
    }
}
