//! `similar`: what it prints of files, what a rule pack makes of it, and docs/similar.md.

use std::path::Path;

use serde_json::{Value, json};

use crate::tool::{Folder, run, run_with};

/// A profile of a healthy mid-sized customer.
fn profile(account: &str, products: &[&str]) -> Value {
    json!({
        "event_id": format!("p-{account}"), "account_id": account, "occurred_at": "2026-03-01T00:00:00Z",
        "name": format!("Firm {account}"), "segment": "mid_market", "industry": "software", "mrr": 5000, "currency": "EUR",
        "seats_licensed": 80, "health_score": 80, "first_value_at": "2025-01-01T00:00:00Z", "products": products,
        "owners": {"cross_sell": "Chris"},
    })
}

fn lines(values: &[Value]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

/// 42 peers of `acme`, 31 of which own analytics, and 58 others, of which 4 do.
fn profiles() -> Vec<Value> {
    let mut all = vec![profile("acme", &["core"])];
    all.extend((0..31).map(|number| profile(&format!("with-{number}"), &["core", "analytics"])));
    all.extend((0..11).map(|number| profile(&format!("without-{number}"), &["core"])));
    let bank = |number: u32| {
        let mut bank =
            profile(&format!("bank-{number}"), if number < 4 { &["analytics"] } else { &["core"] });
        bank["industry"] = json!("bank");
        bank
    };
    all.extend((0..58).map(bank));
    all
}

/// A folder with `account-profiles.jsonl`, in this order.
fn world(profiles: &[Value]) -> Folder {
    let folder = Folder::new();
    folder.file("account-profiles.jsonl", lines(profiles));
    folder
}

fn printed(folder: &Folder, more: &[&str]) -> Vec<Value> {
    let file = folder.at("account-profiles.jsonl");
    let out = run([&["similar", &file], more].concat()).good();
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn it_prints_an_event_for_each_account_whose_peers_own_more_whatever_the_order() {
    let mut all = profiles();
    let events = printed(&world(&all), &[]);
    assert_eq!(events.len(), 12, "{events:?}");
    let acme = events.iter().find(|event| event["account_id"] == "acme").unwrap();
    assert_eq!(acme["_topic"], "business-signals");
    assert_eq!((&acme["type"], &acme["product"]), (&json!("similar_accounts_own"), &json!("analytics")));
    assert_eq!((&acme["peers"], &acme["owners"]), (&json!(42), &json!(31)));
    assert_eq!(acme["occurred_at"], "2026-03-01T00:00:00.000Z", "the greatest of the input");
    assert!(!format!("{acme}").contains("Firm") && !format!("{acme}").contains("with"));

    all.reverse();
    let again = all[..20].to_vec();
    all.extend(again);
    assert_eq!(printed(&world(&all), &[]), events);
    // Of another instant they are other events, of one before the profiles there are none.
    let later = printed(&world(&all), &["--at", "2026-03-02"]);
    assert_eq!(later.len(), 12);
    assert!(later.iter().zip(&events).all(|(later, now)| later["event_id"] != now["event_id"]));
    assert_eq!(printed(&world(&all), &["--at", "2026-02-28"]), Vec::<Value>::new());
}

#[test]
fn it_says_what_it_left_out() {
    let folder = world(&profiles());
    let said = run(["similar", &folder.at("account-profiles.jsonl")]).err;
    for words in [
        "as of 2026-03-01T00:00:00.000Z: 101 accounts, 101 of them customers; 12 told of a product",
        "not told  4 customers with too few similar accounts (--min-peers)",
        "not told  85 customers whose similar accounts own nothing they lack that much more often than all",
    ] {
        assert!(said.contains(words), "{said}");
    }
    for (limit, told) in [
        ("--min-peers=43", 0),
        ("--min-peers=42", 12),
        ("--min-owners=32", 0),
        ("--min-support=0.8", 0),
        ("--min-lift=2.2", 0),
    ] {
        assert_eq!(printed(&folder, &[limit]).len(), told, "{limit}");
    }
}

#[test]
fn a_world_in_which_products_are_bought_by_chance_is_told_next_to_nothing() {
    let folder = Folder::new();
    let out = folder.at("world");
    run(["generate", "--accounts", "2000", "--days", "1", "--activity", "0", "--out", &out]).good();
    let events = run(["similar", &format!("{out}/account-profiles.jsonl")]).good();
    let told = events.lines().count();
    assert!(told < 60, "{told} of 2,000 accounts");
}

#[test]
fn odd_wishes_and_input_are_refused() {
    let folder = world(&profiles());
    let file = folder.at("account-profiles.jsonl");
    for (flag, words) in [
        ("--min-peers=4", "4 is not in 5.."),
        ("--min-owners=0", "0 is not in 1.."),
        ("--min-support=1.1", "expected a share from 0 to 1"),
        ("--min-support=nan", "expected a share from 0 to 1"),
        ("--min-lift=-1", "expected a number from 0 to 1000"),
        ("--most=0", "0 is not in 1..=100"),
        ("--at=soon", "expected a time such as"),
        ("--dry-run", "cannot be used with"),
    ] {
        let said = run(["similar", &file, flag]).failed(2);
        assert!(said.contains(words), "{flag}: {said}");
    }
    let said = run(["similar", "--dead-letter", &folder.at("bad"), "--at", "2026-03-01"]).failed(2);
    assert!(said.contains("<FILE>"), "{said}");
    let usage = folder.file("product-usage.jsonl", "");
    let said = run(["similar", &usage]).failed(1);
    assert!(said.contains("there are no profiles in the input; name a file of account-profiles"), "{said}");
    let said = run(["similar", &folder.at("nowhere.jsonl")]).failed(1);
    assert!(said.contains("nowhere.jsonl"), "{said}");

    // Bad lines are told, counted and kept, and the rest goes on.
    let bad = r#"{"event_id":"x","account_id":"x","occurred_at":"2026-03-01T00:00:00Z","name":"X","segment":"tiny","mrr":1,"currency":"EUR"}"#;
    let mixed = folder.file("account-profiles.mixed.jsonl", format!("{}{bad}\n", lines(&profiles())));
    let ran = run(["similar", &mixed, "--dead-letter", &folder.at("bad.jsonl")]);
    assert!(
        ran.err.contains("one of enterprise, mid_market, smb") && ran.err.contains("bad  1 record"),
        "{}",
        ran.err
    );
    assert_eq!(ran.good().lines().count(), 12);
    assert_eq!(std::fs::read_to_string(folder.at("bad.jsonl")).unwrap(), format!("{bad}\n"));
}

/// The YAML of docs/similar.md: the rules, and their tests.
fn documented() -> [String; 2] {
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    let page =
        std::fs::read_to_string(Path::new(&package).join("../../docs/similar.md")).expect("docs/similar.md");
    let blocks: Vec<String> = page
        .split("   ```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("   ```\n").next())
        .map(|block| block.lines().map(|line| format!("{}\n", line.get(3..).unwrap_or(""))).collect())
        .collect();
    blocks.try_into().expect("rules, and tests")
}

#[test]
fn the_documented_pack_is_well_and_opens_an_opportunity_that_says_why() {
    let folder = world(&profiles());
    let [rules, tests] = documented();
    folder.file("rules/similar.yaml", rules);
    folder.file("rules/similar.test.yaml", tests);
    let said = run(["check", "--rules", &folder.at("rules")]).good();
    assert!(said.contains("all is well: 2 detectors, 1 play") && said.contains("2 tests"), "{said}");

    let profiles = folder.at("account-profiles.jsonl");
    let similar = run(["similar", &profiles, "--at", "2026-03-03"]).good();
    let use_of = |account: &str| {
        json!({"event_id": format!("u-{account}"), "account_id": account, "occurred_at": "2026-03-04T10:00:00Z",
            "type": "feature_used", "feature": "reports"})
    };
    let usage = folder.file("product-usage.jsonl", lines(&[use_of("acme"), use_of("with-1")]));
    // Twice, as from two runs of one day: they count once.
    let twice = folder.file("business-signals.jsonl", similar.repeat(2));
    let ran = run(["replay", "--json", "--rules", &folder.at("rules"), &profiles, &usage, &twice]);
    assert_eq!(
        (&ran.summary()["repeated"], &ran.summary()["id_reused"]),
        (&json!(12), &json!(0)),
        "{}",
        ran.err
    );
    let opened = ran.good();
    let opened: Vec<Value> = opened.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(opened.len(), 1, "{opened:?}");
    assert_eq!((&opened[0]["account_id"], &opened[0]["play"]), (&json!("acme"), &json!("next-product")));
    assert_eq!(opened[0]["route"], json!({"role": "cross_sell", "owner": "Chris"}));
    let evidence = opened[0]["evidence"].as_array().unwrap();
    let similar = evidence.iter().find(|one| one["detector"] == "similar_accounts_own").unwrap();
    let words = "31 of 42 similar accounts own analytics (74 %, 2.1 × as often as all)";
    assert_eq!(similar["summary"], words);
    assert!(opened[0]["brief"].as_str().unwrap().contains(words), "{}", opened[0]["brief"]);
    assert_eq!(similar["values"]["product"], "analytics");
    for (name, value) in
        [("support", 31.0 / 42.0), ("lift", 31.0 / 42.0 / 0.35), ("peers", 42.0), ("owners", 31.0)]
    {
        let said = similar["values"][name].as_f64().unwrap();
        assert!((said - value).abs() < 1e-9, "{name}: {said}");
    }
    let package = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let page = std::fs::read_to_string(Path::new(&package).join("../../docs/similar.md")).unwrap();
    assert!(page.contains(&format!("> {words}\n")), "docs/similar.md quotes the evidence");
}

#[test]
fn lines_come_from_standard_input_too_and_say_their_topic() {
    let with_topic = |mut profile: Value| {
        profile["_topic"] = json!("account-profiles");
        profile
    };
    let all: Vec<Value> = profiles().into_iter().map(with_topic).collect();
    let first = run_with(&["similar", "-"], lines(&all).as_bytes()).good();
    assert_eq!(first.lines().count(), 12);
    // Its own lines are no profiles, and change nothing.
    let again = run_with(&["similar", "-"], format!("{}{first}", lines(&all)).as_bytes()).good();
    assert_eq!(again, first);
}
