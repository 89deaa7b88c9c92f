//! Traces (SPEC 7.1): the context that came with a record goes on with the opportunity that the record led to. Where there is
//! a collector (OTLP), both get a span: one of the record, from when it was read to the commit, and in it one of what was
//! sent.
//!
//! What is traced is what a revision came of; a record that led to nothing gets no span. Whether a trace is kept is up to
//! who began it; of those that begin here, to OpenTelemetry's own settings (`OTEL_TRACES_SAMPLER`).

mod context;
mod delivery;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span as SdkSpan};
use springtide_core::event::Topic;
use springtide_core::meaning::opportunity::Opportunity;
use springtide_core::time::Millis;

use crate::fault::RunError;
use crate::headers;
use crate::kafka::Headers;
use crate::metrics::Metrics;
use crate::settings::Settings;
pub(crate) use context::carried;
use delivery::Delivery;

/// How long the end waits for the collector to take what is left.
const LONGEST_END: Duration = Duration::from_secs(2);

/// A record from which something followed.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// Its topic.
    pub topic: Topic,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// When the broker took it.
    pub written_at: Millis,
    /// When it was read.
    pub read_at: Millis,
    /// The context that it was written in.
    pub context: Option<SpanContext>,
}

/// Where spans go.
pub struct Traces(Option<(SdkTracerProvider, SdkTracer, Metrics)>);

impl Traces {
    /// Nowhere: contexts are passed on, and that is all.
    pub fn off() -> Traces {
        Traces(None)
    }

    /// To the collector of the settings, where there is one.
    ///
    /// # Errors
    /// Where its address can't be one.
    pub fn of(settings: &Settings, instance: &str, metrics: &Metrics) -> Result<Traces, RunError> {
        let Some(url) = &settings.traces_url else { return Ok(Traces::off()) };
        let refused = |error| RunError::Setting(format!("traces can't be sent to `{url}`: {error}"));
        let delivery = Delivery::to(url, metrics.clone()).map_err(refused)?;
        let resource = Resource::builder()
            .with_attributes(
                std::env::var_os("OTEL_SERVICE_NAME")
                    .is_none()
                    .then(|| KeyValue::new("service.name", "springtide")),
            )
            .with_attributes([
                KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
                KeyValue::new("service.instance.id", instance.to_owned()),
            ]);
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(delivery)
            .with_resource(resource.build())
            .build();
        let tracer = provider.tracer("springtide");
        tracing::info!(url, "sending traces");
        Ok(Traces(Some((provider, tracer, metrics.clone()))))
    }

    /// Begins the trail of a revision that followed from a record, or from time alone.
    pub(crate) fn begin(
        &self,
        origin: Option<&Origin>,
        revision: &Opportunity,
        settings: &Settings,
        now: Millis,
    ) -> Trail {
        let came = origin.and_then(|origin| origin.context.as_ref());
        let Some((_, tracer, metrics)) = &self.0 else {
            return Trail { headers: came.map(context::headers).unwrap_or_default(), spans: Vec::new() };
        };
        let mut around = Context::new();
        if let Some(context) = came {
            around = around.with_remote_span_context(context.clone());
        }
        let mut spans = Vec::new();
        if let Some(origin) = origin {
            let read = tracer.build_with_context(reading(origin, settings), &around);
            around = Context::new().with_remote_span_context(read.span_context().clone());
            spans.push(read);
        }
        let sent = tracer.build_with_context(sending(revision, settings, now), &around);
        let headers = context::headers(sent.span_context());
        spans.push(sent);
        spans.retain(SdkSpan::is_recording);
        metrics.spans("begun", spans.len() as u64);
        Trail { headers, spans }
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Some((provider, ..)) = &self.0 {
            // What is lost with that was said and counted by who delivers.
            let _ = provider.shutdown_with_timeout(LONGEST_END);
        }
    }
}

/// A revision's way out: its spans end with the commit. One that is dropped before was not committed, and they say so.
pub(crate) struct Trail {
    headers: Headers,
    /// From the outermost to the innermost.
    spans: Vec<SdkSpan>,
}

impl Trail {
    /// What the record carries on.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Whether anything is to be told of its end.
    pub fn has_spans(&self) -> bool {
        !self.spans.is_empty()
    }

    /// Ends it: it stands.
    pub fn committed(mut self, at: Millis) {
        self.spans.drain(..).rev().for_each(|mut span| span.end_with_timestamp(system_time(at)));
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        for mut span in self.spans.drain(..).rev() {
            span.set_status(Status::error("not committed: taken again from the last commit"));
            span.end();
        }
    }
}

fn system_time(at: Millis) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(at.unsigned_abs())
}

/// The span of a record, named by OpenTelemetry's conventions for messaging.
fn reading(origin: &Origin, settings: &Settings) -> SpanBuilder {
    let name = settings.names.of(origin.topic).to_owned();
    SpanBuilder::from_name(format!("process {name}"))
        .with_kind(SpanKind::Consumer)
        .with_start_time(system_time(origin.read_at))
        .with_attributes([
            KeyValue::new("messaging.system", "kafka"),
            KeyValue::new("messaging.operation.name", "process"),
            KeyValue::new("messaging.operation.type", "process"),
            KeyValue::new("messaging.destination.name", name),
            KeyValue::new("messaging.destination.partition.id", origin.partition.to_string()),
            KeyValue::new("messaging.kafka.offset", origin.offset),
            KeyValue::new("messaging.consumer.group.name", settings.application_id.clone()),
            KeyValue::new("springtide.waited_in_topic_ms", (origin.read_at - origin.written_at).max(0)),
        ])
}

/// The span of what was sent.
fn sending(revision: &Opportunity, settings: &Settings, now: Millis) -> SpanBuilder {
    let name = settings.names.opportunities.clone();
    SpanBuilder::from_name(format!("send {name}"))
        .with_kind(SpanKind::Producer)
        .with_start_time(system_time(now))
        .with_attributes([
            KeyValue::new("messaging.system", "kafka"),
            KeyValue::new("messaging.operation.name", "send"),
            KeyValue::new("messaging.operation.type", "send"),
            KeyValue::new("messaging.destination.name", name),
            KeyValue::new("springtide.opportunity", revision.id.to_string()),
            KeyValue::new("springtide.revision", i64::from(revision.revision)),
            KeyValue::new("springtide.what", headers::what(revision)),
            KeyValue::new("springtide.play", revision.play.to_string()),
            KeyValue::new("springtide.urgency", revision.urgency.name()),
            KeyValue::new("springtide.score", revision.score),
        ])
}
