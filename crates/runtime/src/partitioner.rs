//! Which partition a client puts a key on, by the partitioners that producers commonly have (SPEC section 2).

use std::fmt;

/// A way from a record's key to its partition.
///
/// ```
/// use springtide_runtime::partitioner::Partitioner;
///
/// assert_eq!(Partitioner::Murmur2.place(b"foobar", 12), 6);
/// assert_eq!(Partitioner::Crc32.place(b"foobar", 12), 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Partitioner {
    /// What Java clients do; librdkafka as `murmur2` and `murmur2_random`.
    Murmur2,
    /// What librdkafka does unless told otherwise: `consistent_random`, and `consistent`.
    Crc32,
    /// What Sarama (Go) does; librdkafka as `fnv1a` and `fnv1a_random`.
    Fnv1a,
}

impl Partitioner {
    /// All of them.
    pub const ALL: [Partitioner; 3] = [Partitioner::Murmur2, Partitioner::Crc32, Partitioner::Fnv1a];

    /// Its name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Partitioner::Murmur2 => "murmur2",
            Partitioner::Crc32 => "crc32",
            Partitioner::Fnv1a => "fnv1a",
        }
    }

    /// The partition, of so many, of a key. A topic without partitions counts as one with one.
    pub fn place(self, key: &[u8], partitions: i32) -> i32 {
        let hash = match self {
            Partitioner::Murmur2 => murmur2(key) & 0x7fff_ffff,
            Partitioner::Crc32 => crc32(key),
            Partitioner::Fnv1a => fnv1a(key),
        };
        // Less than a positive `i32`.
        (hash % partitions.max(1).unsigned_abs()) as i32
    }
}

impl fmt::Display for Partitioner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Partitioner::Murmur2 => "murmur2 (Java)",
            Partitioner::Crc32 => "crc32 (librdkafka)",
            Partitioner::Fnv1a => "fnv1a (Sarama)",
        })
    }
}

/// What a person says of how a topic's records are placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placing {
    /// Nothing: it is recognised from the records.
    #[default]
    Recognise,
    /// By this one.
    By(Partitioner),
    /// By one of the producers' own, which is not checked.
    Custom,
}

impl Placing {
    /// Reads a configured name: a partitioner's, or `custom`.
    pub fn from_name(name: &str) -> Option<Placing> {
        let by = |partitioner: &Partitioner| partitioner.name() == name;
        let known = Partitioner::ALL.into_iter().find(by).map(Placing::By);
        known.or_else(|| (name == "custom").then_some(Placing::Custom))
    }
}

/// MurmurHash2 of 32 bits, with the seed of the Java client.
fn murmur2(key: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const MULTIPLIER: u32 = 0x5bd1_e995;
    let mut hash = SEED ^ key.len() as u32;
    let mut words = key.chunks_exact(4);
    for word in &mut words {
        let word = word.iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        let mixed = word.wrapping_mul(MULTIPLIER);
        let mixed = (mixed ^ mixed >> 24).wrapping_mul(MULTIPLIER);
        hash = hash.wrapping_mul(MULTIPLIER) ^ mixed;
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        let rest = rest.iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        hash = (hash ^ rest).wrapping_mul(MULTIPLIER);
    }
    hash = (hash ^ hash >> 13).wrapping_mul(MULTIPLIER);
    hash ^ hash >> 15
}

/// CRC-32 as zlib has it. Bit by bit: a few thousand short keys at a start.
fn crc32(key: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    let bit = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
    !key.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc)))
}

/// FNV-1a of 32 bits, made positive as a signed number is.
fn fnv1a(key: &[u8]) -> u32 {
    let hash =
        key.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    hash.cast_signed().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_hashed_and_placed_as_the_clients_do() {
        // By org.apache.kafka.common.utils.Utils.murmur2 and zlib's crc32; partitions are of 12.
        let table: [(&str, [u32; 3], [i32; 3]); 8] = [
            ("", [275_646_681, 0, 2_128_831_035], [9, 0, 3]),
            ("a", [2_731_586_172, 3_904_355_907, 468_965_076], [4, 3, 0]),
            ("21", [3_321_034_988, 4_252_452_532, 1_930_258_452], [0, 4, 0]),
            ("acme", [3_013_318_916, 96_778_814, 1_174_237_615], [0, 2, 7]),
            ("foobar", [3_504_634_814, 2_666_930_069, 1_080_231_576], [6, 5, 0]),
            ("a-little-bit-long-string", [3_308_985_760, 4_000_435_554, 576_518_104], [8, 6, 4]),
            ("Zürich AG", [633_711_684, 3_417_060, 678_238_596], [0, 0, 0]),
            ("account-000123", [2_005_709_502, 3_480_769_432, 1_571_645_215], [6, 4, 7]),
        ];
        for (key, hashes, placed) in table {
            let key = key.as_bytes();
            assert_eq!([murmur2(key), crc32(key), fnv1a(key)], hashes, "{key:?}");
            assert_eq!(Partitioner::ALL.map(|p| p.place(key, 12)), placed, "{key:?}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for partitioner in Partitioner::ALL {
            assert_eq!(Placing::from_name(partitioner.name()), Some(Placing::By(partitioner)));
        }
        assert_eq!(Placing::from_name("custom"), Some(Placing::Custom));
        assert_eq!(Placing::from_name("random"), None);
    }
}
