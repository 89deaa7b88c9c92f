//! What a record of the profiles says, for those who read them beside the pipeline.

use std::sync::Arc;

use springtide_core::event::{Fact, Profile, Topic};
use springtide_core::time::Millis;
use springtide_schema::{check_future, check_key};

use crate::decode::{Decoder, Undecided};
use crate::headers::attributes;
use crate::kafka::OwnedRecord;
use crate::wall_clock;

/// What it says.
pub(crate) enum Said {
    /// An account is this.
    Profile(Box<str>, Arc<Profile>),
    /// An account is erased (SPEC 7.3).
    Erasure(String),
    /// Nothing that counts: the pipeline sets it aside, and says why.
    Nothing,
    /// Nobody knows yet, since its schema is waited for.
    Pending,
}

/// Reads a record of the profiles.
pub(crate) fn said(decoder: &Decoder, max_future_ms: Millis, record: &OwnedRecord) -> Said {
    let Some(value) = record.value.as_deref() else {
        let account = record.key.as_deref().map(std::str::from_utf8);
        return account.and_then(Result::ok).map_or(Said::Nothing, |id| Said::Erasure(id.to_owned()));
    };
    let event = match decoder.decode(Topic::AccountProfiles, value, &attributes(record)) {
        Ok(decoded) => decoded.event,
        Err(Undecided::Pending(_)) => return Said::Pending,
        Err(Undecided::Bad(_)) => return Said::Nothing,
    };
    // As it was when it was written, so that all who read it judge alike.
    let now = record.written_at.unwrap_or_else(wall_clock);
    let is_good =
        check_key(&event, record.key.as_deref()).is_ok() && check_future(&event, now, max_future_ms).is_ok();
    match event.fact {
        Fact::Profile(profile) if is_good => Said::Profile(event.account, profile),
        _ => Said::Nothing,
    }
}
