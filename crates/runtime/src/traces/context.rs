//! Trace Context (W3C) in the headers of records: `traceparent`, `tracestate`.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::kafka::{Headers, Record};

/// The header with the trace and the span that a record was written in.
const TRACEPARENT: &str = "traceparent";
/// The header with what tracing systems say of it besides.
const TRACESTATE: &str = "tracestate";

/// What a record brought along.
struct Carried<'a> {
    parent: &'a str,
    state: Option<&'a str>,
}

impl Extractor for Carried<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            TRACEPARENT => Some(self.parent),
            TRACESTATE => self.state,
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT, TRACESTATE]
    }
}

/// What is put on a record.
struct Put(Headers);

impl Injector for Put {
    fn set(&mut self, key: &str, value: String) {
        // An empty `tracestate` says nothing.
        if !value.is_empty() {
            self.0.push((key.to_owned(), Some(value.into_bytes())));
        }
    }
}

/// The context that a record was written in. One that breaks the rules counts as none, as those demand.
pub(crate) fn carried(record: &impl Record) -> Option<SpanContext> {
    let text = |name: &str| {
        let value = record.headers().find(|(key, _)| *key == name)?.1?;
        std::str::from_utf8(value).ok()
    };
    let parent = text(TRACEPARENT).filter(|parent| is_whole(parent))?;
    let carried = Carried { parent, state: text(TRACESTATE) };
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carried);
    Some(context.span().span_context().clone()).filter(SpanContext::is_valid)
}

/// Whether each part has its length, which the library does not ask (Trace Context, section 3.2.2.1): version, trace,
/// parent and flags; later versions may have more.
fn is_whole(parent: &str) -> bool {
    let lengths = parent.split('-').map(str::len);
    lengths.clone().count() >= 4 && lengths.take(4).eq([2, 32, 16, 2])
}

/// The headers that carry a context on.
pub(crate) fn headers(context: &SpanContext) -> Headers {
    let mut put = Put(Headers::new());
    let context = Context::new().with_remote_span_context(context.clone());
    TraceContextPropagator::new().inject_context(&context, &mut put);
    put.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::OwnedRecord;

    fn record(headers: &[(&str, &str)]) -> OwnedRecord {
        let header = |(key, value): &(&str, &str)| ((*key).to_owned(), Some(value.as_bytes().to_vec()));
        OwnedRecord {
            topic: "product-usage".to_owned(),
            partition: 0,
            offset: 0,
            written_at: None,
            key: None,
            value: None,
            headers: headers.iter().map(header).collect(),
        }
    }

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn what_came_goes_on_as_it_came() {
        for headers_in in [
            &[("traceparent", PARENT)][..],
            &[("ce_id", "1"), ("tracestate", "a=1,b=2"), ("traceparent", PARENT)],
            &[("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")],
        ] {
            let came = record(headers_in);
            let on = record(&[]);
            let on = OwnedRecord { headers: headers(&carried(&came).unwrap()), ..on };
            let of = |record: &OwnedRecord, name: &str| {
                record.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
            };
            for name in [TRACEPARENT, TRACESTATE] {
                assert_eq!(of(&came, name), of(&on, name), "{headers_in:?}");
            }
        }
    }

    #[test]
    fn what_breaks_the_rules_counts_as_nothing() {
        for parent in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-1-2-3",
            "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "acme\u{0}",
        ] {
            assert_eq!(carried(&record(&[("traceparent", parent)])), None, "{parent}");
        }
        assert_eq!(carried(&record(&[("tracestate", "a=1")])), None);
    }
}
