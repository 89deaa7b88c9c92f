//! Rows of the waiting topic: a record that waits, whole, with whence it came and since when it waits.
//!
//! The key is the source's partition and offset, the value the record's. Its own headers come first; ours stand behind them,
//! always as many, so that a record may have headers of the same names.

use springtide_core::time::Millis;

use crate::kafka::{Headers, OwnedRecord};

const DOMAIN: &str = "springtide_domain";
const SINCE: &str = "springtide_waits_since";
const OURS: [&str; 7] = [
    "springtide_topic",
    "springtide_partition",
    "springtide_offset",
    "springtide_written_at",
    DOMAIN,
    SINCE,
    "springtide_key",
];

/// A record that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// As it was read.
    pub record: OwnedRecord,
    /// The domain in its one form.
    pub domain: String,
    /// When it began to wait, by the wall clock.
    pub since: Millis,
}

/// The key of a source's record.
pub(super) fn key(partition: i32, offset: i64) -> String {
    format!("{partition}:{offset}")
}

/// The source's partition and offset of a row.
pub(super) fn place(key: Option<&[u8]>) -> Option<(i32, i64)> {
    let (partition, offset) = std::str::from_utf8(key?).ok()?.split_once(':')?;
    Some((partition.parse().ok()?, offset.parse().ok()?))
}

/// The headers of a row.
pub(super) fn headers(kept: &Kept) -> Headers {
    let Kept { record, domain, since } = kept;
    let written_at = record.written_at.map(|at| at.to_string().into_bytes());
    let values = [
        Some(record.topic.clone().into_bytes()),
        Some(record.partition.to_string().into_bytes()),
        Some(record.offset.to_string().into_bytes()),
        written_at,
        Some(domain.clone().into_bytes()),
        Some(since.to_string().into_bytes()),
        record.key.clone(),
    ];
    let ours = OURS.iter().map(|name| (*name).to_owned()).zip(values);
    record.headers.iter().cloned().chain(ours).collect()
}

/// A row as it was written; nothing where it is none of ours.
pub(super) fn read(row: OwnedRecord) -> Option<Kept> {
    let mut headers = row.headers;
    let ours = headers.split_off(headers.len().checked_sub(OURS.len())?);
    if !ours.iter().map(|(name, _)| &**name).eq(OURS) {
        return None;
    }
    let values: [Option<Vec<u8>>; 7] =
        ours.into_iter().map(|(_, value)| value).collect::<Vec<_>>().try_into().ok()?;
    let [topic, partition, offset, written_at, domain, since, key] = values;
    let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes?).ok();
    let written_at = written_at.map(|bytes| text(Some(bytes))?.parse().ok());
    let record = OwnedRecord {
        topic: text(topic)?,
        partition: text(partition)?.parse().ok()?,
        offset: text(offset)?.parse().ok()?,
        written_at: match written_at {
            None => None,
            Some(at) => Some(at?),
        },
        key,
        value: Some(row.value?),
        headers,
    };
    Some(Kept { record, domain: text(domain)?, since: text(since)?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(key: Option<&[u8]>, written_at: Option<Millis>, headers: &[&str]) -> Kept {
        let record = OwnedRecord {
            topic: "signals".to_owned(),
            partition: 3,
            offset: 70,
            written_at,
            key: key.map(Into::into),
            value: Some(b"{}".to_vec()),
            headers: headers.iter().map(|name| ((*name).to_owned(), Some(b"x".to_vec()))).collect(),
        };
        Kept { record, domain: "acme.com".to_owned(), since: 17 }
    }

    fn row(kept: &Kept) -> OwnedRecord {
        OwnedRecord {
            topic: "waiting".to_owned(),
            partition: 3,
            offset: 9,
            written_at: Some(99),
            key: Some(key(3, 70).into_bytes()),
            value: kept.record.value.clone(),
            headers: headers(kept),
        }
    }

    #[test]
    fn a_row_reads_as_the_record_that_it_keeps() {
        for kept in [
            kept(None, None, &[]),
            kept(Some(b""), Some(0), &["ce_id", "traceparent"]),
            // One that waited before, and was written again by hand.
            kept(Some(b"\xff\0"), Some(5), &OURS),
        ] {
            let row = row(&kept);
            assert_eq!(place(row.key.as_deref()), Some((3, 70)));
            assert_eq!(read(row), Some(kept));
        }
    }

    #[test]
    fn what_others_wrote_is_no_row() {
        let whole = row(&kept(None, None, &["a"]));
        let mut cut = whole.clone();
        cut.headers.pop();
        let mut none = whole.clone();
        none.value = None;
        let mut odd = whole;
        odd.headers[3].1 = Some(b"x".to_vec());
        for row in [cut, none, odd] {
            assert_eq!(read(row), None);
        }
        for key in [None, Some(&b"x"[..]), Some(b"1:"), Some(b"1:2:3")] {
            assert_eq!(place(key), None);
        }
    }
}
