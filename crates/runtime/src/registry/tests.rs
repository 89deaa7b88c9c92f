//! The client against every answer that a registry, or something that is none, may give.

use std::thread;
use std::time::{Duration, Instant};

use springtide_schema::BadClass;

use super::fake::{Say, Server, ok, refused, schema};
use super::{Lookup, Registered, Registry, RegistryError, RegistrySettings, TIMING, Timing};
use crate::control::Control;
use crate::fault::RunError;
use crate::settings::{Format, Settings};

const DEADLINE: Duration = Duration::from_secs(60);
const SCHEMA: &str = r#"{"type":"record","name":"R","fields":[{"name":"event_id","type":"string"}]}"#;

const QUICK: Timing = Timing {
    timeout: Duration::from_secs(20),
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(4),
    ..TIMING
};

fn connect_with(urls: &str, timing: Timing) -> Registry {
    Registry::with(&RegistrySettings::new(urls, Some("me"), Some("s3cret")).unwrap(), timing).unwrap()
}

fn connect(server: &Server) -> Registry {
    connect_with(&server.url, QUICK)
}

/// Looks up until there is an answer.
fn settled(registry: &Registry, id: u32) -> Lookup {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match registry.lookup(id) {
            Lookup::Pending if Instant::now() < deadline => thread::sleep(Duration::from_millis(2)),
            answer => return answer,
        }
    }
}

fn is_known(lookup: &Lookup) -> bool {
    matches!(lookup, Lookup::Known(_))
}

#[test]
fn a_schema_is_asked_for_once() {
    let server = Server::start(&[("GET /schemas/ids/7?", &[schema(SCHEMA)])]);
    let registry = connect(&server);
    assert!(matches!(registry.lookup(7), Lookup::Pending), "the first answer can't be there yet");
    for _ in 0..3 {
        assert!(is_known(&settled(&registry, 7)));
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    // me:s3cret
    assert!(
        requests[0].to_ascii_lowercase().ends_with("authorization: basic bwu6cznjcmv0\n"),
        "{requests:?}"
    );
}

#[test]
fn what_is_no_answer_is_asked_for_again() {
    let table = [
        ("a fault of the registry", Say::Status(500, "oops".to_owned())),
        ("a fault in its words", refused(503, 50_301)),
        ("too many requests", refused(429, 42_901)),
        ("wrong credentials", refused(401, 401)),
        ("no right", refused(403, 40_301)),
        ("a wrong path", refused(404, 404)),
        ("another server", Say::Status(404, "<html>".to_owned())),
        ("no JSON", Say::Status(200, "<html>".to_owned())),
        ("JSON without a schema", Say::Status(200, "{}".to_owned())),
        ("no HTTP", Say::Noise),
    ];
    for (what, say) in table {
        let server = Server::start(&[("GET /schemas/ids/7?", &[say.clone(), say, schema(SCHEMA)])]);
        assert!(is_known(&settled(&connect(&server), 7)), "{what}");
        assert_eq!(server.requests().len(), 3, "{what}");
    }
}

#[test]
fn a_server_that_never_answers_leaves_the_answer_open() {
    let server = Server::start(&[("GET /schemas/ids/7?", &[Say::Silence])]);
    let registry = connect_with(&server.url, Timing { timeout: Duration::from_millis(50), ..QUICK });
    let deadline = Instant::now() + DEADLINE;
    while server.requests().len() < 3 {
        assert!(matches!(registry.lookup(7), Lookup::Pending));
        assert!(Instant::now() < deadline, "it is not asked again");
        thread::sleep(Duration::from_millis(2));
    }
    assert!(matches!(registry.lookup(7), Lookup::Pending));
}

#[test]
fn nobody_listening_leaves_the_answer_open_and_the_end_quick() {
    let registry = connect_with("http://127.0.0.1:1", QUICK);
    assert!(matches!(registry.lookup(7), Lookup::Pending));
    // Ends although a question is on its way; a hanging test would say otherwise.
    drop(registry);
}

#[test]
fn what_the_registry_does_not_have_or_can_not_be_used_is_refused() {
    let table = [
        (refused(404, 40_403), "no schema 7: said so"),
        (ok(serde_json::json!({ "schema": "syntax", "schemaType": "PROTOBUF" })), "of the type PROTOBUF"),
        (schema("nonsense"), "no Avro schema"),
        (schema("\"string\""), "no records"),
        (schema(r#"{"type":"record","name":"R","fields":[{"name":"a","type":"Nowhere"}]}"#), "Nowhere"),
    ];
    for (say, part) in table {
        let server = Server::start(&[("GET /schemas/ids/7?", &[say])]);
        let registry = connect(&server);
        let Lookup::Refused(bad) = settled(&registry, 7) else { panic!("{part}") };
        assert_eq!(bad.class, BadClass::UnknownSchema);
        assert!(bad.message.contains(part), "{bad}");
        assert!(matches!(registry.lookup(7), Lookup::Refused(_)), "that is remembered");
        assert_eq!(server.requests().len(), 1);
    }
}

/// A registry has no words for them but those of a server that is none: they would be asked for for ever.
#[test]
fn ids_that_no_registry_gives_are_not_asked_for() {
    let server = Server::start(&[("GET", &[refused(404, 404)])]);
    let registry = connect(&server);
    for id in [0x8000_0000, u32::MAX] {
        let Lookup::Refused(bad) = registry.lookup(id) else { panic!("{id}") };
        assert_eq!(bad.class, BadClass::UnknownSchema);
        assert!(bad.message.contains(&id.to_string()), "{bad}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_schema_that_is_registered_later_is_found() {
    let server = Server::start(&[("GET /schemas/ids/7?", &[refused(404, 40_403), schema(SCHEMA)])]);
    let registry = connect_with(&server.url, Timing { refused_for: Duration::from_millis(20), ..QUICK });
    assert!(matches!(settled(&registry, 7), Lookup::Refused(_)));
    let deadline = Instant::now() + DEADLINE;
    while !is_known(&registry.lookup(7)) {
        assert!(Instant::now() < deadline, "it is not asked for again");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn references_are_followed_each_once() {
    let refers = |text: &str, to: &[&str]| {
        let references: Vec<_> =
            to.iter().map(|name| serde_json::json!({"name": name, "subject": name, "version": 1})).collect();
        ok(serde_json::json!({ "id": 9, "schema": text, "references": references }))
    };
    let a = r#"{"type":"record","name":"A","fields":[{"name":"b","type":"B"},{"name":"c","type":"C"}]}"#;
    let b = r#"{"type":"record","name":"B","fields":[{"name":"c","type":"C"}]}"#;
    let c = r#"{"type":"enum","name":"C","symbols":["x"]}"#;
    let server = Server::start(&[
        ("GET /schemas/ids/7?", &[refers(a, &["B", "C"])]),
        ("GET /subjects/B/versions/1 ", &[refers(b, &["C"])]),
        ("GET /subjects/C/versions/1 ", &[refers(c, &[])]),
        ("GET /schemas/ids/8?", &[refers(a, &["B", "gone"])]),
        ("GET /subjects/gone/versions/1 ", &[refused(404, 40_402)]),
    ]);
    let registry = connect(&server);
    assert!(is_known(&settled(&registry, 7)));
    assert_eq!(server.requests().len(), 3);
    let Lookup::Refused(bad) = settled(&registry, 8) else { panic!() };
    assert!(bad.message.contains("refers to version 1 of `gone`: said so"), "{bad}");
}

#[test]
fn the_next_server_is_asked_where_one_fails_and_only_then() {
    let down = Server::start(&[("GET", &[Say::Status(500, String::new())])]);
    let up = Server::start(&[
        ("GET /schemas/ids/7?", &[schema(SCHEMA)]),
        ("GET /schemas/ids/8?", &[refused(404, 40_403)]),
    ]);
    let registry = connect_with(&format!("{},{}", down.url, up.url), QUICK);
    assert!(is_known(&settled(&registry, 7)));
    assert_eq!((down.requests().len(), up.requests().len()), (1, 1));
    let registry = connect_with(&format!("{},{}", up.url, down.url), QUICK);
    assert!(matches!(settled(&registry, 8), Lookup::Refused(_)));
    assert_eq!((down.requests().len(), up.requests().len()), (1, 2));
}

#[test]
fn a_schema_is_registered_where_it_is_not_there() {
    let server = Server::start(&[
        ("POST /subjects/new-value?", &[refused(404, 40_401)]),
        ("POST /subjects/new-value/versions ", &[Say::Status(200, r#"{"id":3}"#.to_owned())]),
        ("POST /subjects/old-value?", &[Say::Status(200, r#"{"id":4,"version":1}"#.to_owned())]),
    ]);
    let registry = connect(&server);
    assert_eq!(registry.register("new-value", SCHEMA), Ok(3));
    assert!(
        server.requests().last().unwrap().ends_with(r#"{\"name\":\"event_id\",\"type\":\"string\"}]}"}"#)
    );
    assert_eq!(registry.register("old-value", SCHEMA), Ok(4));
    assert_eq!(server.requests().len(), 3, "who has it is not asked to take it");
    let missing = RegistryError::Missing { subject: "new-value".to_owned() };
    assert_eq!(registry.registered("new-value", SCHEMA), Err(missing));
}

#[test]
fn refusals_to_register_say_what_to_do() {
    let table: [(&[Say], &str); 7] = [
        (&[refused(409, 409)], "not compatible"),
        (&[refused(422, 42_201)], "does not take our schema for `out-value`: said so"),
        (&[refused(401, 401)], "schema_registry_user"),
        (&[refused(403, 40_301)], "schema_registry_user"),
        (&[refused(500, 50_001)], "no schema registry answers at http://127.0.0.1"),
        (&[refused(404, 404)], "no registry's"),
        (&[Say::Noise], "no schema registry answers at http://127.0.0.1"),
    ];
    for (says, part) in table {
        let server = Server::start(&[
            ("POST /subjects/out-value?", &[refused(404, 40_401)]),
            ("POST /subjects/out-value/versions ", says),
        ]);
        let error = connect(&server).register("out-value", SCHEMA).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(part), "{message}");
        assert!(!format!("{message}{error:?}").contains("s3cret"), "{message}");
    }
}

#[test]
fn who_comes_second_gets_the_id_that_the_first_one_made() {
    let server = Server::start(&[
        (
            "POST /subjects/out-value?",
            &[
                refused(404, 40_401),
                Say::Status(200, r#"{"id":5,"version":1,"subject":"out-value"}"#.to_owned()),
            ],
        ),
        ("POST /subjects/out-value/versions ", &[refused(409, 409)]),
    ]);
    assert_eq!(connect(&server).register("out-value", SCHEMA), Ok(5));
}

#[test]
fn only_a_registry_that_does_not_answer_is_waited_for() {
    let server = Server::start(&[
        ("POST /subjects/out-value?", &[Say::Status(502, String::new()), refused(404, 40_401)]),
        ("POST /subjects/out-value/versions ", &[Say::Noise, Say::Status(200, r#"{"id":3}"#.to_owned())]),
        ("POST /subjects/no-value", &[refused(409, 409)]),
    ]);
    let (registry, control) = (connect(&server), Control::default());
    assert_eq!(registry.register_patiently("out-value", SCHEMA, &control).unwrap(), 3);
    let error = registry.register_patiently("no-value", SCHEMA, &control).unwrap_err();
    assert!(matches!(error, RunError::Registry(RegistryError::Incompatible { .. })), "{error:?}");
    control.stop();
    let stopped = connect_with("http://127.0.0.1:1", QUICK).register_patiently("out-value", SCHEMA, &control);
    assert!(matches!(stopped, Err(RunError::Stopped)));
}

#[test]
fn the_output_topics_that_are_avro_get_their_schema() {
    let server = Server::start(&[
        ("POST /subjects/expansion-opportunities-value?", &[Say::Status(200, r#"{"id":1}"#.to_owned())]),
        ("POST /subjects/expansion-opportunities-latest-value?", &[refused(404, 40_401)]),
        (
            "POST /subjects/expansion-opportunities-latest-value/versions ",
            &[Say::Status(200, r#"{"id":2}"#.to_owned())],
        ),
    ]);
    let mut settings = Settings::new("", "test");
    assert_eq!(super::register_output(&settings, false).unwrap(), [], "no registry, nothing to do");
    settings.registry = Some(RegistrySettings::new(&server.url, None, None).unwrap());
    assert_eq!(super::register_output(&settings, false).unwrap(), [], "no Avro, nothing to do");
    settings.formats.opportunities = Format::Avro;
    let registered = |subject: &str, id| Registered { subject: subject.to_owned(), id };
    let first = registered("expansion-opportunities-value", 1);
    assert_eq!(super::register_output(&settings, true).unwrap(), std::slice::from_ref(&first));
    settings.formats.latest = Format::Avro;
    let error = super::register_output(&settings, true).unwrap_err().to_string();
    assert!(
        error.contains("`expansion-opportunities-latest-value`; `springtide topics` registers it"),
        "{error}"
    );
    let both = [first, registered("expansion-opportunities-latest-value", 2)];
    assert_eq!(super::register_output(&settings, false).unwrap(), both);
    settings.registry = None;
    let error = super::register_output(&settings, false).unwrap_err().to_string();
    assert!(error.contains("`expansion-opportunities`, `expansion-opportunities-latest`"), "{error}");
}
