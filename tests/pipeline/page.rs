//! The page in a real browser (SPEC section 9.1): each of the stories of `tests/browser`, on a pipeline of its own.

mod crowd;
mod scenario;

use std::ffi::OsString;
use std::fs;

use springtide_tests::broker::Broker;
use springtide_tests::data::Data;
use springtide_tests::http::ask;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::Record;
use springtide_tests::wait::patiently;
use springtide_tests::watched::Watched;

use crate::aside::story::{near_limit, profile, until};
use scenario::{Scenario, customers, later};

const HOSTILE: &str =
    r#"<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"#;
/// How many opportunities the customers of `tests/browser/customers.mjs` have.
const OPEN: usize = 22;

fn api() -> Vec<OsString> {
    vec!["--api".into()]
}

/// Waits until the inbox has so many opportunities.
fn await_open(watched: &Watched, count: usize, token: Option<&str>) {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer.iter().map(|bearer| ("Authorization", &**bearer)).collect();
    let part = format!("\"total\":{count},");
    let all = "/api/v1/opportunities?limit=1";
    let answer =
        || Some(ask(&watched.address, "GET", all, &headers, "")).filter(|it| it.body.contains(&part));
    assert!(patiently(answer).is_some(), "{count} opportunities: {}", watched.run.stderr());
}

/// Tells a story of `tests/browser` to the customers' inbox; nothing where there is no browser.
fn told(name: &'static str, story: &str) {
    let Some(customers) = customers() else { return };
    let pipeline = Pipeline::new(name, 1);
    pipeline.feed(&customers);
    let watched = Watched::start(&pipeline, api());
    await_open(&watched, OPEN, None);
    Scenario::start(story, &watched.address, &[]).goes_well();
}

#[test]
fn every_decision_by_mouse() {
    told("page-decisions", "decisions");
}

#[test]
fn a_draft_is_edited_and_approved() {
    told("page-draft", "draft");
}

#[test]
fn an_accounts_timeline_and_why() {
    told("page-account", "account");
}

#[test]
fn the_day_the_plays_and_the_report() {
    told("page-views", "views");
}

#[test]
fn every_action_by_keyboard() {
    told("page-keyboard", "keyboard");
}

#[test]
fn every_view_is_accessible_in_light_in_dark_and_on_a_phone() {
    told("page-accessible", "accessible");
}

#[test]
fn whatever_is_hostile_is_text() {
    if customers().is_none() {
        return;
    }
    let pipeline = Pipeline::new("page-hostile", 1);
    let named = |record: Record| {
        let value = String::from_utf8(record.value.unwrap()).unwrap();
        let owners = format!(r#""name":"{HOSTILE}","owners":{{"account_management":"{HOSTILE}"}}"#);
        Record { value: Some(value.replace(r#""name":"A""#, &owners).into()), ..record }
    };
    pipeline.feed(&[named(profile("<b>one</b>")), near_limit("<b>one</b>")]);
    let watched = Watched::start(&pipeline, [until(), api()].concat());
    await_open(&watched, 1, None);
    Scenario::start("hostile", &watched.address, &[]).goes_well();
}

#[test]
fn two_people_decide_at_once() {
    let Some(customers) = customers() else { return };
    let pipeline = Pipeline::new("page-people", 1);
    pipeline.feed(&customers);
    let tokens = pipeline.beside("tokens");
    let people = ["0123456789abcdef-ann", "0123456789abcdef-bob", "0123456789abcdef-eve"];
    let [ann, bob, eve] = people;
    fs::write(&tokens, format!("ann decide {ann}\nbob decide {bob}\neve view {eve}\n")).unwrap();
    let file: OsString = format!("--api-tokens={}", tokens.display()).into();
    let watched = Watched::start(&pipeline, [api(), vec![file]].concat());
    await_open(&watched, OPEN, Some(ann));
    Scenario::start("people", &watched.address, &people).goes_well();
}

#[test]
fn the_server_goes_and_comes_back() {
    let Some(customers) = customers() else { return };
    let pipeline = Pipeline::new("page-gone", 1);
    pipeline.feed(&customers);
    let watched = Watched::start(&pipeline, api());
    await_open(&watched, OPEN, None);
    let mut story = Scenario::start("gone", &watched.address, &[]);
    story.await_word("now: stop");
    watched.run.terminate();
    let address = watched.address;
    watched.run.finish().well();
    story.await_word("now: start");
    let listen = vec!["--listen".into(), address.into()];
    let _again = pipeline.run([api(), listen].concat());
    story.goes_well();
}

#[test]
fn what_happens_elsewhere_comes_by_itself() {
    let Some(all) = customers() else { return };
    let pipeline = Pipeline::new("page-live", 1);
    pipeline.feed(&all);
    let watched = Watched::start(&pipeline, api());
    await_open(&watched, OPEN, None);
    let mut story = Scenario::start("live", &watched.address, &[]);
    story.await_word("now: feed");
    pipeline.feed(&later());
    story.goes_well();
}

#[test]
fn five_thousand_open_opportunities_are_no_burden() {
    if customers().is_none() {
        return;
    }
    let pipeline = Pipeline::new("page-many", 1);
    crowd::write(&pipeline, 5_000);
    let watched = Watched::start(&pipeline, api());
    await_open(&watched, 5_000, None);
    Scenario::start("many", &watched.address, &[]).goes_well();
}

/// Into a folder that goes with the test, unless `SPRINGTIDE_PICTURES` names one.
#[test]
fn pictures_for_the_readme() {
    let Some(all) = customers() else { return };
    let pipeline = Pipeline::new("page-pictures", 1);
    pipeline.feed(&all);
    let kept = std::env::var("SPRINGTIDE_PICTURES");
    let folder = kept.unwrap_or_else(|_| pipeline.beside("pictures").display().to_string());
    fs::create_dir_all(&folder).unwrap();
    let watched = Watched::start(&pipeline, api());
    await_open(&watched, OPEN, None);
    Scenario::start("pictures", &watched.address, &[&folder, "opportunity", "account"]).goes_well();

    // A report has something to say of more accounts.
    let pipeline = Pipeline::new("page-pictures-report", 1);
    let data = Data::generated_in(Broker::shared().new_folder(), 4, &["--accounts=150", "--activity=0.2"]);
    pipeline.feed(&data.records(4));
    pipeline.catch_up(data.flags());
    let watched = Watched::start(&pipeline, [data.flags(), api()].concat());
    Scenario::start("pictures", &watched.address, &[&folder, "report"]).goes_well();
}

#[test]
fn the_page_comes_with_what_a_browser_must_not_let_it_do() {
    let pipeline = Pipeline::new("page-policy", 1);
    let mut watched = Watched::start(&pipeline, [until(), api()].concat());
    watched.await_answer("/", 200, "<title>Springtide</title>");
    for path in ["/page/page.css", "/page/main.js", "/page/timeline.js"] {
        assert_eq!(watched.get(path).status, 200, "{path}");
    }
    let head = ask(&watched.address, "HEAD", "/", &[], "");
    assert_eq!((head.status, &*head.body), (200, ""));
    let without = Watched::start(&Pipeline::new("page-without", 1), Vec::new());
    assert_eq!(without.get("/").status, 404, "no API, no page");
}
