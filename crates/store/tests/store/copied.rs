//! What copies bring back, in files and in batches, from several threads at once, stands in every table as far as the
//! partition says it has come: whenever the process ends or is killed, and however often.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use springtide_store::{Budget, Bulk, Entry, RocksSettings, RocksStore, Scan, Store, Table};

use crate::damage::copy;
use crate::place::identity;
use crate::samples::meta;

const STATE: &str = "SPRINGTIDE_TEST_COPIED_STATE";
const SEED: &str = "SPRINGTIDE_TEST_COPIED_SEED";
/// How many times it is ended; more than a few are for whoever looks for something.
const ROUNDS: &str = "SPRINGTIDE_TEST_COPIED_ROUNDS";

const PARTITIONS: i32 = 8;
const THREADS: i32 = 2;
const ACCOUNTS: u64 = 300;
const SETTINGS: RocksSettings =
    RocksSettings { budget: Budget { block_cache_bytes: 1 << 20, write_buffer_bytes: 4 << 20 }, sync: false };

/// The same for the same numbers.
fn mixed(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0x9e37_79b9_7f4a_7c15, |mixed, number| {
        let next = (mixed ^ number).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        next ^ (next >> 29)
    })
}

fn account_key(partition: i32, account: u64) -> Vec<u8> {
    let name = format!("acct-{account:04}");
    let mut key = partition.to_be_bytes().to_vec();
    key.push(3);
    key.extend((name.len() as u16).to_be_bytes());
    key.extend(name.as_bytes());
    key
}

/// The changes of a partition's part: mostly few, now and then so many that they go in a file.
fn changes(partition: i32, part: u64) -> Vec<Entry> {
    let of = |number| mixed(&[partition as u64, part, number]);
    let many = of(0).is_multiple_of(6);
    let count = if many { 4_000 } else { 1 + of(1) % 300 };
    let change = |number: u64| {
        let drawn = of(2 + number);
        let mut key = account_key(partition, drawn % ACCOUNTS);
        key.extend([0x70, (drawn >> 20) as u8 % 40]);
        let value = !(drawn >> 40).is_multiple_of(4);
        let value = value.then(|| [part.to_be_bytes(), drawn.to_be_bytes()].concat().repeat(18));
        Entry { table: Table::State, key, value }
    };
    (0..count).map(change).collect()
}

/// Brings parts back into every `THREADS`th partition, until there were so many.
fn bring_back(store: &RocksStore, thread: i32, seed: u64) {
    let mine: Vec<i32> = (0..PARTITIONS).filter(|number| number % THREADS == thread).collect();
    for turn in 0.. {
        let drawn = mixed(&[seed, thread as u64, turn]);
        if drawn.is_multiple_of(60) {
            return;
        }
        let partition = mine[(drawn >> 8) as usize % mine.len()];
        bring_part(store, partition, come_to(store, partition));
    }
}

#[test]
#[ignore = "run by the test below, which may kill it"]
fn bring_back_until_ended() {
    let number = |name| std::env::var(name).expect("the parent says it");
    let store = RocksStore::open(Path::new(&number(STATE)), &identity(), &SETTINGS).unwrap();
    let seed: u64 = number(SEED).parse().unwrap();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn({
                let store = &store;
                move || bring_back(store, thread, seed)
            });
        }
    });
}

/// A child that never outlives its test.
struct Victim(Child);

impl Victim {
    fn start(path: &Path, seed: u64) -> Victim {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "copied::bring_back_until_ended", "--ignored"]);
        command.env(STATE, path).env(SEED, seed.to_string());
        Victim(command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap())
    }

    /// Lets it end by itself, or kills it after a while.
    fn end(mut self, after: Option<Duration>) {
        let started = Instant::now();
        while self.0.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < Duration::from_secs(120), "the child does not end");
            if after.is_some_and(|after| started.elapsed() > after) {
                self.0.kill().unwrap();
            }
            sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // It may be dead already, and there is nobody to tell.
        let _ = (self.0.kill(), self.0.wait());
    }
}

fn come_to(store: &RocksStore, partition: i32) -> u64 {
    store.meta(partition).unwrap().map_or(0, |meta| meta.offsets[0]) as u64
}

fn bring_part(store: &RocksStore, partition: i32, part: u64) {
    let mut bulk = Bulk::default();
    for Entry { table, key, value } in changes(partition, part) {
        bulk.push(table, &key, value.as_deref());
    }
    store.restore(&mut bulk, meta(part as i64 + 1).entry(partition)).unwrap();
}

type Content = BTreeMap<Vec<u8>, Vec<u8>>;

fn must_stand(store: &RocksStore, expected: &mut [(u64, Content)]) {
    for (partition, (parts, content)) in (0..).zip(expected) {
        let come_to = come_to(store, partition);
        assert!(come_to >= *parts, "partition {partition} went back from {parts} to {come_to}");
        for part in *parts..come_to {
            for Entry { key, value, .. } in changes(partition, part) {
                match value {
                    Some(value) => drop(content.insert(key, value)),
                    None => drop(content.remove(&key)),
                }
            }
        }
        *parts = come_to;
        let (from, to) = (account_key(partition, 0), account_key(partition, ACCOUNTS));
        let whole = Scan { table: Table::State, from, to, one_account: false };
        assert!(&read(store, &[whole]) == content, "partition {partition}, which has come to {come_to}");
        let of = |account| {
            let from = account_key(partition, account);
            let to = [&*from, &[0xff]].concat();
            Scan { table: Table::State, from, to, one_account: true }
        };
        let accounts: Vec<Scan> = (0..ACCOUNTS).map(of).collect();
        assert!(&read(store, &accounts) == content, "partition {partition}, account by account");
    }
}

fn read(store: &RocksStore, scans: &[Scan]) -> Content {
    let mut found = Content::new();
    for scan in scans {
        let mut visit = |key: &[u8], value: &[u8]| {
            found.insert(key.to_vec(), value.to_vec());
            Ok(ControlFlow::Continue(()))
        };
        store.scan(scan, &mut visit).unwrap();
    }
    found
}

#[test]
fn what_was_brought_back_stands_whenever_the_process_ends() {
    let home = tempfile::TempDir::new().unwrap();
    let path: PathBuf = home.path().join("state");
    let rounds: u64 = std::env::var(ROUNDS).map_or(8, |rounds| rounds.parse().expect("a number"));
    let mut expected: Vec<(u64, Content)> = (0..PARTITIONS).map(|_| (0, Content::new())).collect();
    for round in 0..rounds {
        let drawn = mixed(&[round]);
        let killed = (!drawn.is_multiple_of(3)).then(|| Duration::from_millis(20 + drawn % 400));
        Victim::start(&path, round).end(killed);
        let store = RocksStore::open(&path, &identity(), &SETTINGS).unwrap();
        must_stand(&store, &mut expected);
    }
    let parts: u64 = expected.iter().map(|(parts, _)| *parts).sum();
    assert!(parts > rounds, "{parts} parts were brought back in {rounds} rounds");
}

/// Files that lost their end after a process was killed: the list of all files, or logs.
#[test]
fn where_files_lost_their_ends_the_state_goes_on_as_the_changelog_says_or_is_refused() {
    const PARTS: u64 = 12;
    let home = tempfile::TempDir::new().unwrap();
    let [path, killed, damaged] = ["state", "killed", "damaged"].map(|name| home.path().join(name));
    let mut opened = 0;
    for part in 0..PARTS {
        // Each life begins with what the one before left in its log.
        let store = RocksStore::open(&path, &identity(), &SETTINGS).unwrap();
        (0..3).for_each(|partition| bring_part(&store, partition, part));
        // Nothing is there the first time.
        let _ = fs::remove_dir_all(&killed);
        copy(&path, &killed);
        for (name, lengths) in cuts(&killed) {
            for length in lengths {
                copy(&killed, &damaged);
                fs::File::options().write(true).open(damaged.join(&name)).unwrap().set_len(length).unwrap();
                if let Ok(store) = RocksStore::open(&damaged, &identity(), &SETTINGS) {
                    opened += 1;
                    for partition in 0..3 {
                        (come_to(&store, partition)..=part)
                            .for_each(|part| bring_part(&store, partition, part));
                    }
                    must_stand(&store, &mut [const { (0, Content::new()) }; 3]);
                }
                fs::remove_dir_all(&damaged).unwrap();
            }
        }
    }
    assert!(opened >= PARTS, "logs that lost their end are gone on with: {opened}");
}

/// The names of files, and how long each is to be.
fn cuts(path: &Path) -> Vec<(String, Vec<u64>)> {
    let entries = fs::read_dir(path).unwrap().map(Result::unwrap);
    let cut = |entry: fs::DirEntry| {
        let (name, bytes) = (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len());
        let times = if name.starts_with("MANIFEST") { 30 } else { 5 };
        let is_meant = times == 30 || name.ends_with(".log");
        is_meant.then(|| (name, (0..times).map(|time| bytes * time / times).collect()))
    };
    entries.filter_map(cut).collect()
}
