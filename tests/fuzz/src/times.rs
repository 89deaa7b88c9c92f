//! Instants as text.

use springtide_core::time::{format_rfc3339, parse_rfc3339};
use springtide_schema::limits::{MAX_TIME, MIN_TIME};

pub fn run(data: &[u8]) {
    if let Some(at) = std::str::from_utf8(data).ok().and_then(parse_rfc3339)
        && (MIN_TIME..=MAX_TIME).contains(&at)
    {
        assert_eq!(parse_rfc3339(&format_rfc3339(at)), Some(at));
    }
    if let Some(bytes) = data.first_chunk::<8>() {
        let span = MAX_TIME - MIN_TIME + 1;
        let at = MIN_TIME + i64::from_le_bytes(*bytes).rem_euclid(span);
        assert_eq!(parse_rfc3339(&format_rfc3339(at)), Some(at));
    }
}
