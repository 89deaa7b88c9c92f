//! How a container file's blocks are compressed: `null`, `deflate`, `snappy`, `zstandard`.

use std::io::Read;

use crate::limits::MAX_AVRO_BLOCK_BYTES;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Codec {
    Null,
    Deflate,
    Snappy,
    Zstandard,
}

impl Codec {
    /// The codec of a header's `avro.codec`.
    pub(super) fn from_name(name: &[u8]) -> Option<Codec> {
        match name {
            b"null" => Some(Codec::Null),
            b"deflate" => Some(Codec::Deflate),
            b"snappy" => Some(Codec::Snappy),
            b"zstandard" => Some(Codec::Zstandard),
            _ => None,
        }
    }

    /// A block's plain bytes, into `plain`; the error is for a message.
    pub(super) fn decompress(self, block: &[u8], plain: &mut Vec<u8>) -> Result<(), String> {
        plain.clear();
        match self {
            Codec::Null => plain.extend_from_slice(block),
            Codec::Deflate => read_all(flate2::bufread::DeflateDecoder::new(block), plain)?,
            Codec::Zstandard => {
                let decoder =
                    zstd::stream::read::Decoder::with_buffer(block).map_err(|error| error.to_string())?;
                read_all(decoder, plain)?;
            }
            Codec::Snappy => snappy(block, plain)?,
        }
        Ok(())
    }
}

fn read_all(decoder: impl Read, plain: &mut Vec<u8>) -> Result<(), String> {
    let read = decoder
        .take(MAX_AVRO_BLOCK_BYTES as u64 + 1)
        .read_to_end(plain)
        .map_err(|error| error.to_string())?;
    if read > MAX_AVRO_BLOCK_BYTES { Err(too_large()) } else { Ok(()) }
}

/// Snappy in Avro is followed by the CRC-32 of the plain bytes, big-endian.
fn snappy(block: &[u8], plain: &mut Vec<u8>) -> Result<(), String> {
    let (compressed, sum) = block.split_last_chunk::<4>().ok_or("too short for its checksum")?;
    let length = snap::raw::decompress_len(compressed).map_err(|error| error.to_string())?;
    if length > MAX_AVRO_BLOCK_BYTES {
        return Err(too_large());
    }
    plain.resize(length, 0);
    let written =
        snap::raw::Decoder::new().decompress(compressed, plain).map_err(|error| error.to_string())?;
    plain.truncate(written);
    let mut crc = flate2::Crc::new();
    crc.update(plain);
    if crc.sum() == u32::from_be_bytes(*sum) { Ok(()) } else { Err("its checksum does not fit".to_owned()) }
}

fn too_large() -> String {
    format!("more than {MAX_AVRO_BLOCK_BYTES} bytes when decompressed")
}
