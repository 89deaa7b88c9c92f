//! The page where a person decides (SPEC 9.1): files in the binary, that ask the API and nobody else.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// The page's own files: path, kind, text.
const FILES: &[(&str, &str, &str)] = &[
    ("/", HTML, include_str!("../page/index.html")),
    ("/page/page.css", CSS, include_str!("../page/page.css")),
    ("/page/account.js", JS, include_str!("../page/account.js")),
    ("/page/api.js", JS, include_str!("../page/api.js")),
    ("/page/ask.js", JS, include_str!("../page/ask.js")),
    ("/page/charts.js", JS, include_str!("../page/charts.js")),
    ("/page/clipboard.js", JS, include_str!("../page/clipboard.js")),
    ("/page/decide.js", JS, include_str!("../page/decide.js")),
    ("/page/digest.js", JS, include_str!("../page/digest.js")),
    ("/page/dom.js", JS, include_str!("../page/dom.js")),
    ("/page/draft.js", JS, include_str!("../page/draft.js")),
    ("/page/inbox.js", JS, include_str!("../page/inbox.js")),
    ("/page/kept.js", JS, include_str!("../page/kept.js")),
    ("/page/keys.js", JS, include_str!("../page/keys.js")),
    ("/page/live.js", JS, include_str!("../page/live.js")),
    ("/page/main.js", JS, include_str!("../page/main.js")),
    ("/page/markdown.js", JS, include_str!("../page/markdown.js")),
    ("/page/opportunity.js", JS, include_str!("../page/opportunity.js")),
    ("/page/plays.js", JS, include_str!("../page/plays.js")),
    ("/page/report.js", JS, include_str!("../page/report.js")),
    ("/page/revisions.js", JS, include_str!("../page/revisions.js")),
    ("/page/score.js", JS, include_str!("../page/score.js")),
    ("/page/timeline.js", JS, include_str!("../page/timeline.js")),
    ("/page/why.js", JS, include_str!("../page/why.js")),
    ("/page/words.js", JS, include_str!("../page/words.js")),
];

/// What a browser lets the page do: its own files and its own server, in no frame, whatever an account is called.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes of the page.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.iter().fold(Router::new(), |router, &(path, kind, text)| {
        router.route(path, get(move || async move { file(kind, text) }))
    })
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let fixed = |name: HeaderName, value: &'static str| (name, HeaderValue::from_static(value));
    let headers = [
        fixed(header::CONTENT_TYPE, kind),
        // Another version of the program brings another page.
        fixed(header::CACHE_CONTROL, "no-cache"),
        fixed(header::CONTENT_SECURITY_POLICY, POLICY),
        fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        fixed(header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_that_another_imports_is_served_and_says_what_it_is_for() {
        let is_served =
            |name: &str| FILES.iter().any(|(path, _, _)| path.strip_prefix("/page/") == Some(name));
        let mut imports = 0;
        for (path, _, text) in FILES.iter().filter(|(_, kind, _)| *kind == JS) {
            assert!(text.starts_with("// "), "{path} does not begin with what it is for");
            for line in text.lines().filter(|line| line.starts_with("import ")) {
                let name = line.split("\"./").nth(1).and_then(|rest| rest.split('"').next());
                assert!(name.is_some_and(is_served), "{path}: {line}");
                imports += 1;
            }
            assert!(!text.contains("innerHTML ="), "{path}: what comes from elsewhere is text");
        }
        assert!(imports > 20, "{imports}");
    }
}
