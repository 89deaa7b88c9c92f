//! The invariants of ARCHITECTURE.md, most of them absences.

use springtide_xtask::licences::{allowed, met, packages};
use springtide_xtask::{SourceFile, dependencies, files};

const LONGEST_FILE_LINES: usize = 500;

fn rust(below: &str) -> Vec<SourceFile> {
    files(below).into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

/// Asserts that no line of code below a folder has one of the words.
fn absent(below: &str, words: &[&str], why: &str) {
    let mut found = Vec::new();
    for file in rust(below) {
        for (number, line) in file.code() {
            found.extend(
                words.iter().filter(|w| line.contains(*w)).map(|w| format!("{}:{number}: {w}", file.path)),
            );
        }
    }
    assert!(found.is_empty(), "{why}:\n{}", found.join("\n"));
}

#[test]
fn the_core_touches_nothing_outside_itself() {
    let words = [
        "std::fs",
        "std::net",
        "std::io",
        "std::thread",
        "std::env",
        "std::process",
        "Instant::now",
        "SystemTime",
        "println!",
        "eprintln!",
        "async fn",
        "thread_rng",
        "rand::",
        "tracing::",
        "serde_json",
    ];
    absent("crates/core/src", &words, "the core decides and never does; time and randomness are arguments");
    absent("crates/domains/src", &words, "whose a domain is, is a function of what it is told");
    absent("crates/similar/src", &words, "what is suggested is a function of what it is told");
    absent("crates/report/src", &words, "a report is a function of what it is told");
    absent("crates/backtest/src", &words, "a comparison is a function of what it is told");
    // It reads the JSON that it shows.
    let words: Vec<&str> = words.into_iter().filter(|word| *word != "serde_json").collect();
    absent("crates/inbox/src", &words, "the inbox is a function of what it is told");
    let allowed = ["postcard", "regex", "ryu-js", "serde", "uuid"];
    let more: Vec<String> = dependencies("crates/core/Cargo.toml")
        .into_iter()
        .filter(|name| !allowed.contains(&name.as_str()))
        .collect();
    assert!(more.is_empty(), "the core builds in seconds, on {allowed:?} alone; it also has {more:?}");
}

#[test]
fn meaning_knows_no_partition() {
    for below in ["meaning", "event", "expr", "rules"] {
        absent(
            &format!("crates/core/src/{below}"),
            &["crate::partition"],
            "accounts and time come before delivery",
        );
    }
}

#[test]
fn what_a_worker_decides_knows_no_client_of_kafka() {
    let words = ["use rdkafka", "rdkafka::", "Instant::now()", "wall_clock(", "new_v4"];
    let files = rust("crates/runtime/src").into_iter();
    let rooms = ["worker/", "worker.rs", "lane.rs", "lease.rs", "changelog/copier", "changelog/load.rs"];
    let decides = |path: &str| rooms.iter().any(|room| path.contains(&format!("runtime/src/{room}")));
    for file in files.filter(|file| decides(&file.path)) {
        let code = file.text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in words {
            let found = code.lines().any(|line| {
                line.contains(word)
                    && !line.contains("kafka.wall_clock(")
                    && !line.contains("reader.wall_clock(")
            });
            assert!(!found, "{}: {word}; the simulator has to drive all of it", file.path);
        }
    }
}

#[test]
fn the_naive_fold_shares_no_increments() {
    let naive =
        rust("crates/core/src/meaning").into_iter().find(|file| file.path.ends_with("meaning/naive.rs"));
    let naive = naive.expect("the specification in code is at meaning/naive.rs");
    for (number, line) in naive.code() {
        for shared in ["stream::", "account::", "Watch", "fold("] {
            assert!(
                !line.contains(shared),
                "naive.rs:{number} uses {shared}: it would be held against itself"
            );
        }
    }
}

#[test]
fn each_heavy_dependency_has_one_room() {
    for (dependency, room) in [
        ("rdkafka", "runtime"),
        ("schema_registry_converter", "runtime"),
        ("rocksdb", "store"),
        ("apache-avro", "schema"),
        ("cel", "rules"),
        ("idna", "domains"),
        ("saphyr-parser", "rules"),
        ("axum", "server"),
        ("clap", "cli"),
    ] {
        let rooms = [
            "core", "domains", "similar", "rules", "schema", "store", "runtime", "report", "backtest",
            "inbox", "server", "generate",
        ];
        for other in rooms {
            let has =
                dependencies(&format!("crates/{other}/Cargo.toml")).iter().any(|name| name == dependency);
            assert!(!has || other == room, "`{dependency}` belongs to crates/{room}, not to crates/{other}");
        }
    }
}

#[test]
fn arrows_point_down_the_list_of_rooms() {
    let rooms = [
        "core", "domains", "similar", "report", "backtest", "inbox", "rules", "schema", "store", "runtime",
        "server", "cli",
    ];
    for (at, room) in rooms.iter().enumerate() {
        for above in &rooms[at + 1..] {
            let name = format!("springtide-{above}");
            let has = dependencies(&format!("crates/{room}/Cargo.toml")).contains(&name);
            assert!(!has, "crates/{room} must not depend on crates/{above}");
        }
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for below in ["crates", "tests", "benches", "xtask"] {
        for file in rust(below) {
            assert!(
                file.text.starts_with("//!"),
                "{} does not begin with what it is for (`//! …`)",
                file.path
            );
        }
    }
}

#[test]
fn files_stay_small_and_have_names_of_the_field() {
    for below in ["crates", "tests", "benches", "xtask"] {
        for file in rust(below) {
            let lines = file.text.lines().count();
            assert!(
                lines <= LONGEST_FILE_LINES,
                "{} has {lines} lines, over {LONGEST_FILE_LINES}",
                file.path
            );
            let stem = file.path.rsplit('/').next().unwrap_or_default();
            assert!(
                !["utils.rs", "util.rs", "common.rs", "helpers.rs", "misc.rs"].contains(&stem),
                "{}",
                file.path
            );
        }
    }
}

#[test]
fn no_package_registry_is_named() {
    // Spelt apart, so that this file does not name them either.
    let hosts = [
        ["crates", "io"],
        ["npmjs", "org"],
        ["pypi", "org"],
        ["maven", "org"],
        ["debian", "org"],
        ["golang", "org"],
    ];
    for file in files(".").into_iter().filter(|file| !file.path.ends_with("Cargo.lock")) {
        for host in hosts.map(|parts| parts.join(".")) {
            assert!(!file.text.contains(&host), "{} names a package registry's host", file.path);
        }
    }
}

#[test]
fn dependencies_come_from_the_registry_under_licences_that_are_allowed() {
    let (allowed, packages) = (allowed(), packages());
    assert!(
        allowed.len() > 3 && packages.len() > 100,
        "{} licences, {} packages",
        allowed.len(),
        packages.len()
    );
    for package in packages {
        let (name, licence) = (package.name, package.licence);
        assert!(met(&licence, &allowed), "{name} is under `{licence}`, which xtask/deny.toml does not allow");
        // Our own have no source.
        let known = package.source.as_deref().is_none_or(|source| source.starts_with("registry+"));
        assert!(known, "{name} comes from {:?}, which is no registry", package.source);
    }
}

#[test]
fn terms_are_met_by_one_of_a_choice_and_all_of_a_sum() {
    let allowed = ["MIT", "Apache-2.0", "Unicode-3.0"].map(str::to_owned);
    for (terms, wanted) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("GPL-3.0-only OR MIT", true),
        ("MIT/Apache-2.0", true),
        ("(MIT OR BSL-1.0) AND Unicode-3.0", true),
        ("MIT AND GPL-3.0-only", false),
        ("(GPL-2.0-only) OR (BSL-1.0 AND MIT)", false),
        ("Apache-2.0 WITH LLVM-exception", false),
        ("Apache-2.0 WITH LLVM-exception OR MIT", true),
        ("MIT MIT", false),
        ("", false),
    ] {
        assert_eq!(met(terms, &allowed), wanted, "{terms}");
    }
}
