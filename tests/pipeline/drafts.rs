//! Draft messages over HTTP (SPEC 9.1): of what the opportunity says, in the words of the rule pack.

use std::fs;

use serde_json::{Value, json};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::program::springtide;
use springtide_tests::tool::run;
use springtide_tests::watched::Watched;

use crate::inbox::{PATH, await_list, body, flags, id, told};

fn draft(watched: &Watched) -> Value {
    let row = await_list(watched, "", 1).remove(0);
    let answer = watched.get(&format!("{PATH}/{}/draft", id(&row)));
    assert_eq!(answer.status, 200, "{answer:?}");
    let draft = body(&answer);
    assert_eq!(draft["opportunity_id"], row["opportunity_id"]);
    draft
}

#[test]
fn a_draft_says_what_the_opportunity_says_and_what_it_leaves_out() {
    let pipeline = Pipeline::new("draft", 1);
    pipeline.feed(&told(&["one"]));
    let watched = Watched::start(&pipeline, flags(&[]));
    let draft = draft(&watched);
    assert_eq!(
        (&draft["template"], &draft["subject"]),
        (&json!("usage-limit"), &json!("calls at A: 85 of 100 used"))
    );
    let parts = draft["parts"].as_array().unwrap();
    let labels: Vec<&str> = parts.iter().map(|part| part["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["Connect", "Present", "Quantify", "Prove", "Propose"]);
    assert_eq!(parts[2]["text"], "On 1 February 2024 you had used 85 of 100 (85 %): 15 are left.");
    let facts = [
        ("usage_date", "1 February 2024"),
        ("used", "85"),
        ("limit", "100"),
        ("ratio", "85 %"),
        ("left", "15"),
    ]
    .map(|(name, value)| json!({"name": name, "value": value}));
    assert_eq!(parts[2]["facts"], json!(facts));
    assert!(parts[3]["text"].as_str().unwrap().contains("since 1 January 2023"), "{draft}");
    // Nobody owns the account.
    let left_out = parts[0]["left_out"].as_array().unwrap();
    assert!(left_out.len() == 1 && left_out[0].as_str().unwrap().contains("connect.2"), "{draft}");
    let text = draft["text"].as_str().unwrap();
    assert!(text.starts_with("Hello A team,\n\nYou are near") && !text.contains(['{', '}']), "{text}");
    for (id, status) in [("one", 400), ("6f1b0f3e-0000-5000-8000-000000000001", 404)] {
        assert_eq!(watched.get(&format!("{PATH}/{id}/draft")).status, status);
    }
}

#[test]
fn a_team_writes_its_own() {
    let pipeline = Pipeline::new("draft-own", 1);
    pipeline.feed(&told(&["one"]));
    let rules = pipeline.beside("rules");
    let write = ["check", "--write-default", rules.to_str().unwrap()];
    run(springtide().as_os_str(), &write).well();
    let drafts = "drafts:\n  default:\n    subject: Hey\n    connect: ['Dear {account_name},']\n    present:\n    quantify: \
                  ['{yearly_value}', '{owner}']\n    prove: []\n    propose: [Bye]\n";
    fs::write(rules.join("drafts.yaml"), drafts).unwrap();
    let rules = format!("--rules={}", rules.display());
    let watched = Watched::start(&pipeline, flags(&[&rules]));
    let draft = draft(&watched);
    assert_eq!((&draft["template"], &draft["subject"]), (&json!("default"), &json!("Hey")));
    assert_eq!(draft["text"], "Dear A,\n\nEUR 3,600\n\nBye");
}
