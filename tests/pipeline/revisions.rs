//! How an opportunity came to be what it is, over HTTP.

use serde_json::{Value, json};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::Record;
use springtide_tests::wait::patiently;
use springtide_tests::watched::Watched;

use crate::aside::story::{ENGAGEMENT, PROFILES, event, office, profile, seats};
use crate::inbox::{PATH, await_list, flags, id};

/// Waits until there are so many revisions, and returns them.
fn await_revisions(watched: &Watched, row: &Value, count: usize) -> Vec<Value> {
    let path = format!("{PATH}/{}/revisions", id(row));
    let items = || {
        let answer = watched.get(&path);
        let body: Value = serde_json::from_str(&answer.body).ok()?;
        body["items"].as_array().filter(|items| items.len() == count).cloned()
    };
    patiently(items).unwrap_or_else(|| panic!("{path} has {count}: {:?}", watched.get(&path)))
}

#[test]
fn revisions_are_shown_from_the_first_on_and_none_of_before_an_erasure() {
    let pipeline = Pipeline::new("revisions", 2);
    let told = || [profile("one"), seats("one"), office("one")];
    pipeline.feed(&told());
    let watched = Watched::start(&pipeline, flags(&[]));
    let row = await_list(&watched, "", 1).remove(0);
    let first = await_revisions(&watched, &row, 1).remove(0);
    pipeline.feed(&[event(ENGAGEMENT, "one", "02-02", r#""type":"nps_response","score":10"#)]);
    let both = await_revisions(&watched, &row, 2);
    assert_eq!(both[0], first);
    assert_eq!([&both[0]["revision"], &both[1]["revision"]], [&json!(1), &json!(2)]);
    let evidence = |of: &Value| of["evidence"].as_array().unwrap().len();
    assert_eq!((evidence(&both[0]), evidence(&both[1])), (2, 3));

    pipeline.feed(&[Record { value: None, ..Record::new(PROFILES, "one", "") }]);
    await_list(&watched, "", 0);
    assert_eq!(watched.get(&format!("{PATH}/{}/revisions", id(&row))).status, 404);
    // The same again, from the start: the id is that of before, and its past is not.
    pipeline.feed(&told());
    let again = await_list(&watched, "", 1).remove(0);
    assert_eq!(id(&again), id(&row));
    assert_eq!(await_revisions(&watched, &again, 1)[0]["revision"], 1);

    for (id, status) in [("one", 400), ("6f1b0f3e-0000-5000-8000-000000000001", 404)] {
        assert_eq!(watched.get(&format!("{PATH}/{id}/revisions")).status, status);
    }
}
