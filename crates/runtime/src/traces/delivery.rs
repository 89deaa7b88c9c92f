//! Spans on their way to the collector: counted, and a collector that does not take them is told of once, not with each
//! batch.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry_otlp::{ExporterBuildError, Protocol, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use crate::metrics::Metrics;

/// Sends spans to a collector.
pub(super) struct Delivery {
    exporter: opentelemetry_otlp::SpanExporter,
    metrics: Metrics,
    /// Whether the last batch was not taken.
    refused: AtomicBool,
}

impl Delivery {
    /// To a URL, over HTTP; further settings are OpenTelemetry's own, from the environment.
    pub fn to(url: &str, metrics: Metrics) -> Result<Delivery, ExporterBuildError> {
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_endpoint(url)
            .with_protocol(Protocol::HttpBinary)
            .build()?;
        Ok(Delivery { exporter, metrics, refused: AtomicBool::new(false) })
    }
}

/// Without its headers, which may hold secrets.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").finish_non_exhaustive()
    }
}

impl SpanExporter for Delivery {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len() as u64;
        let result = self.exporter.export(batch).await;
        self.metrics.spans(if result.is_ok() { "delivered" } else { "lost" }, spans);
        match (&result, self.refused.swap(result.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => {
                tracing::warn!(%error, spans, "the collector takes no traces: these are lost, and more may be");
            }
            (Ok(()), true) => tracing::info!("the collector takes traces again"),
            _ => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
