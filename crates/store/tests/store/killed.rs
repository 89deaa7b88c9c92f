//! A process that is killed in the midst of commits leaves each of them whole or absent.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use springtide_core::meaning::piece::PieceKey;
use springtide_core::partition::Deadline;
use springtide_store::{Commit, PartitionCommit, RocksStore, Store, StoreError};

use crate::place::{SMALL, identity};
use crate::samples::{change, cut, erased, erasures, log, meta, schedule};

const STATE: &str = "SPRINGTIDE_TEST_STATE";

/// The file by which the child says that it has committed a while.
fn going(path: &Path) -> PathBuf {
    path.with_extension("going")
}

/// The child: commits to two partitions at once, each commit numbered in everything it writes.
#[test]
#[ignore = "run by the test below, which kills it"]
fn commit_until_killed() {
    let path = PathBuf::from(std::env::var_os(STATE).expect("the parent says where"));
    let store = RocksStore::open(&path, &identity(), &SMALL).unwrap();
    let first = store.meta(0).unwrap().map_or(0, |meta| meta.offsets[0]) + 1;
    for n in first.. {
        let partition = |partition| PartitionCommit {
            partition,
            meta: meta(n),
            accounts: vec![cut(
                "acme",
                vec![(PieceKey::Schedule, Some(schedule(n))), (log(n).0, Some(log(n).1))],
            )],
            deadlines: vec![change(Deadline::Timer, "acme", Some(n - 1), Some(n))],
            erasures: Some(erasures(&[(1, Some(n))])),
            generation: None,
        };
        store.commit(&Commit { partitions: vec![partition(0), partition(1)] }).unwrap();
        if n == first + 50 {
            fs::write(going(&path), "").unwrap();
        }
    }
}

/// A child that never outlives its test.
struct Victim(Child);

impl Victim {
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // It may be dead already, and there is nobody to tell.
        let _ = (self.0.kill(), self.0.wait());
    }
}

fn start(path: &Path) -> Victim {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "killed::commit_until_killed", "--ignored"]).env(STATE, path);
    Victim(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

#[test]
fn a_killed_process_leaves_whole_commits() {
    let home = tempfile::TempDir::new().unwrap();
    let path = home.path().join("state");
    let mut last = 0;
    for round in 0..4 {
        let mut child = start(&path);
        let started = Instant::now();
        while !going(&path).exists() {
            assert!(started.elapsed() < Duration::from_secs(60), "the child does not commit");
            sleep(Duration::from_millis(5));
        }
        sleep(Duration::from_millis(50 * round));
        let held = RocksStore::open(&path, &identity(), &SMALL).err();
        child.kill();
        fs::remove_file(going(&path)).unwrap();
        assert_eq!(held, Some(StoreError::InUse { path: path.clone() }), "another process has it");
        let store = RocksStore::open(&path, &identity(), &SMALL).unwrap();
        let n = store.meta(0).unwrap().map_or(0, |meta| meta.offsets[0]);
        assert!(n > last, "nothing was lost, and something was added");
        for partition in [0, 1] {
            assert_eq!(store.meta(partition), Ok(Some(meta(n))));
            assert_eq!(store.load(partition, "acme"), Ok(vec![(PieceKey::Schedule, schedule(n)), log(n)]));
            assert_eq!(
                store.due(partition, Deadline::Timer, i64::MAX, usize::MAX),
                Ok(vec![(n, "acme".into())])
            );
            assert_eq!(store.erased(partition), Ok(Some(erased(&[(1, n)]))));
        }
        last = n;
    }
}
