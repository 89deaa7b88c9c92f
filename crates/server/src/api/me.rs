//! Who asks.

use axum::Json;

use super::Viewer;
use super::shapes::{Me, NotAdmitted};

/// Who you are here, and what you may.
#[utoipa::path(get, path = "/api/v1/me", tag = "access", responses((status = 200, body = Me), NotAdmitted))]
pub(super) async fn me(Viewer(person): Viewer) -> Json<Me> {
    Json(Me { name: person.name, role: person.role.name() })
}
