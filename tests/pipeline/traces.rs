//! Traces (SPEC section 7.1): the context of the record that completes an opportunity goes on with it, and a collector gets
//! the spans.

use std::ffi::OsString;

use springtide_tests::collector::{Collector, Span};
use springtide_tests::kcat::Message;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::watched::Watched;

use crate::aside::story::{near_limit, office, profile, seats, until};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

fn context(flags: &str) -> String {
    format!("00-{TRACE}-{PARENT}-{flags}")
}

/// What both topics carry of an account's opportunity, the same in each.
fn carried(pipeline: &Pipeline, account: &str) -> (Option<String>, Option<String>) {
    let committed = pipeline.committed();
    let of = |messages: &[Message]| {
        let is = |message: &&Message| message.header("ce_subject") == Some(account);
        let message = messages.iter().find(is).expect("an opportunity of the account");
        let header = |name| message.header(name).map(str::to_owned);
        (header("traceparent"), header("tracestate"))
    };
    let (revision, latest) = (of(committed.changelog()), of(committed.latest()));
    assert_eq!(revision, latest, "{account}");
    revision
}

#[test]
fn without_a_collector_the_context_of_what_completes_an_opportunity_goes_on_as_it_came() {
    let pipeline = Pipeline::new("traces-passed-on", 1);
    let completing = |account: &str, flags: &str| {
        near_limit(account).with_header("traceparent", &context(flags)).with_header("tracestate", "a=1,b=2")
    };
    // Two sides: the second completes, and the first came with another context.
    let other = context("01").replace(TRACE, &"1".repeat(32));
    pipeline.feed(&[
        profile("kept").with_header("traceparent", &other),
        profile("dropped"),
        profile("untraced"),
        profile("broken"),
        profile("two sides"),
        completing("kept", "01"),
        completing("dropped", "00"),
        near_limit("untraced"),
        near_limit("broken").with_header("traceparent", "00-1-2-3"),
        seats("two sides").with_header("traceparent", &other),
        office("two sides").with_header("traceparent", &context("01")),
    ]);
    pipeline.catch_up(until()).well();
    let state = Some("a=1,b=2".to_owned());
    assert_eq!(carried(&pipeline, "kept"), (Some(context("01")), state.clone()));
    assert_eq!(carried(&pipeline, "dropped"), (Some(context("00")), state));
    assert_eq!(carried(&pipeline, "untraced"), (None, None));
    assert_eq!(carried(&pipeline, "broken"), (None, None));
    // Both are evidence of the same instant, and either may be read last; no third.
    let (parent, _) = carried(&pipeline, "two sides");
    assert!([context("01"), other].contains(&parent.unwrap()));
}

/// Fails unless an attribute has a value.
fn must_say(span: &Span, name: &str, value: &str) {
    assert_eq!(span.attribute(name), Some(value), "{name} of {span:?}");
}

#[test]
fn a_collector_gets_the_record_and_in_it_what_was_sent() {
    let (pipeline, collector) = (Pipeline::new("traces-sent", 1), Collector::start());
    pipeline.feed(&[
        profile("traced"),
        profile("dropped"),
        profile("untraced"),
        near_limit("traced").with_header("traceparent", &context("01")),
        near_limit("dropped").with_header("traceparent", &context("00").replace(TRACE, &"2".repeat(32))),
        near_limit("untraced"),
    ]);
    let mut flags: Vec<OsString> = until();
    flags.extend(["--otlp-endpoint".into(), collector.url.clone().into(), "--until-caught-up".into()]);
    let environment = [("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20bWU6czNjcmV0")];
    let ended = pipeline.start_with("run", flags, &environment).finish().well();
    assert!(!ended.stderr.contains("bWU6czNjcmV0"), "{}", ended.stderr);
    let heads = collector.heads();
    assert!(!heads.is_empty() && heads.iter().all(|head| head.starts_with("post /v1/traces ")), "{heads:?}");
    assert!(heads[0].contains("authorization: basic bwu6cznjcmv0"), "{}", heads[0]);

    let spans = collector.spans();
    let named = |trace: &str, name: &str| {
        let found: Vec<&Span> =
            spans.iter().filter(|span| span.trace == trace && span.name.starts_with(name)).collect();
        assert_eq!(found.len(), 1, "{name}: {spans:#?}");
        found[0].clone()
    };
    let (read, sent) = (named(TRACE, "process "), named(TRACE, "send "));
    assert_eq!((&*read.parent, &sent.parent), (PARENT, &read.id));
    assert!(!read.failed && !sent.failed && read.took_nanos >= sent.took_nanos);
    must_say(&read, "messaging.destination.name", &pipeline.topic("product-usage"));
    must_say(&read, "messaging.kafka.offset", "0");
    must_say(&read, "service.name", "springtide");
    must_say(&sent, "springtide.play", "usage-limit");
    must_say(&sent, "springtide.what", "opened");
    assert_eq!(carried(&pipeline, "traced").0, Some(format!("00-{TRACE}-{}-01", sent.id)));

    // Who began the trace does not keep it: nothing is sent of it, and who comes after is told so.
    let (dropped, _) = carried(&pipeline, "dropped");
    let dropped = dropped.unwrap();
    assert!(dropped.starts_with(&format!("00-{}-", "2".repeat(32))) && dropped.ends_with("-00"), "{dropped}");
    // Nobody began one: it begins with the record.
    let (own, _) = carried(&pipeline, "untraced");
    let own = own.unwrap().split('-').nth(1).unwrap().to_owned();
    assert_eq!(named(&own, "process ").parent, "");
    assert_eq!(spans.len(), 4, "{spans:#?}");
}

#[test]
fn a_collector_that_takes_nothing_is_told_of_once_and_holds_nothing_up() {
    let (pipeline, collector) = (Pipeline::new("traces-refused", 1), Collector::start());
    collector.set_refuses(true);
    pipeline.feed(&["one", "two", "three"].map(profile));
    pipeline.set("otlp_endpoint", format!("{:?}", collector.url));
    let mut watched = Watched::start(&pipeline, until());
    let spans = |result: &str| format!(r#"springtide_trace_spans_total{{result="{result}"}}"#);
    for (number, account) in ["one", "two"].into_iter().enumerate() {
        pipeline.feed(&[near_limit(account)]);
        let lost = 2.0 * (number as f64 + 1.0);
        watched.await_figure(&spans("begun"), lost);
        watched.await_figure(&spans("lost"), lost);
    }
    assert_eq!(collector.refused(), 2);
    collector.set_refuses(false);
    pipeline.feed(&[near_limit("three")]);
    watched.await_figure(&spans("delivered"), 2.0);
    watched.run.terminate();
    let said = watched.run.finish().well().stderr;
    assert_eq!(said.matches("the collector takes no traces").count(), 1, "{said}");
    assert_eq!(said.matches("the collector takes traces again").count(), 1, "{said}");
    assert_eq!(pipeline.committed().open().accounts(), ["one", "three", "two"]);
}

#[test]
fn an_address_that_can_be_none_is_refused() {
    let pipeline = Pipeline::without_topics("traces-wrong");
    let said = pipeline.start_with("run", Vec::new(), &[("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")]);
    let said = said.finish().refused(2);
    assert!(said.contains("OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL"), "{said}");
}
