//! Memory follows the accounts, not the length of their history.

use std::fs::{self, File};
use std::mem::MaybeUninit;
use std::process::Command;

use serde_json::Value;

use crate::tool::{Folder, Ran, run, springtide};

/// The most memory that a call held at once, in KiB; what it says on standard error goes to a file.
///
/// A process counts as its own what its parent held when it was started, and these tests hold much. So a shell
/// starts it, which holds little and ends at once; the orphan is then ours to wait for.
#[allow(unsafe_code)]
fn peak(args: &[&str], said: &str) -> i64 {
    // SAFETY: it takes numbers only, and is harmless to the process but for whose orphans are whose.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }, 0);
    let start = "\"$0\" \"$@\" >/dev/null 2>\"$SAID\" & echo $!";
    let mut shell = Command::new("sh");
    shell.args(["-c", start, env!("CARGO_BIN_EXE_springtide")]).args(args);
    shell.env_remove("SPRINGTIDE_RULES").env("SAID", said);
    let pid: libc::pid_t = Ran::from(shell.output().unwrap()).good().trim().parse().unwrap();
    let (mut status, mut usage) = (0, MaybeUninit::<libc::rusage>::zeroed());
    // SAFETY: both pointers are to live values of the right types, and all zeros is a valid `rusage`.
    let (waited, usage) =
        unsafe { (libc::wait4(pid, &raw mut status, 0, usage.as_mut_ptr()), usage.assume_init()) };
    assert_eq!((waited, status), (pid, 0), "{args:?}");
    usage.ru_maxrss
}

/// Makes a history of so many days, in the order of arrival.
fn history(folder: &Folder, days: &str) -> String {
    let history = folder.at("history.jsonl");
    let mut generate = springtide();
    generate.args(["generate", "--accounts", "20", "--outcomes", "--disorder", "--days", days]);
    assert!(generate.stdout(File::create(&history).unwrap()).status().unwrap().success());
    history
}

/// The peak over it, and how many opportunities stand in the end.
fn replayed(args: &[&str], days: &str) -> (i64, u64) {
    let folder = Folder::new();
    let (history, said) = (history(&folder, days), folder.at("said"));
    let peak = peak(&[&["replay", "--json"], args, &[&history]].concat(), &said);
    let summary: Value = serde_json::from_str(&fs::read_to_string(&said).unwrap()).unwrap();
    let sum = |counts: &Value| {
        counts.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum()
    };
    assert_eq!(sum(&summary["late"]), 0_u64, "what is late is not remembered: {summary}");
    (peak, sum(&summary["opportunities"]))
}

/// A history ten times as long, of the same accounts.
fn check(args: &[&str]) {
    let [(short, few), (long, many)] = ["300", "3000"].map(|days| replayed(args, days));
    assert!(few > 50 && many > 3 * few, "{few} opportunities, then {many}");
    assert!(long * 10 < short * 13, "{args:?}: {short} KiB became {long} KiB");
}

#[test]
fn a_longer_history_is_sorted_in_the_same_memory() {
    check(&[]);
}

#[test]
fn a_longer_history_is_followed_in_the_same_memory() {
    check(&["--as-arrived"]);
}

#[test]
fn two_packs_over_a_longer_history_take_the_same_memory() {
    let peak = |days: &str| {
        let folder = Folder::new();
        let (pack, history) = (folder.at("pack"), history(&folder, days));
        run(["check", "--write-default", &pack]).good();
        peak(&["backtest", "--json", &pack, &pack, &history], &folder.at("said"))
    };
    let (short, long) = (peak("300"), peak("3000"));
    assert!(long * 10 < short * 13, "{short} KiB became {long} KiB");
}
