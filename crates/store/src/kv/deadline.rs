//! The index of accounts by the instant at which they want to be looked at.
//!
//! Key: partition, tag, deadline, instant, account; the account ends the key and needs no length. Value: a
//! version byte and nothing else.

use springtide_core::partition::Deadline;
use springtide_core::time::Millis;

use super::bytes::{KeyReader, after_prefix, partition_key, push_signed};
use super::{Entry, Table, sealed, tag};
use crate::commit::DeadlineChange;
use crate::error::StoreError;
use crate::store::Scan;

/// The version of the value.
const VERSION: u8 = 1;

/// Which index, in the key. A byte that was in use is never given to another.
fn kind_of(deadline: Deadline) -> u8 {
    match deadline {
        Deadline::Timer => 0x01,
        Deadline::Quiet => 0x02,
    }
}

fn deadline_of(kind: u8) -> Option<Deadline> {
    [Deadline::Timer, Deadline::Quiet].into_iter().find(|deadline| kind_of(*deadline) == kind)
}

fn instant_key(partition: i32, deadline: Deadline, at: Millis) -> Vec<u8> {
    let mut key = partition_key(partition, tag::DEADLINE);
    key.push(kind_of(deadline));
    push_signed(&mut key, at);
    key
}

/// The key of an account's deadline.
pub fn encode_key(partition: i32, deadline: Deadline, at: Millis, account: &str) -> Vec<u8> {
    let mut key = instant_key(partition, deadline, at);
    key.extend(account.as_bytes());
    key
}

/// Reads the key of an account's deadline.
///
/// # Errors
/// Where it is damaged.
pub fn decode_key(key: &[u8]) -> Result<(i32, Deadline, Millis, Box<str>), StoreError> {
    parse_key(key).map(|(partition, deadline, at, account)| (partition, deadline, at, account.into()))
}

/// The same, without a copy of the account.
pub(crate) fn parse_key(key: &[u8]) -> Result<(i32, Deadline, Millis, &str), StoreError> {
    let mut reader = KeyReader::new(key);
    let partition = reader.partition()?;
    reader.expect_tag(tag::DEADLINE)?;
    let deadline = deadline_of(reader.u8()?).ok_or_else(|| reader.bad("its deadline is unknown"))?;
    Ok((partition, deadline, reader.signed()?, reader.rest_text()?))
}

/// The entries that make a change.
pub(crate) fn entries(partition: i32, change: &DeadlineChange) -> impl Iterator<Item = Entry> {
    let key = |at| encode_key(partition, change.deadline, at, &change.account);
    let entry = |key, value| Entry { table: Table::Deadlines, key, value };
    let gone = change.from.filter(|_| change.from != change.to).map(|at| entry(key(at), None));
    let put = change.to.map(|at| entry(key(at), Some(sealed::seal(VERSION, &()))));
    gone.into_iter().chain(put)
}

/// The keys of deadlines up to an instant.
pub(crate) fn scan(partition: i32, deadline: Deadline, up_to: Millis) -> Scan {
    let mut from = partition_key(partition, tag::DEADLINE);
    from.push(kind_of(deadline));
    let last = instant_key(partition, deadline, up_to);
    // The tag alone has a successor, so the fallback is never needed.
    let to = after_prefix(&last).unwrap_or_else(|| partition_key(partition, tag::END));
    Scan { table: Table::Deadlines, from, to, one_account: false }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn deadline() -> impl Strategy<Value = Deadline> {
        prop_oneof![Just(Deadline::Timer), Just(Deadline::Quiet)]
    }

    proptest! {
        #[test]
        fn a_key_survives_its_bytes(partition: i32, deadline in deadline(), at: i64, account in ".*") {
            let key = encode_key(partition, deadline, at, &account);
            prop_assert_eq!(decode_key(&key), Ok((partition, deadline, at, account.into())));
        }

        #[test]
        fn keys_sort_as_instants(
            one in (deadline(), any::<i64>(), "[a\0é]{0,3}"), other in (deadline(), any::<i64>(), "[a\0é]{0,3}"),
        ) {
            let key = |(deadline, at, account): &(Deadline, i64, String)| encode_key(3, *deadline, *at, account);
            prop_assert_eq!(key(&one).cmp(&key(&other)), one.cmp(&other));
        }

        #[test]
        fn a_scan_holds_what_is_due(up_to: i64, at: i64, account in ".*") {
            let (scan, key) = (scan(3, Deadline::Timer, up_to), encode_key(3, Deadline::Timer, at, &account));
            prop_assert_eq!(scan.from <= key && key < scan.to, at <= up_to);
            let quiet = encode_key(3, Deadline::Quiet, at, &account);
            prop_assert!(!(scan.from <= quiet && quiet < scan.to));
        }

        #[test]
        fn odd_bytes_are_an_error_not_a_panic(bytes: Vec<u8>) {
            let _ = decode_key(&bytes);
        }
    }

    #[test]
    fn a_scan_to_the_end_of_time_ends_with_its_deadline() {
        let scan = scan(3, Deadline::Timer, i64::MAX);
        assert!(encode_key(3, Deadline::Timer, i64::MAX, "acme") < scan.to);
        assert!(scan.to <= encode_key(3, Deadline::Quiet, i64::MIN, ""));
    }
}
