//! What `springtide config` says a run would have, and from where.

use std::fs;

use crate::tool::{Ran, springtide};

const FILE: &str = r#"
application_id = "expansion"
threads = 2
schema_registry = "http://me:s3cret@one:8081"
schema_registry_user = "springtide"
schema_registry_password = "s3cret"

[kafka]
"sasl.password" = "s3cret"
"sasl.username" = "springtide"
"linger.ms" = 5

[topics]
product-usage = "usage"
"#;

fn config(file: &str, flags: &[&str], variables: &[(&str, &str)]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("springtide.toml");
    fs::write(&path, file).unwrap();
    let mut command = springtide();
    command.arg("config").arg("--config").arg(&path).args(flags).envs(variables.iter().copied());
    Ran::from(command.output().unwrap())
}

#[test]
fn each_value_is_told_with_where_it_came_from_and_secrets_are_not() {
    let flags = ["--threads=3", "--format=product-usage=avro", "--set=linger.ms=7", "--instance-id=7"];
    let variables = [
        ("SPRINGTIDE_BOOTSTRAP_SERVERS", "kafka:9092"),
        ("SPRINGTIDE_SET", "client.rack=a\nssl.key.pem=s3cret"),
        ("SPRINGTIDE_ALLOWED_LATENESS", "product-usage=2d,business-signals=20d"),
    ];
    let told = config(FILE, &flags, &variables).good();
    assert!(!told.contains("s3cret"), "{told}");
    for line in [
        "bootstrap_servers = \"kafka:9092\" # variable SPRINGTIDE_BOOTSTRAP_SERVERS",
        "commit_interval = \"100ms\" # default",
        "threads = 3 # flag --threads",
        "instance_id = \"7\" # flag --instance-id",
        "schema_registry = \"http://one:8081\" # file ",
        "schema_registry_password = \"…\" # file ",
        "application_id = \"expansion\" # file ",
        "business-signals = \"20d\" # variable SPRINGTIDE_ALLOWED_LATENESS",
        "engagement-signals = \"14d\" # default",
        "product-usage = \"avro\" # flag --format",
        "product-usage = \"usage\" # file ",
        "\"client.rack\" = \"a\" # variable SPRINGTIDE_SET",
        "\"ssl.key.pem\" = \"…\" # variable SPRINGTIDE_SET",
        "\"sasl.password\" = \"…\" # file ",
        "\"sasl.username\" = \"springtide\" # file ",
        "\"linger.ms\" = \"7\" # flag --set",
    ] {
        let is_told = |told: &str| told == line || line.ends_with("file ") && told.starts_with(line);
        assert!(told.lines().any(is_told), "{line}\n{told}");
    }
}

#[test]
fn what_is_told_is_a_configuration_that_says_the_same() {
    let values = |told: &str| -> Vec<String> {
        told.lines().map(|line| line.split(" # ").next().unwrap().to_owned()).collect()
    };
    let first = config("threads = 2\n[kafka]\n\"linger.ms\" = 5\n", &["--listen=0.0.0.0:9090"], &[]).good();
    assert_eq!(values(&config(&first, &[], &[]).good()), values(&first));
}

#[test]
fn what_a_run_refuses_is_refused_alike() {
    for (file, part) in
        [("thread = 2", "unknown field `thread`"), ("commit_interval = \"soon\"", "commit_interval")]
    {
        let said = config(file, &[], &[]).failed(2);
        assert!(said.contains(part), "{said}");
    }
}
