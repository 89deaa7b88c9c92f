//! Brokers that want TLS, certificates, users with passwords: settings as a customer gives them, in the file, as flags,
//! in the environment; and where they are wrong, words on what is (SPEC 7.4).

use std::ffi::OsString;
use std::fs;

use springtide_tests::broker::Broker;
use springtide_tests::data::Data;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::Process;

const TLS: &[(&str, &str)] = &[("security.protocol", "ssl"), ("ssl.ca.location", "ca.pem")];
const MTLS: &[(&str, &str)] = &[
    ("security.protocol", "ssl"),
    ("ssl.ca.location", "ca.pem"),
    ("ssl.certificate.location", "client.pem"),
    ("ssl.key.location", "client.key"),
    ("file.ssl.key.password", "key-password"),
];
const SCRAM: &[(&str, &str)] = &[
    ("security.protocol", "sasl_ssl"),
    ("ssl.ca.location", "ca.pem"),
    ("sasl.mechanism", "SCRAM-SHA-512"),
    ("sasl.username", "owner"),
    ("sasl.password", "owner-password"),
];

/// Where settings can stand.
#[derive(Clone, Copy, Debug)]
enum Place {
    File,
    Flags,
    Environment,
}

/// A pipeline with settings in one place.
struct Secured {
    pipeline: Pipeline,
    flags: Vec<OsString>,
    environment: String,
}

impl Secured {
    fn new(name: &'static str, address: &str, place: Place, settings: &[(&str, &str)]) -> Secured {
        let pipeline = Pipeline::at(name, address);
        let (mut flags, mut environment) = (Vec::new(), String::new());
        for (key, value) in settings {
            let value = located(&pipeline, key, value);
            match place {
                Place::File => pipeline.configure(&format!("{key:?} = {value:?}")),
                Place::Flags => flags.extend(["--set".into(), format!("{key}={value}").into()]),
                Place::Environment => environment.push_str(&format!("{key}={value}\n")),
            }
        }
        Secured { pipeline, flags, environment }
    }

    fn start(&self, command: &str, more: &[OsString]) -> Process {
        let flags = [&self.flags, more].concat();
        self.pipeline.start_with(command, flags, &[("SPRINGTIDE_SET", &self.environment)])
    }
}

/// The path of what stands in a file: a certificate's, or that of a file with a secret.
fn located(pipeline: &Pipeline, key: &str, value: &str) -> String {
    let path = if key.ends_with(".location") {
        Broker::shared().certificate(value)
    } else if key.starts_with("file.") {
        let path = pipeline.beside("secret");
        fs::write(&path, format!("{value}\n")).unwrap();
        path
    } else {
        return value.to_owned();
    };
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_secured_broker_serves_as_an_open_one_does() {
    let (broker, data) = (Broker::shared(), Data::generated_calm(41));
    for (name, address, place, settings) in [
        ("over-tls", &broker.tls, Place::File, TLS),
        ("over-mtls", &broker.mtls, Place::Flags, MTLS),
        ("over-scram", &broker.scram, Place::Environment, SCRAM),
    ] {
        let secured = Secured::new(name, address, place, settings);
        secured.start("topics", &["--partitions=3".into()]).finish().well();
        secured.pipeline.feed(&data.records(42));
        let flags = [data.flags(), vec!["--until-caught-up".into()]].concat();
        secured.start("run", &flags).finish().well();
        secured.start("topics", &["--verify".into()]).finish().well();
        secured.pipeline.must_agree_with(&data);
    }
}

/// Some settings in place of others; one without a value is left out.
fn changed<'s>(settings: &[(&'s str, &'s str)], change: &[(&'s str, &'s str)]) -> Vec<(&'s str, &'s str)> {
    let others = settings.iter().filter(|(key, _)| change.iter().all(|(other, _)| other != key));
    others.chain(change).filter(|(_, value)| !value.is_empty()).copied().collect()
}

#[test]
fn who_is_refused_is_told_why_and_does_not_wait() {
    let broker = Broker::shared();
    let without_certificate =
        [("ssl.certificate.location", ""), ("ssl.key.location", ""), ("file.ssl.key.password", "")];
    for (address, settings, words, to_do) in [
        (
            &broker.tls,
            changed(TLS, &[("ssl.ca.location", "other-ca.pem")]),
            "no broker shows a certificate that we trust",
            "ssl.ca.location",
        ),
        (
            &broker.mtls,
            changed(MTLS, &without_certificate),
            "no broker takes our certificate",
            "ssl.certificate.location",
        ),
        (
            &broker.scram,
            changed(SCRAM, &[("sasl.password", "s3cret")]),
            "authentication failed",
            "sasl.password",
        ),
        (
            &broker.scram,
            changed(SCRAM, &[("sasl.mechanism", "PLAIN")]),
            "authentication failed",
            "sasl.mechanism",
        ),
    ] {
        let secured = Secured::new("refused", address, Place::Environment, &settings);
        // A run asks some times more.
        let commands = if to_do == "sasl.mechanism" { &["topics"][..] } else { &["topics", "run"] };
        for command in commands {
            let said = secured.start(command, &[]).finish().refused(1);
            assert!(
                said.contains(words) && said.contains(to_do) && said.contains(address),
                "{settings:?}: {said}"
            );
            assert!(!said.contains("s3cret"), "{said}");
        }
    }
}

#[test]
fn who_speaks_another_protocol_than_the_broker_is_told_so_and_waits() {
    let broker = Broker::shared();
    for (address, settings, words) in [
        (&broker.tls, changed(TLS, &[("security.protocol", "")]), "a listener with TLS wants ssl"),
        (&broker.bootstrap, TLS.to_vec(), "is it a listener with TLS?"),
    ] {
        let secured = Secured::new("other-protocol", address, Place::Environment, &settings);
        let mut run = secured.start("run", &[]);
        run.await_word(words);
        assert!(run.stderr().contains(address), "{}", run.stderr());
        run.terminate();
        run.finish().well();
    }
    let plain = Secured::new("other-protocol", &broker.secured, Place::Environment, &[]);
    let said = plain.start("topics", &[]).finish().refused(1);
    assert!(said.contains("one for users sasl_plaintext") && said.contains(&broker.secured), "{said}");
}

#[test]
fn a_key_that_cant_be_read_is_a_usage_error_without_its_password() {
    let broker = Broker::shared();
    for (change, words) in [
        (("file.ssl.key.password", "s3cret"), "ssl.key.location"),
        (("ssl.key.location", "missing.key"), "ssl.key.location"),
        (("ssl.ca.location", "missing.pem"), "ssl.ca.location"),
        (("sasl.pasword", "s3cret"), "librdkafka does not take its setting `sasl.pasword`"),
    ] {
        let secured = Secured::new("unreadable", &broker.mtls, Place::Environment, &changed(MTLS, &[change]));
        for command in ["topics", "run"] {
            let said = secured.start(command, &[]).finish().refused(2);
            assert!(said.contains(words), "{change:?}: {said}");
            assert!(!said.contains("s3cret"), "{said}");
        }
    }
}
