//! What a day asks for.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query as Asking, State};
use springtide_core::time::format_rfc3339;
use springtide_inbox::{Digest, Listed, Standing, Whose};

use super::opportunities::{instant, text, wrong};
use super::shapes::{self, AskedDigest, More, NotAdmitted, Refused, Summary};
use super::{Api, Refusal, Viewer};

/// What a day asks for, of everybody or of somebody. Each opportunity is in one list.
#[utoipa::path(get, path = "/api/v1/digest", tag = "opportunities", params(AskedDigest), responses(
    (status = 200, body = shapes::Digest),
    (status = 400, description = "Something asked for is not as it should be.", body = Refused),
    NotAdmitted,
    (status = 503, description = "Not now.", body = Refused),
))]
pub(super) async fn digest(
    _: Viewer,
    State(api): State<Api>,
    asked: Result<Asking<AskedDigest>, QueryRejection>,
) -> Result<Json<shapes::Digest>, Refusal> {
    let Asking(asked) = asked.map_err(|rejected| wrong(rejected.body_text()))?;
    let at = asked.at.map(instant).transpose()?.unwrap_or_else(|| api.desk.now());
    let whose = Whose { owner: text(asked.owner), role: text(asked.role) };
    api.must_be_level()?;
    api.look(|inbox| Json(shaped(&inbox.digest(whose.clone(), at, &api.desk.rules().calendar))))
}

fn shaped(digest: &Digest<'_>) -> shapes::Digest {
    let rows = |list: &Listed<'_>| {
        list.rows.iter().map(|row| Summary::new(row, Standing::New, digest.as_of)).collect()
    };
    let named = |name: &Option<Box<str>>| name.as_deref().map(str::to_owned);
    shapes::Digest {
        as_of: format_rfc3339(digest.as_of),
        owner: named(&digest.whose.owner),
        role: named(&digest.whose.role),
        interrupt: rows(&digest.interrupt),
        due: rows(&digest.due),
        fresh: rows(&digest.fresh),
        back: rows(&digest.back),
        working: digest.working,
        later: digest.later,
        more: More {
            interrupt: digest.interrupt.more,
            due: digest.due.more,
            fresh: digest.fresh.more,
            back: digest.back.more,
        },
        markdown: digest.markdown(),
    }
}
