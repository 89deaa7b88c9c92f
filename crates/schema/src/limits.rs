//! Every limit of this crate in one place.

use springtide_core::time::Millis;

/// The longest identifier (`event_id`, `account_id`, `opportunity_id`) in UTF-8 bytes (SPEC section 2).
pub const MAX_ID_BYTES: usize = 1_024;

/// The longest line of a file that is held in memory; a longer one is bad.
pub const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// How much of a line that is too long is kept, so that a person can tell which one it was.
pub const LONG_LINE_PREFIX_BYTES: usize = 1_024;

/// The largest block of an Avro container file, before and after decompression.
pub const MAX_AVRO_BLOCK_BYTES: usize = 256 * 1024 * 1024;

/// The largest header of an Avro container file.
pub const MAX_AVRO_HEADER_BYTES: usize = 16 * 1024 * 1024;

/// How deep an Avro record may nest: a schema may refer to itself.
pub const MAX_AVRO_DEPTH: usize = 64;

/// How many records without a single byte an Avro record may have within it: a schema of a few lines can claim more
/// than there are atoms.
pub const MAX_AVRO_EMPTY_RECORDS: usize = 1_000;

/// How long a message about a bad record may be: it goes into a header, for which there is little room.
pub const MAX_MESSAGE_BYTES: usize = 1_000;

/// How much of a found value an error message quotes, in characters.
pub const QUOTED_CHARS: usize = 40;

/// The first instant that RFC 3339 can write: `0000-01-01T00:00:00.000Z`.
pub const MIN_TIME: Millis = -62_167_219_200_000;

/// The last instant that RFC 3339 can write: `9999-12-31T23:59:59.999Z`.
pub const MAX_TIME: Millis = 253_402_300_799_999;
