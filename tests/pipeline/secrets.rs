//! No secret shows, whatever goes well or wrong and however much is logged (SPEC 7.4).

use std::fs;

use springtide_tests::broker::Broker;
use springtide_tests::http::get;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::{Ended, Process};
use springtide_tests::proxy::Proxy;
use springtide_tests::watched::await_address;

use crate::aside::story::{near_limit, profile, until};

/// What must show nowhere: passwords as they are given, as HTTP has them, as URLs have them, and a key's text.
struct Secrets(Vec<String>);

impl Secrets {
    fn new() -> Secrets {
        let key = fs::read_to_string(Broker::shared().certificate("client-plain.key")).unwrap();
        let key = key.lines().nth(1).unwrap().to_owned();
        // The second is `me:hush-word` as basic authorization has it.
        let fixed = ["hush-word", "bWU6aHVzaC13b3Jk", "hush%2Dword", "owner-password", "key-password"];
        Secrets(fixed.map(str::to_owned).into_iter().chain([key]).collect())
    }

    fn must_not_show(&self, what: &str, text: &str) {
        for secret in &self.0 {
            let at = text.find(secret.as_str());
            let around = at.map(|at| text[text.floor_char_boundary(at.saturating_sub(200))..at].to_owned());
            assert!(around.is_none(), "{what}: {secret} shows, after {around:?}");
        }
    }

    fn must_not_show_in(&self, what: &str, ended: &Ended) {
        self.must_not_show(what, &ended.stderr);
        self.must_not_show(what, ended.text());
    }

    /// What others on the machine see of a process, and what it answers.
    fn must_not_be_told(&self, run: &mut Process) {
        let line = fs::read(format!("/proc/{}/cmdline", run.id())).unwrap();
        self.must_not_show("the command line", &String::from_utf8_lossy(&line));
        let address = await_address(run);
        for path in ["/metrics", "/livez", "/readyz", "/nothing"] {
            self.must_not_show(path, &get(&address, path).body);
        }
    }
}

/// All there is to log.
const LOUD: (&str, &str) = ("RUST_LOG", "trace");

fn settings(lines: &[(&str, &str)]) -> String {
    let path = |value: &str| Broker::shared().certificate(value).to_str().unwrap().to_owned();
    let line = |(key, value): &(&str, &str)| match key.ends_with(".location") || key.starts_with("file.") {
        true => format!("{key}={}\n", path(value)),
        false => format!("{key}={value}\n"),
    };
    lines.iter().map(line).collect()
}

#[test]
fn what_works_shows_no_secret() {
    let (secrets, proxy) = (Secrets::new(), Proxy::start());
    let broker = Broker::shared();
    proxy.demand("Basic bWU6aHVzaC13b3Jk");
    let with_login = proxy.url.replace("http://", "http://me:hush%2Dword@");
    let scram = settings(&[
        ("security.protocol", "sasl_ssl"),
        ("ssl.ca.location", "ca.pem"),
        ("sasl.mechanism", "SCRAM-SHA-512"),
        ("sasl.username", "owner"),
        ("sasl.password", "owner-password"),
        ("debug", "all"),
    ]);
    let keyed = settings(&[
        ("security.protocol", "ssl"),
        ("ssl.ca.location", "ca.pem"),
        ("ssl.certificate.location", "client.pem"),
        ("file.ssl.key.pem", "client-plain.key"),
        ("debug", "all"),
    ]);
    for (name, address, passed) in [("quiet-scram", &broker.scram, scram), ("quiet-key", &broker.mtls, keyed)]
    {
        let pipeline = Pipeline::at(name, address);
        let environment = [LOUD, ("SPRINGTIDE_SET", &*passed), ("SPRINGTIDE_SCHEMA_REGISTRY", &*with_login)];
        let made = pipeline.start_with("topics", vec!["--partitions=1".into()], &environment).finish().well();
        secrets.must_not_show_in("topics", &made);
        pipeline.feed(&[profile("acme"), near_limit("acme")]);
        let flags = [until(), vec!["--listen=127.0.0.1:0".into()]].concat();
        let mut run = pipeline.start_with("run", flags, &environment);
        secrets.must_not_be_told(&mut run);
        run.await_that("it has written", |_| pipeline.written("expansion-opportunities") > 0);
        run.terminate();
        let ended = run.finish().well();
        assert!(ended.stderr.contains("DEBUG") && ended.stderr.contains("TRACE"), "{}", ended.stderr);
        secrets.must_not_show_in("run", &ended);
        for flags in ["--print-config", "--help", "-h"] {
            let ended = pipeline.start_with("run", vec![flags.into()], &environment).finish().well();
            secrets.must_not_show_in(flags, &ended);
        }
    }
}

#[test]
fn what_fails_shows_no_secret() {
    let (secrets, proxy, broker) = (Secrets::new(), Proxy::start(), Broker::shared());
    proxy.demand("Basic b3RoZXI6b3RoZXI=");
    let with_login = proxy.url.replace("http://", "http://me:hush%2Dword@");
    let scram = |key: &'static str| {
        settings(&[
            ("security.protocol", "sasl_ssl"),
            ("ssl.ca.location", "ca.pem"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("sasl.username", "owner"),
            (key, "hush-word"),
        ])
    };
    let oauth = settings(&[
        ("security.protocol", "sasl_ssl"),
        ("sasl.mechanism", "OAUTHBEARER"),
        ("sasl.oauthbearer.method", "oidc"),
        ("sasl.oauthbearer.client.secret", "hush-word"),
    ]);
    let pem = format!(
        "security.protocol=ssl\nssl.key.pem=hush-word\nssl.ca.location={}\n",
        broker.certificate("ca.pem").display()
    );
    for (name, address, passed) in [
        ("a wrong password", &broker.scram, scram("sasl.password")),
        ("a misspelt name", &broker.scram, scram("sasl.pasword")),
        ("a secret in place of a number", &broker.scram, scram("linger.ms")),
        ("a secret in place of a word", &broker.scram, scram("acks")),
        ("a secret in place of its file", &broker.scram, "file.sasl.password=hush-word".to_owned()),
        ("a line without a name", &broker.scram, "hush-word".to_owned()),
        ("a client's secret", &broker.scram, oauth),
        ("a key that is none", &broker.tls, pem),
        ("a registry that does not know us", &broker.bootstrap, String::new()),
    ] {
        let pipeline = Pipeline::at("loud", address);
        if address == &broker.bootstrap {
            pipeline.topics(&["--partitions=1"]).well();
        }
        for command in ["topics", "run"] {
            let environment =
                [LOUD, ("SPRINGTIDE_SET", &*passed), ("SPRINGTIDE_SCHEMA_REGISTRY", &*with_login)];
            let ended = pipeline.start_with(command, Vec::new(), &environment).finish();
            assert!(!ended.status.success(), "{name}: {command} must fail");
            assert!(ended.stderr.contains("springtide: "), "{name}: {}", ended.stderr);
            secrets.must_not_show_in(name, &ended);
        }
    }
    let pipeline = Pipeline::at("loud", &broker.scram);
    for flag in ["--set=hush-word", "--set=sasl.pasword=hush-word", "--schema-registry=me:hush-word@host"] {
        let ended = pipeline.start_with("run", vec![flag.into()], &[LOUD]).finish();
        secrets.must_not_show(flag, &ended.refused(2));
    }
}
