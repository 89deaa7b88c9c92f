//! Files that are damaged while nobody looks: the state is then one that was, or it is refused. Never one that never was.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use springtide_core::partition::Deadline;
use springtide_store::{Budget, Entry, RocksSettings, RocksStore, Store, StoreError};
use tempfile::TempDir;

use crate::place::{Content, content, identity, restore};
use crate::samples::{change, commit, cut, pieces, put, schedule};

/// Flushed and merged again and again by what is written here.
const TINY: RocksSettings = RocksSettings {
    budget: Budget { block_cache_bytes: 1 << 20, write_buffer_bytes: 128 << 10 },
    sync: false,
};

/// In each of the lives of the process, which is killed in between.
const COMMITS: i64 = 60;

/// A commit that changes what a third of the accounts have, and when they are due.
fn write(store: &RocksStore, n: i64) {
    let names: Vec<String> = (0..6).map(|at| format!("account-{}", (n + at * 3) % 18)).collect();
    let with = |name| {
        let mut pieces = pieces();
        pieces[0].1 = schedule(n);
        cut(name, put(pieces))
    };
    let mut commit = commit(0, n, names.iter().map(|name| with(name)).collect());
    let due = names.iter().map(|name| change(Deadline::Timer, name, None, Some(n)));
    commit.partitions[0].deadlines = due.collect();
    store.commit(&commit).unwrap();
}

/// A directory as a killed process leaves it, with every state that it went through.
struct Victim {
    home: TempDir,
    states: BTreeMap<Content, i64>,
}

impl Victim {
    fn new() -> Victim {
        let home = TempDir::new().unwrap();
        let mut states = BTreeMap::new();
        let mut place = home.path().join("first");
        for (life, next) in ["second", "third", "killed"].into_iter().enumerate() {
            let store = RocksStore::open(&place, &identity(), &TINY).unwrap();
            let before = life as i64 * COMMITS;
            states.insert(content(&store).unwrap(), before);
            for n in before + 1..=before + COMMITS {
                write(&store, n);
                states.insert(content(&store).unwrap(), n);
            }
            place = home.path().join(next);
            copy(store.path(), &place);
        }
        Victim { home, states }
    }

    fn killed(&self) -> PathBuf {
        self.home.path().join("killed")
    }

    /// Damages a copy, and says how that ended; what must not be is an error.
    fn check(&self, what: &str, damage: impl FnOnce(&Path)) -> Result<String, String> {
        let place = self.home.path().join("damaged");
        copy(&self.killed(), &place);
        damage(&place);
        let opened = RocksStore::open(&place, &identity(), &TINY);
        let ended = match opened.and_then(|store| content(&store)) {
            Err(error @ StoreError::Damaged { .. }) => {
                assert!(error.to_string().contains("move the state directory away"), "{error}");
                Ok("refused".to_owned())
            }
            Err(error) => Err(format!("{what}: {error:?}")),
            Ok(content) => match self.states.get(&content) {
                Some(n) => Ok(format!("state {n}")),
                None => Err(format!("{what}: a state that never was")),
            },
        };
        fs::remove_dir_all(&place).unwrap();
        ended
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.killed()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != "LOCK" && !name.starts_with("LOG") && name != "restoring");
        names.sort();
        names
    }
}

/// Copies the files of a folder, as they were at one instant: a store that is open merges them meanwhile.
pub fn copy(from: &Path, to: &Path) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !copied_while_still(from, to) {
        assert!(Instant::now() < deadline, "{} never rests", from.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Copies them; false where any of them came, went or grew meanwhile.
fn copied_while_still(from: &Path, to: &Path) -> bool {
    let before = sizes(from);
    if to.exists() {
        fs::remove_dir_all(to).unwrap();
    }
    fs::create_dir_all(to).unwrap();
    before.keys().all(|name| fs::copy(from.join(name), to.join(name)).is_ok()) && sizes(from) == before
}

/// The files of a folder with their sizes; one that goes while it is looked at is none.
fn sizes(folder: &Path) -> BTreeMap<OsString, u64> {
    let files = fs::read_dir(folder).unwrap().filter_map(|entry| {
        let entry = entry.unwrap();
        let about = entry.metadata().ok().filter(|about| about.is_file())?;
        Some((entry.file_name(), about.len()))
    });
    files.collect()
}

#[test]
fn whatever_file_is_missing_cut_or_flipped_the_state_is_one_that_was_or_refused() {
    let victim = Victim::new();
    let files = victim.files();
    assert!(files.iter().filter(|name| name.ends_with(".sst")).count() > 2, "{files:?}");
    let mut ends: BTreeMap<String, u32> = BTreeMap::new();
    let mut faults = Vec::new();
    let mut note = |end: Result<String, String>| match end {
        Ok(end) => *ends.entry(end).or_default() += 1,
        Err(fault) => faults.push(fault),
    };
    note(victim.check("nothing", |_| ()));
    for name in &files {
        let at = |place: &Path| place.join(name);
        note(victim.check(&format!("{name} missing"), |place| fs::remove_file(at(place)).unwrap()));
        let bytes = fs::read(victim.killed().join(name)).unwrap();
        let parts = if name.starts_with("MANIFEST") { 30 } else { 5 };
        for part in 0..parts {
            let left = bytes.len() * part / parts;
            note(victim.check(&format!("{name} cut to {left} of {}", bytes.len()), |place| {
                fs::write(at(place), &bytes[..left]).unwrap();
            }));
            if let Some(which) = Some(left + bytes.len() / parts / 2).filter(|which| *which < bytes.len()) {
                note(victim.check(&format!("{name} flipped at {which} of {}", bytes.len()), |place| {
                    let mut bytes = bytes.clone();
                    bytes[which] ^= 16;
                    fs::write(at(place), bytes).unwrap();
                }));
            }
        }
    }
    println!("{files:?} {ends:?}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    assert!(ends.contains_key(&format!("state {}", 3 * COMMITS)) && ends.contains_key("refused"), "{ends:?}");
}

/// What a partition's changelog would hold: thousands of accounts, each commit with something new of them.
fn changes(n: i64) -> Vec<Entry> {
    let name = |number: i64| format!("account-{number}");
    let with = |number| {
        let mut pieces = pieces();
        pieces[0].1 = schedule(n);
        cut(&name(number), put(pieces))
    };
    commit(0, n, (0..1_500).map(with).collect()).entries().unwrap()
}

fn replay(store: &RocksStore, from: i64, to: i64) {
    (from + 1..=to).for_each(|n| store.write(&changes(n)).unwrap());
}

/// A copy was let go of, and is being made anew in files when the process is killed.
#[test]
fn a_copy_made_anew_over_one_that_was_dropped_is_never_taken_for_that_one() {
    const LAST: i64 = 3;
    let home = TempDir::new().unwrap();
    let store = RocksStore::open(&home.path().join("live"), &identity(), &TINY).unwrap();
    replay(&store, 0, LAST);
    let wanted = content(&store).unwrap();
    store.drop_partition(0).unwrap();
    let first = changes(1);
    restore(&store, &first);
    let killed = home.path().join("killed");
    copy(store.path(), &killed);
    let logs = fs::read_dir(&killed).unwrap().map(|entry| entry.unwrap().path());
    let logs: Vec<PathBuf> =
        logs.filter(|path| path.extension().is_some_and(|ending| ending == "log")).collect();
    assert!(!logs.is_empty());
    let place = home.path().join("damaged");
    for log in &logs {
        let bytes = fs::read(log).unwrap();
        for tenth in 0..10 {
            copy(&killed, &place);
            fs::write(place.join(log.file_name().unwrap()), &bytes[..bytes.len() * tenth / 10]).unwrap();
            if let Ok(store) = RocksStore::open(&place, &identity(), &TINY) {
                // As whoever copies it goes on: from where it says that it is, or from the beginning.
                let stands = store.meta(0).unwrap().map_or(0, |meta| meta.offsets[0]);
                replay(&store, stands, LAST);
                let what = format!("{} cut to {tenth} tenths, from {stands} on", log.display());
                assert!(content(&store).unwrap() == wanted, "{what}: not what the changelog says");
            }
            fs::remove_dir_all(&place).unwrap();
        }
    }
}
