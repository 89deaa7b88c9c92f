//! Account after account on all cores: the same as all accounts in the order of time.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::history::{content, generated, line, shuffled};
use crate::tool::{Folder, run};

/// What `--revisions` printed last of each opportunity, in the order of a replay without it.
fn last_of_each(printed: &str) -> String {
    let mut last: BTreeMap<String, (Value, &str)> = BTreeMap::new();
    for line in printed.lines() {
        let told: Value = serde_json::from_str(line).expect("JSON");
        let id = told["opportunity_id"].as_str().expect("an id").to_owned();
        last.insert(id, (told, line));
    }
    let mut last: Vec<(Value, &str)> = last.into_values().collect();
    let key = |told: &Value| {
        ["opened_at", "account_id", "play"].map(|name| told[name].as_str().expect("text").to_owned())
    };
    last.sort_by_key(|(told, _)| key(told));
    last.into_iter().map(|(_, line)| format!("{line}\n")).collect()
}

#[test]
fn it_says_what_all_in_order_say() {
    let folder = Folder::new();
    let mut lines = generated(50, 120);
    // Some come twice, and some share an id and an instant.
    lines.extend(lines[..400].to_vec());
    for (id, invitee) in [("same", "a"), ("same", "b"), ("other", "c"), ("same", "a")] {
        let invited = json!({"type": "user_invited", "invitee": invitee});
        lines.push(line("product-usage", id, "2026-02-01T09:00:00Z", invited));
    }
    let file = folder.file("in.jsonl", content(&shuffled(&lines, 9)));
    for until in [&[][..], &["--until", "2026-02-10T12:00:00Z"], &["--until", "2027-01-01T00:00:00Z"]] {
        let replay = |more: &[&str]| run([&["replay", "--json"], until, more, &[&file]].concat());
        let (by_account, in_order) = (replay(&[]), replay(&["--revisions"]));
        let (one, other) = (by_account.summary(), in_order.summary());
        for name in ["events", "bad", "repeated", "id_reused", "opportunities", "withdrawn", "revisions"] {
            assert_eq!(one[name], other[name], "{name} {until:?}");
        }
        assert!(one["revisions"].as_u64().unwrap() > 40 && one["repeated"].as_u64() == Some(401), "{one}");
        assert_eq!(by_account.good(), last_of_each(&in_order.good()));
    }
}
