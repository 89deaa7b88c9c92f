//! Input that can't be used: counted, shown, kept, and no reason to stop.

use std::fs;
use std::io::{BufWriter, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::history::{content, generated, line, meaning, opening};
use crate::tool::{Folder, run};

/// Lines that are bad in one way each, with the class of each.
fn bad_lines() -> Vec<(Vec<u8>, &'static str)> {
    let with = |more: Value| line("product-usage", "b", "2026-03-03T10:00:00Z", more).into_bytes();
    let at = |at: &str| {
        line("product-usage", "b", at, json!({"type": "user_activity", "user_id": "u"})).into_bytes()
    };
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    vec![
        (b"oops".to_vec(), "not_json"),
        (b"{\"event_id\":\"b\"".to_vec(), "not_json"),
        (b"{} {}".to_vec(), "not_json"),
        (deep.into_bytes(), "not_an_object"),
        (b"{\"a\0\":1}".to_vec(), "not_json"),
        (b"\xef\xbb\xbf{}".to_vec(), "not_json"),
        (b"{\"a\":\"\xff\"}".to_vec(), "not_utf8"),
        (b"[]".to_vec(), "not_an_object"),
        (b"null".to_vec(), "not_an_object"),
        (with(json!({"type": "seat_snapshot"})), "missing_field"),
        (with(json!({"type": "seat_snapshot", "seats_used": "47"})), "wrong_type"),
        (with(json!({"type": "seat_snapshot", "seats_used": 46.5})), "out_of_range"),
        (with(json!({"type": "seat_snapshot", "seats_used": -1})), "out_of_range"),
        (with(json!({"type": "user_activity", "user_id": "u", "event_id": ""})), "out_of_range"),
        (
            with(json!({"type": "user_activity", "user_id": "u", "event_id": "x".repeat(1_025)})),
            "out_of_range",
        ),
        (with(json!({"type": "user_activities", "user_id": "u"})), "unknown_type"),
        (with(json!({"type": "layoff_announced"})), "wrong_topic"),
        (with(json!({"_topic": "news", "type": "user_activity", "user_id": "u"})), "unknown_topic"),
        (at("2026-02-30T00:00:00Z"), "bad_time"),
        (at("9999-12-31T23:59:59.999-00:01"), "bad_time"),
        (at("yesterday"), "bad_time"),
    ]
}

#[test]
fn bad_lines_are_counted_and_kept_and_the_rest_goes_on() {
    let folder = Folder::new();
    let clean = run(["replay", &folder.file("clean.jsonl", content(&opening()))]).good();
    assert_eq!(meaning(&clean).len(), 1, "{clean}");
    let (mut mixed, mut bad, mut classes) = (Vec::new(), Vec::new(), std::collections::BTreeMap::new());
    let mut good = opening().into_iter();
    for (line, class) in bad_lines() {
        mixed.extend([good.next().unwrap_or_default().as_bytes(), b"\n", &line, b"\n"].concat());
        bad.extend([&line[..], b"\n"].concat());
        *classes.entry(class).or_insert(0) += 1;
    }
    let (mixed, kept) = (folder.file("mixed.jsonl", mixed), folder.at("dead"));
    for mode in [None, Some("--as-arrived")] {
        let ran = run(["replay", "--json", "--dead-letter", &kept, &mixed].into_iter().chain(mode));
        assert_eq!(ran.summary()["bad"], json!(classes), "{}", ran.err);
        assert_eq!(ran.summary()["events"]["business-signals"], 3, "{}", ran.err);
        assert!(ran.err.contains("mixed.jsonl:2: not_json: "), "the first ones are shown: {}", ran.err);
        assert_eq!(meaning(&ran.good()), meaning(&clean), "{mode:?}");
        assert!(fs::read(&kept).unwrap() == bad, "{mode:?}: the lines are kept byte for byte");
    }
}

#[test]
fn odd_line_ends_and_marks_are_no_mistake() {
    let folder = Folder::new();
    let want = run(["replay", &folder.file("clean.jsonl", content(&opening()))]).good();
    let text = opening().join("\n");
    for (name, content) in [
        ("CRLF", text.replace('\n', "\r\n")),
        ("a byte order mark", format!("\u{feff}{text}\n")),
        ("blank lines", text.replace('\n', "\n\n \r\n")),
        ("NUL in a value", text.replace("\"event_id\":\"s\"", "\"event_id\":\"s\\u0000\"")),
        ("unknown fields", text.replace("{\"", "{\"x\":[{\"y\":1e999}],\"")),
    ] {
        let ran = run(["replay", "--json", &folder.file("mixed.jsonl", content)]);
        assert_eq!(ran.summary()["bad"], json!({}), "{name}: {}", ran.err);
        assert_eq!(ran.good().replace("\\u0000", ""), want, "{name}");
    }
}

#[test]
fn a_line_of_20_megabytes_is_one_bad_line() {
    let folder = Folder::new();
    let want = run(["replay", &folder.file("clean.jsonl", content(&opening()))]).good();
    let path = folder.at("long.jsonl");
    let mut file = BufWriter::new(fs::File::create(&path).unwrap());
    file.write_all(b"{\"x\":\"").unwrap();
    (0..20).for_each(|_| file.write_all(&[b'x'; 1 << 20]).unwrap());
    file.write_all(b"\"}\n").unwrap();
    file.write_all(&content(&opening())).unwrap();
    file.into_inner().unwrap();
    let ran = run(["replay", "--json", &path]);
    assert_eq!(ran.summary()["bad"], json!({"too_long": 1}), "{}", ran.err);
    assert_eq!(ran.good(), want);
}

#[test]
fn of_a_file_that_breaks_off_what_came_before_counts() {
    let (folder, lines) = (Folder::new(), generated(5, 60));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&content(&lines)).unwrap();
    let mut gzip = gzip.finish().unwrap();
    gzip.truncate(gzip.len() / 2);
    let broken = folder.file("lines.jsonl.gz", gzip);
    let more = folder.file("more.jsonl", content(&opening()));
    let ran = run(["replay", "--json", &broken, &more]);
    let events: u64 = ran.summary()["events"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(ran.summary()["bad"], json!({"unreadable": 1}), "{}", ran.err);
    assert!(events > 100 && events < lines.len() as u64, "{events} of {} events", lines.len());
    assert!(ran.err.contains("lines.jsonl.gz: after record "), "{}", ran.err);
    assert!(ran.good().contains("\"account_id\":\"acme\""), "the next file is read");
}

#[test]
fn a_file_without_records_gives_nothing() {
    let folder = Folder::new();
    for content in ["", "\n", "\r\n \n"] {
        let file = folder.file("product-usage.jsonl", content);
        for mode in [None, Some("--as-arrived"), Some("--revisions")] {
            assert_eq!(run(["replay", &file].into_iter().chain(mode)).good(), "", "{content:?} {mode:?}");
        }
    }
}

#[test]
fn lines_without_a_topic_are_bad() {
    let folder = Folder::new();
    let file = folder.file("events.jsonl", "{\"event_id\":\"e\"}\n");
    let ran = run(["replay", "--json", &file]);
    assert_eq!(ran.summary()["bad"], json!({"unknown_topic": 1}));
    assert!(ran.err.contains("expected one of product-usage, "), "{}", ran.err);
    assert_eq!(ran.good(), "");
}

#[test]
fn what_can_t_be_read_or_written_is_said_before_any_work() {
    let folder = Folder::new();
    let good = folder.file("good.jsonl", content(&opening()));
    let folder_like_a_file = folder.at("folder.jsonl");
    fs::create_dir(&folder_like_a_file).unwrap();
    let text = folder.file("notes.txt", "");
    let avro = folder.file("product-usage.avro", "no such thing");
    let (missing, nowhere, root) = (folder.at("missing.jsonl"), folder.at("no/where"), folder.at(""));
    for (args, reason) in [
        (vec![&good[..], &missing], "missing.jsonl: No such file"),
        (vec![&good, &folder_like_a_file], "folder.jsonl: is a directory"),
        (vec![&good, &root], "is a directory"),
        (vec![&good, &text], "notes.txt: the name does not end with .jsonl"),
        (vec![&good, &avro], "product-usage.avro: no Avro container file"),
        (vec![&good, "--dead-letter", &nowhere], "no/where: No such file"),
        (vec![&good, "--as-arrived", "--late", &nowhere], "no/where: No such file"),
        (vec![&good, "--rules", &nowhere], "no/where: No such file"),
    ] {
        let ran = run(["replay"].iter().chain(&args));
        assert!(ran.out.is_empty(), "{args:?}");
        let said = ran.failed(1);
        assert!(
            said.starts_with("springtide: ") && said.contains(reason) && said.lines().count() == 1,
            "{said}"
        );
    }
}

#[test]
fn lines_set_aside_never_overwrite_what_is_read() {
    let folder = Folder::new();
    let good = folder.file("good.jsonl", content(&opening()));
    let before = folder.file("before", "what an earlier call set aside\n");
    let link = folder.at("link");
    std::os::unix::fs::symlink(&good, &link).unwrap();
    for args in [
        vec!["--dead-letter", &good],
        vec!["--dead-letter", &link],
        vec!["--as-arrived", "--late", &good],
        vec!["--as-arrived", "--late", &before, "--dead-letter", &before],
    ] {
        run(["replay", &good].iter().chain(&args)).failed(2);
    }
    run(["replay", &folder.at("missing.jsonl"), "--dead-letter", &before]).failed(1);
    assert_eq!(fs::read(&good).unwrap(), content(&opening()));
    assert_eq!(fs::read_to_string(&before).unwrap(), "what an earlier call set aside\n");
    run(["replay", &good, "--dead-letter", &before]).good();
    assert_eq!(fs::read_to_string(&before).unwrap(), "", "a call that ends well leaves its own lines alone");
}
