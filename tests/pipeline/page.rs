//! The page in a real browser (SPEC section 9.1): what it shows of the API, whatever accounts are called.

use std::ffi::{OsStr, OsString};

use springtide_tests::http::ask;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::Process;
use springtide_tests::records::Record;
use springtide_tests::tool::{is_there, say};
use springtide_tests::watched::Watched;

use crate::aside::story::{near_limit, profile, until};

const HOSTILE: &str =
    r#"<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"#;

fn flags() -> Vec<OsString> {
    [until(), vec!["--api".into()]].concat()
}

/// What a browser has made of a page, once it is quiet; nothing where there is no browser.
fn shown(address: &str, path: &str) -> Option<String> {
    if !is_there("chromium") {
        say("Skipped: the page in a real browser, which needs `chromium` (apt-get install chromium).");
        return None;
    }
    let url = format!("http://{address}{path}");
    let args =
        ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom", &url];
    Some(Process::start(OsStr::new("chromium"), &args).finish().well().text().to_owned())
}

fn started(pipeline: &Pipeline) -> Watched {
    let mut watched = Watched::start(pipeline, flags());
    watched.await_figure(r#"springtide_revisions_total{kind="opened"}"#, 1.0);
    watched.await_answer("/readyz", 200, "working on 1 partition");
    watched
}

#[test]
fn an_opportunity_is_shown_whole_and_a_hostile_name_is_a_name() {
    let pipeline = Pipeline::new("page", 1);
    let named = |record: Record| {
        let value = String::from_utf8(record.value.unwrap()).unwrap();
        let value = value.replace(r#""name":"A""#, &format!(r#""name":"{HOSTILE}""#));
        Record { value: Some(value.into()), ..record }
    };
    pipeline.feed(&[named(profile("one")), near_limit("one")]);
    let watched = started(&pipeline);
    let id = pipeline.committed().latest()[0].key.clone().unwrap();
    let Some(dom) = shown(&watched.address, &format!("/#{id}")) else { return };
    assert!(dom.contains("<title>Springtide</title>") && !dom.contains("<img src"), "{dom}");
    assert!(dom.contains("&lt;img src=x onerror="), "the name is there as text: {dom}");
    for part in [
        "1 in all",
        "Why now",
        "85 of 100",
        "What had to hold",
        "Handoff brief",
        "Nobody has done anything yet",
        "relationship",
    ] {
        assert!(dom.contains(part), "{part}: {dom}");
    }
}

#[test]
fn the_page_comes_with_what_a_browser_must_not_let_it_do() {
    let pipeline = Pipeline::new("page-policy", 1);
    let mut watched = Watched::start(&pipeline, flags());
    watched.await_answer("/", 200, "<title>Springtide</title>");
    for path in ["/page/page.css", "/page/page.js"] {
        assert_eq!(watched.get(path).status, 200, "{path}");
    }
    let head = ask(&watched.address, "HEAD", "/", &[], "");
    assert_eq!((head.status, &*head.body), (200, ""));
    let without = Watched::start(&Pipeline::new("page-without", 1), Vec::new());
    assert_eq!(without.get("/").status, 404, "no API, no page");
}
