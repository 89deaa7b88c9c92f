//! Where traces go (SPEC 7.1): to a collector that takes OTLP over HTTP, named by a setting of ours or by OpenTelemetry's
//! own variables; nowhere where nobody says.

use crate::args::RunArgs;
use crate::failure::Failure;

/// OpenTelemetry's variable for the collector.
pub const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// OpenTelemetry's variable for the whole URL that takes traces.
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
/// OpenTelemetry's variable that turns all of it off.
const DISABLED: &str = "OTEL_SDK_DISABLED";
/// Below the collector, where traces are taken.
const PATH: &str = "/v1/traces";

/// The URL that takes traces. A flag goes over OpenTelemetry's variables, and those over the file.
pub(super) fn url(
    args: &RunArgs,
    file: Option<&str>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, Failure> {
    let given = |name: &str| environment(name).filter(|text| !text.is_empty());
    if given(DISABLED).is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let below = |base: &str| format!("{}{PATH}", base.trim_end_matches('/').trim_end_matches(PATH));
    if let Some(base) = args.otlp_endpoint.as_deref() {
        return checked("--otlp-endpoint", below(base)).map(Some);
    }
    if let Some(whole) = given(TRACES_ENDPOINT) {
        return checked(TRACES_ENDPOINT, whole).map(Some);
    }
    if let Some(base) = given(ENDPOINT) {
        return checked(ENDPOINT, below(&base)).map(Some);
    }
    file.map(|base| checked("configuration: `otlp_endpoint`", below(base))).transpose()
}

/// The URL, unless it can't be one, or holds what would be shown with it.
fn checked(whose: &str, url: String) -> Result<String, Failure> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let host = rest.and_then(|rest| rest.split('/').next());
    match host {
        None | Some("") => {
            Err(Failure::Usage(format!("{whose}: expected a URL such as http://localhost:4318")))
        }
        Some(host) if host.contains('@') => Err(Failure::Usage(format!(
            "{whose}: user and password would be seen; what the collector asks for belongs into \
             OTEL_EXPORTER_OTLP_HEADERS, such as `authorization=Basic …`"
        ))),
        Some(_) => Ok(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(
        flag: Option<&str>,
        variables: &[(&str, &str)],
        file: Option<&str>,
    ) -> Result<Option<String>, String> {
        let args = RunArgs { otlp_endpoint: flag.map(str::to_owned), ..RunArgs::default() };
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
        };
        url(&args, file, variable).map_err(|error| error.to_string())
    }

    #[test]
    fn a_flag_goes_over_variables_and_those_over_the_file() {
        let whole = |base: &str| Ok(Some(format!("{base}/v1/traces")));
        assert_eq!(found(None, &[], None), Ok(None));
        assert_eq!(found(None, &[], Some("http://file:4318")), whole("http://file:4318"));
        let variables = [(ENDPOINT, "http://all:4318/"), (TRACES_ENDPOINT, "http://own:1/in")];
        assert_eq!(found(None, &variables[..1], Some("http://file:4318")), whole("http://all:4318"));
        assert_eq!(found(None, &variables, None), Ok(Some("http://own:1/in".to_owned())));
        assert_eq!(found(Some("https://flag/v1/traces"), &variables, None), whole("https://flag"));
        assert_eq!(found(Some("http://flag"), &[(DISABLED, "TRUE")], None), Ok(None));
        assert_eq!(found(None, &[(ENDPOINT, "")], None), Ok(None));
    }

    #[test]
    fn what_is_no_url_or_shows_a_secret_is_refused_without_repeating_it() {
        for (text, part) in [
            ("collector:4318", "such as http://localhost:4318"),
            ("http:///x", "such as http://localhost:4318"),
            ("http://me:s3cret@collector:4318", "OTEL_EXPORTER_OTLP_HEADERS"),
        ] {
            let said = found(None, &[(ENDPOINT, text)], None).unwrap_err();
            assert!(said.contains(ENDPOINT) && said.contains(part) && !said.contains("s3cret"), "{said}");
        }
    }
}
