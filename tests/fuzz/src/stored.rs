//! Pieces of state, as they are stored.

use springtide_core::meaning::piece::Piece;

pub fn run(data: &[u8]) {
    let Ok(piece) = postcard::from_bytes::<Piece>(data) else { return };
    let stored = postcard::to_stdvec(&piece).expect("what was read can be written");
    let again: Piece = postcard::from_bytes(&stored).expect("what was written can be read");
    // Compared as bytes: there are numbers that do not equal themselves.
    assert_eq!(postcard::to_stdvec(&again).as_deref(), Ok(&*stored));
}
