//! What a person finds out without reading anything else.

use std::process::{Command, Stdio};

use crate::tool::{Folder, Ran, run, springtide};

const FLAGS: [(&str, &[&str]); 14] = [
    (
        "run",
        &[
            "--config",
            "--bootstrap-servers",
            "--application-id",
            "--schema-registry",
            "--format",
            "--set",
            "--state-dir",
            "--rules",
            "--until",
            "--emit-from",
            "--allowed-lateness",
            "--listen",
            "--log-format",
            "--until-caught-up",
            "--print-config",
            "--print-metrics",
        ],
    ),
    (
        "replay",
        &[
            "--rules",
            "--until",
            "--dead-letter",
            "--revisions",
            "--as-arrived",
            "--allowed-lateness",
            "--late",
            "--json",
        ],
    ),
    ("explain", &["--rules", "--until", "--dead-letter", "--account", "--at", "--play", "--json"]),
    ("near-misses", &["--rules", "--until", "--dead-letter", "--at", "--play", "--limit", "--json"]),
    ("report", &["--rules", "--until", "--dead-letter", "--from", "--to", "--segment", "--json", "--csv"]),
    ("backtest", &["--until", "--dead-letter", "--json", "--html", "--config", "--bootstrap-servers"]),
    ("check", &["--rules", "--write-default", "--no-tests", "--print-schema", "--json"]),
    ("new", &["pack", "detector", "play"]),
    (
        "topics",
        &[
            "--config",
            "--bootstrap-servers",
            "--application-id",
            "--schema-registry",
            "--format",
            "--set",
            "--partitions",
            "--replication-factor",
            "--verify",
        ],
    ),
    ("demo", &["--seed", "--accounts", "--days", "--rules"]),
    (
        "generate",
        &["--out", "--seed", "--accounts", "--days", "--start", "--activity", "--disorder", "--outcomes"],
    ),
    ("config", &["--config", "--set", "--state-dir", "--threads"]),
    ("completion", &["<SHELL>"]),
    ("man", &["[COMMAND]"]),
];

#[test]
fn help_names_every_command_and_flag() {
    let top = run(["--help"]).good();
    for (command, flags) in FLAGS {
        assert!(top.contains(&format!("\n  {command} ")), "{command} is missing in:\n{top}");
        let help = run([command, "--help"]).good();
        let words: Vec<&str> = help.split_whitespace().collect();
        for flag in flags {
            assert!(words.contains(flag), "`{command} --help` has no {flag}:\n{help}");
            // Beside the flag, or below it where the flags are long.
            let mut entry = help.lines().skip_while(|line| !line.trim_start().starts_with(flag)).take(2);
            let beside = entry.next().unwrap_or_default().split_whitespace().skip(2).count();
            let below = entry.next().filter(|line| line.starts_with("          "));
            let described = beside + below.map_or(0, |line| line.split_whitespace().count()) > 0;
            assert!(described, "`{command} --help` does not describe {flag}:\n{help}");
        }
    }
}

#[test]
fn help_shows_no_secret_of_the_environment() {
    for command in ["run", "topics"] {
        let help = springtide()
            .args([command, "--help"])
            .env("SPRINGTIDE_SCHEMA_REGISTRY", "http://me:s3cret@localhost")
            .env("SPRINGTIDE_SCHEMA_REGISTRY_PASSWORD", "s3cret")
            .output();
        let help = Ran::from(help.expect("the program starts")).good();
        assert!(help.contains("SPRINGTIDE_SCHEMA_REGISTRY") && !help.contains("s3cret"), "{help}");
    }
}

#[test]
fn a_manual_page_tells_of_all_commands_or_of_one() {
    let page = run(["man"]).good();
    assert!(page.starts_with(".ie") || page.contains(".TH springtide 1"), "{page}");
    assert!(page.contains("springtide\\-run(1)") && page.contains("springtide\\-config(1)"), "{page}");
    let page = run(["man", "run"]).good();
    assert!(page.contains("\\-\\-commit") || page.contains("\\-\\-state\\-dir"), "{page}");
    assert!(run(["man", "rerun"]).failed(2).contains("there is no command `rerun`"));
}

#[test]
fn the_version_is_told() {
    let want = format!("springtide {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(run(["--version"]).good(), want);
    assert_eq!(run(["-V"]).good(), want);
}

#[test]
fn a_wrong_call_ends_with_2() {
    for args in [
        &[][..],
        &["rerun"],
        &["--bogus"],
        &["replay"],
        &["replay", "--bogus", "-"],
        &["replay", "--until", "tomorrow", "-"],
        &["replay", "--late", "x", "-"],
        &["replay", "--allowed-lateness", "product-usage=1d", "-"],
        &["replay", "--as-arrived", "--allowed-lateness", "news=1d", "-"],
        &["replay", "--as-arrived", "--allowed-lateness", "product-usage=1w", "-"],
        &["replay", "--as-arrived", "--allowed-lateness", "product-usage", "-"],
        &["explain", "-"],
        &["backtest", "-"],
        &["explain", "--account", "acme", "--play", "no-such-play", "-"],
        &["near-misses"],
        &["near-misses", "--play", "no-such-play", "-"],
        &["near-misses", "--limit", "some", "-"],
        &["check", "extra"],
        &["completion"],
        &["completion", "dos"],
        &["topics", "--partitions", "0"],
        &["topics", "--format", "product-usage=xml"],
        &["topics", "--format", "news=avro"],
        &["topics", "--format", "product-usage=avro"],
        &["run", "--format", "expansion-opportunities=avro"],
        &["run", "--schema-registry", "localhost:8081"],
    ] {
        let ran = run(args);
        assert!(ran.out.is_empty(), "{args:?}");
        assert!(!ran.failed(2).is_empty(), "{args:?}");
    }
}

#[test]
fn completion_knows_commands_and_flags() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(["completion", shell]).good();
        for (command, flags) in FLAGS {
            assert!(script.contains(command), "{shell}: {command}");
            for flag in flags.iter().filter_map(|flag| flag.strip_prefix("--")) {
                assert!(script.contains(flag), "{shell}: {command} --{flag}");
            }
        }
    }
}

#[test]
fn bash_completes_what_was_begun() {
    let folder = Folder::new();
    let script = folder.file("springtide.bash", run(["completion", "bash"]).good());
    for (words, want) in [("springtide repl", "replay"), ("springtide replay --as", "--as-arrived")] {
        let complete = "source \"$0\"; COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); \
                        _springtide springtide \"${COMP_WORDS[COMP_CWORD]}\" \"\"; echo \"${COMPREPLY[@]}\"";
        let output =
            Command::new("bash").args(["-c", complete, &script, words]).stdin(Stdio::null()).output();
        assert_eq!(Ran::from(output.unwrap()).good().trim(), want, "{words}");
    }
}
