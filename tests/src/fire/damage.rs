//! Damage to the files of a state directory that nobody has open.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::random::Random;

/// What files of RocksDB are called, by how they begin or end.
const SORTS: [&str; 5] = [".sst", ".log", "MANIFEST", "CURRENT", "OPTIONS"];

/// Damages files of one sort, and says what it did; `None` where there is none of them.
///
/// # Panics
/// Where a file can't be changed.
pub fn damage(state: &Path, random: &mut Random) -> Option<String> {
    let sort = SORTS[random.below(SORTS.len())];
    let mut files = files(state, sort);
    files.sort();
    if files.is_empty() {
        return None;
    }
    let file = files.swap_remove(random.below(files.len()));
    let did = change(&file, random);
    Some(format!("{} {did}", file.file_name().unwrap_or_default().display()))
}

fn files(state: &Path, sort: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(state).into_iter().flatten().flatten();
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.is_file() && (name.starts_with(sort) || name.ends_with(sort))
    };
    entries.map(|entry| entry.path()).filter(named).collect()
}

fn change(path: &Path, random: &mut Random) -> String {
    let bytes = fs::metadata(path).unwrap().len() as usize;
    match random.below(4) {
        0 => {
            fs::remove_file(path).unwrap();
            "removed".to_owned()
        }
        1 => {
            let left = random.below(bytes.max(1));
            OpenOptions::new().write(true).open(path).unwrap().set_len(left as u64).unwrap();
            format!("cut from {bytes} to {left} bytes")
        }
        _ if bytes == 0 => "left, being empty".to_owned(),
        _ => {
            let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
            let flips = 1 + random.below(8);
            for _ in 0..flips {
                let (at, mut byte) = (random.below(bytes) as u64, [0]);
                file.read_exact_at(&mut byte, at).unwrap();
                byte[0] ^= 1 << random.below(8);
                file.write_all_at(&byte, at).unwrap();
            }
            format!("with {flips} bits flipped")
        }
    }
}
