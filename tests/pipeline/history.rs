//! A backtest over what the input topics hold is that over the files which they were fed from.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use springtide_tests::admin::Admin;
use springtide_tests::data::Data;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::Process;
use springtide_tests::program::springtide;
use springtide_tests::records::Record;

/// Two packs beside a pipeline's state: the default one, and a stricter one.
fn packs(pipeline: &Pipeline) -> [PathBuf; 2] {
    ["old", "new"].map(|name| {
        let dir = pipeline.beside(name);
        let args: [OsString; 3] = ["check".into(), "--write-default".into(), dir.clone().into()];
        Process::start(springtide().as_os_str(), &args).finish().well();
        if name == "new" {
            let gates = dir.join("gates.yaml");
            let text = fs::read_to_string(&gates).unwrap();
            fs::write(&gates, text.replace("health_score > 60", "health_score > 75")).unwrap();
        }
        dir
    })
}

fn backtest(packs: &[PathBuf; 2], more: &[&Path]) -> Value {
    let mut args: Vec<OsString> = vec!["backtest".into(), "--json".into()];
    args.extend(packs.iter().map(OsString::from));
    args.extend(more.iter().map(OsString::from));
    serde_json::from_str(Process::start(springtide().as_os_str(), &args).finish().well().text()).unwrap()
}

fn sources(told: &mut Value) -> Vec<Value> {
    let sources = told.as_object_mut().unwrap().remove("sources").expect("topics were read");
    sources.as_array().unwrap().clone()
}

#[test]
fn a_backtest_over_topics_is_that_over_the_files() {
    let data = Data::generated_calm(81);
    let pipeline = Pipeline::new("history", 3);
    let packs = packs(&pipeline);
    let files: Vec<&Path> = data.files().iter().map(PathBuf::as_path).collect();
    let expected = backtest(&packs, &files);
    assert!(expected["total"]["lost"].as_u64().unwrap() > 3, "{}", expected["total"]);
    pipeline.feed(&data.records(82));
    let config = pipeline.config();
    let mut told = backtest(&packs, &[Path::new("--config"), &config]);
    let read = sources(&mut told);
    assert_eq!(told, expected);
    let events: u64 = read.iter().map(|source| source["events"].as_u64().unwrap()).sum();
    assert_eq!(events, data.records(82).len() as u64);
    assert!(read.iter().all(|source| source["gone"] == false && source["bad"] == 0), "{read:?}");

    // What a transaction took back was never there; what can't be used is counted; whoever is erased is gone.
    let account = expected["detailed"]["differences"][0]["account_id"].as_str().unwrap();
    let gone = Record { value: None, ..Record::new("account-profiles", account, "") };
    let bad = Record::new("business-signals", "acme", "nonsense");
    pipeline.feed_in_a_transaction(&[gone, bad]);
    let mut told = backtest(&packs, &[Path::new("--config"), &config]);
    let read = sources(&mut told);
    assert_eq!(read[1]["bad"], json!(1));
    let erased: u64 = read.iter().map(|source| source["erased"].as_u64().unwrap()).sum();
    let own = |record: &Record| record.key.as_deref() == Some(account.as_bytes());
    assert_eq!(erased, data.records(82).iter().filter(|record| own(record)).count() as u64);
    let differences = told["detailed"]["differences"].as_array().unwrap();
    assert!(differences.iter().all(|one| one["account_id"] != account), "{differences:?}");
    assert_eq!(told["accounts"].as_u64().unwrap() + 1, expected["accounts"].as_u64().unwrap());
}

#[test]
fn what_retention_deleted_is_said() {
    let data = Data::generated_small(83);
    let pipeline = Pipeline::new("history-short", 2);
    let packs = packs(&pipeline);
    pipeline.feed(&data.records(84));
    Admin::connect().delete_records(&pipeline.topic("product-usage"), 0);
    let mut told = backtest(&packs, &[Path::new("--config"), &pipeline.config()]);
    let read = sources(&mut told);
    let gone: Vec<bool> = read.iter().map(|source| source["gone"].as_bool().unwrap()).collect();
    assert_eq!(gone, [true, false, false, false, false]);
    assert!(read[0]["begins"].as_str().unwrap().starts_with("2024-01-0"), "{read:?}");
}
