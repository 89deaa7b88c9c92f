//! What changes, as it changes, what a day asks for, and who asks (SPEC 9.1, 9.2).

use std::fs;

use serde_json::{Value, json};
use springtide_tests::http::{Events, ask};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::Record;
use springtide_tests::watched::Watched;

use crate::aside::story::PROFILES;
use crate::inbox::{await_list, body, decide, flags, told};

const CHANGES: &str = "/api/v1/changes";

/// The next event of a name.
fn next(events: &mut Events, event: &str) -> Value {
    let sent = events.next().expect("the stream goes on");
    assert_eq!(sent.event, event, "{sent:?}");
    serde_json::from_str(&sent.data).unwrap()
}

#[test]
fn whoever_listens_is_told_what_changes_and_by_whom() {
    let pipeline = Pipeline::new("changes", 2);
    pipeline.feed(&told(&["one"]));
    let state = |number: usize| {
        flags(&[&format!("--state-dir={}", pipeline.beside(&format!("state-{number}")).display())])
    };
    let decided_here = Watched::start(&pipeline, state(0));
    let told_here = Watched::start(&pipeline, state(1));
    for watched in [&decided_here, &told_here] {
        await_list(watched, "", 1);
    }
    let mut events = Events::open(&told_here.address, CHANGES);
    assert_eq!(events.status, 200);
    assert!(next(&mut events, "hello")["as_of"].is_string());

    pipeline.feed(&told(&["two"]));
    let opened = next(&mut events, "change");
    assert_eq!((&opened["kind"], &opened["account_id"]), (&json!("opened"), &json!("two")));
    assert_eq!((&opened["standing"], &opened["urgency"]), (&json!("new"), &json!("high")));
    let row = await_list(&decided_here, "account=two", 1).remove(0);
    assert_eq!((&opened["opportunity_id"], &opened["headline"]), (&row["opportunity_id"], &row["headline"]));

    assert_eq!(decide(&decided_here, &row, "k", &json!({"stage": "qualified"})).status, 201);
    let decided = next(&mut events, "change");
    assert_eq!((&decided["kind"], &decided["actor"]), (&json!("decided"), &json!("local")));
    assert_eq!(decided["standing"], "working");

    pipeline.feed(&[Record { value: None, ..Record::new(PROFILES, "two", "") }]);
    let erased = json!({"opportunity_id": row["opportunity_id"], "kind": "erased"});
    assert_eq!(next(&mut events, "change"), erased, "no word of whom it was about");

    told_here.run.terminate();
    assert_eq!(events.next(), None, "it ends with the server");
    told_here.run.finish().well();
    decided_here.run.terminate();
    decided_here.run.finish().well();
}

#[test]
fn only_so_many_may_listen() {
    let pipeline = Pipeline::new("changes-many", 1);
    pipeline.feed(&told(&["one"]));
    let watched = Watched::start(&pipeline, flags(&[]));
    await_list(&watched, "", 1);
    // Slower than anybody may ask.
    let open = || {
        std::thread::sleep(std::time::Duration::from_millis(25));
        Events::open(&watched.address, CHANGES)
    };
    let mut all: Vec<Events> = (0..200).map(|_| open()).collect();
    assert!(all.iter().all(|events| events.status == 200));
    let refused = watched.get(CHANGES);
    assert!(refused.status == 503 && refused.body.contains("200 listen"), "{refused:?}");
    // One that goes makes room, once that is seen: the server writes now and then.
    drop(all.pop());
    let freed = springtide_tests::wait::patiently(|| {
        let events = open();
        (events.status == 200).then_some(events)
    });
    assert!(freed.is_some());
}

#[test]
fn a_day_asks_for_what_is_urgent_and_new_and_says_so_in_words() {
    let pipeline = Pipeline::new("digest", 1);
    pipeline.feed(&told(&["one", "two", "three"]));
    let watched = Watched::start(&pipeline, flags(&[]));
    let rows = await_list(&watched, "sort=opened", 3);
    assert_eq!(decide(&watched, &rows[0], "k", &json!({"stage": "qualified"})).status, 201);
    // The day after they opened.
    let that_day = body(&watched.get("/api/v1/digest?at=2024-02-02T09:00:00Z"));
    assert_eq!(that_day["interrupt"].as_array().unwrap().len(), 3, "{that_day}");
    assert!(that_day["markdown"].as_str().unwrap().starts_with("# Friday, 2 February 2024\n"), "{that_day}");
    let today = body(&watched.get("/api/v1/digest?role=account_management"));
    let count = |part: &str| today[part].as_array().unwrap().len();
    assert_eq!((count("interrupt"), count("due"), count("fresh"), count("back")), (0, 2, 0, 0), "{today}");
    assert_eq!((&today["working"], &today["later"]), (&json!(1), &json!(0)));
    assert_eq!((&today["role"], &today["owner"]), (&json!("account_management"), &json!(null)));
    let nobodys = body(&watched.get("/api/v1/digest?owner=Nobody"));
    assert!(nobodys["markdown"].as_str().unwrap().contains("Nothing asks for you"), "{nobodys}");
    for (query, part) in [("at=soon", "`soon` is no time"), ("owners=a", "unknown field `owners`")] {
        let answer = watched.get(&format!("/api/v1/digest?{query}"));
        assert!(answer.status == 400 && answer.body.contains(part), "{query}: {answer:?}");
    }
}

#[test]
fn who_asks_is_told_who_they_are_here() {
    let pipeline = Pipeline::new("me", 1);
    let tokens = pipeline.beside("tokens");
    let bob = "0123456789abcdef-bob";
    fs::write(&tokens, format!("bob view {bob}\n")).unwrap();
    let watched = Watched::start(&pipeline, flags(&[&format!("--api-tokens={}", tokens.display())]));
    let bearer = format!("Bearer {bob}");
    let me = ask(&watched.address, "GET", "/api/v1/me", &[("Authorization", &bearer)], "");
    assert_eq!((me.status, body(&me)), (200, json!({"name": "bob", "role": "view"})));
    for path in ["/api/v1/me", CHANGES, "/api/v1/digest"] {
        assert_eq!(watched.get(path).status, 401, "{path}");
    }
}
