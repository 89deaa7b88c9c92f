//! What changes, as it changes: a stream of server-sent events. Nothing is kept for whoever is slow: they are told to look
//! again.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde_json::json;
use springtide_core::time::format_rfc3339;
use springtide_inbox::{Change, What};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::shapes::{Changed, NotAdmitted, Refused, Stands};
use super::{Api, Refusal, Viewer};

/// So many may listen at once.
pub(super) const MOST_STREAMS: usize = 200;
/// How often a line goes out where nothing changes, so that nobody in between takes the stream for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Somebody who listens.
struct Listener {
    api: Api,
    changes: Receiver<Change>,
    ended: watch::Receiver<()>,
    /// The number of the next event; 0 before all.
    next: u64,
    _one_of_them: OwnedSemaphorePermit,
}

/// What changes from now on, as server-sent events: `hello` with `as_of` first, then `change`s; `lost` says that some were left
/// out, because they came faster than they were taken, and that lists are to be asked for again. What time alone brings
/// about is no event: the end of a rest, a date to act by.
#[utoipa::path(get, path = "/api/v1/changes", tag = "opportunities", responses(
    (status = 200, description = "The stream; `data` of a `change` is as described.", body = Changed,
        content_type = "text/event-stream"),
    NotAdmitted,
    (status = 503, description = "Not now, or too many listen.", body = Refused),
))]
pub(super) async fn changes(_: Viewer, State(api): State<Api>) -> Result<Response, Refusal> {
    api.must_be_level()?;
    let permit = api.streams.clone().try_acquire_owned();
    let permit = permit.map_err(|_| Refusal {
        again_after: Some(30),
        ..Refusal::later(format!("{MOST_STREAMS} listen to changes already, which is as many as may"))
    })?;
    // Before `hello`: whoever looks after that misses nothing.
    let (changes, ended) = (api.desk.changes(), api.ended.clone());
    let listener = Listener { api, changes, ended, next: 0, _one_of_them: permit };
    let stream = unfold(listener, |mut listener| async {
        let event = listener.event().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let events = Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    // A proxy that gathers answers before it passes them on is asked not to.
    Ok(([("x-accel-buffering", "no")], events).into_response())
}

impl Listener {
    /// The next event; none where the server ends.
    async fn event(&mut self) -> Option<Event> {
        let number = self.next;
        self.next += 1;
        if number == 0 {
            let as_of = format_rfc3339(self.api.desk.now());
            return Some(Event::default().event("hello").data(json!({ "as_of": as_of }).to_string()));
        }
        let event = loop {
            let change = tokio::select! {
                _ = self.ended.changed() => return None,
                change = self.changes.recv() => change,
            };
            match change {
                Err(RecvError::Closed) => return None,
                Err(RecvError::Lagged(count)) => {
                    break Event::default().event("lost").data(json!({ "changes": count }).to_string());
                }
                Ok(change) => {
                    if let Some(changed) = self.changed(change) {
                        let data = serde_json::to_string(&changed).unwrap_or_default();
                        break Event::default().event("change").data(data);
                    }
                }
            }
        };
        Some(event.id(number.to_string()))
    }

    /// A change as it is sent; none of what is gone by now, of which another change says so.
    fn changed(&self, change: Change) -> Option<Changed> {
        let now = self.api.desk.now();
        let stands = self.api.look(|inbox| {
            inbox.find(change.id, now).map(|found| Stands {
                account_id: found.row.account.to_string(),
                account_name: found.row.account_name.to_string(),
                headline: found.row.headline.to_string(),
                urgency: found.row.urgency.to_string(),
                owner: found.row.route.owner.as_deref().map(str::to_owned),
                role: found.row.route.role.to_string(),
                standing: found.standing.name(),
            })
        });
        let stands = stands.ok()?.filter(|_| change.what != What::Erased);
        (change.what == What::Erased || stands.is_some()).then(|| Changed {
            opportunity_id: change.id.to_string(),
            kind: change.what.name(),
            stands,
            actor: change.actor.map(String::from),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use springtide_core::event::Outcome;
    use springtide_core::rules::{Calendar, Drafts, Rules, Scoring};
    use springtide_core::time::Millis;
    use springtide_inbox::{Inbox, Place, Row};
    use springtide_report::Reported;
    use tokio::sync::{Semaphore, broadcast};
    use uuid::Uuid;

    use super::*;
    use crate::api::Access;
    use crate::api::peers::Peers;
    use crate::desk::{Desk, Whose};

    struct Fixed(Inbox, broadcast::Sender<Change>, Rules, Drafts);

    impl Desk for Fixed {
        fn is_level(&self) -> bool {
            true
        }
        fn look(&self, look: &mut dyn FnMut(&Inbox)) {
            look(&self.0);
        }
        fn changes(&self) -> Receiver<Change> {
            self.1.subscribe()
        }
        fn rules(&self) -> &Rules {
            &self.2
        }
        fn revisions(&self, _: Uuid) -> Result<Option<Vec<String>>, String> {
            Ok(None)
        }
        fn reported(&self) -> Reported {
            Reported::Making(0)
        }
        fn drafts(&self) -> &Drafts {
            &self.3
        }
        fn whole(&self, _: Uuid) -> Result<Option<String>, String> {
            Ok(None)
        }
        fn decide(&self, _: &str, _: &Outcome) -> Result<(), String> {
            Ok(())
        }
        fn account(&self, _: &str) -> Result<Whose, String> {
            Ok(Whose::Nobody("nobody is asked".to_owned()))
        }
        fn now(&self) -> Millis {
            0
        }
    }

    fn change(number: u128, what: What) -> Change {
        Change { id: Uuid::from_u128(number), what, actor: None }
    }

    #[tokio::test]
    async fn whoever_is_slow_is_told_so_and_goes_on_from_what_is_kept() {
        let mut inbox = Inbox::default();
        let at = "1970-01-01T00:00:00Z";
        let row = format!(
            r#"{{"opportunity_id":"{}","revision":1,"status":"open","account_id":"a","account_name":"line\nbreak",
            "segment":"smb","play":"p","motion":"seat","opened_at":"{at}","updated_at":"{at}","act_by":"{at}","urgency":"low",
            "score":1.0,"route":{{"role":"sales","owner":null}},"headline":"H","yearly_value":1.0,"currency":"EUR"}}"#,
            Uuid::from_u128(1)
        );
        inbox.put(Row::read(&row, Place::default()).unwrap());
        let (sender, ended) = (broadcast::Sender::new(4), watch::channel(()));
        let rules = Rules::new("v", Vec::new(), Vec::new(), Scoring::default(), Calendar::default());
        let desk = Arc::new(Fixed(inbox, sender.clone(), rules, Drafts::default()));
        let streams = Arc::new(Semaphore::new(1));
        let permit = streams.clone().try_acquire_owned().unwrap();
        let (access, until) = (Arc::new(Access::default()), ended.1.clone());
        let api = Api {
            desk,
            access,
            peers: Peers::new(),
            limit: Arc::default(),
            deciding: Arc::default(),
            reports: Arc::default(),
            streams,
            ended: until,
        };
        let (changes, ended_too) = (sender.subscribe(), ended.1.clone());
        let mut listener = Listener { api, changes, ended: ended_too, next: 0, _one_of_them: permit };
        for _ in 0..6 {
            sender.send(change(1, What::Revised)).unwrap();
        }
        // Nobody knows the second; of it only an erasure is worth a word.
        sender.send(change(2, What::Revised)).unwrap();
        sender.send(change(2, What::Erased)).unwrap();
        let mut said = Vec::new();
        for _ in 0..5 {
            said.push(format!("{:?}", listener.event().await.unwrap()));
        }
        for (said, parts) in said.iter().zip([
            &["hello", "as_of"][..],
            &["lost", r#"{\"changes\":4}"#, "id: 1"],
            &["change", r#"\"kind\":\"revised\""#, r#"line\\nbreak"#, "id: 2"],
            &["change", "id: 3"],
            &[
                "change",
                r#"{\"opportunity_id\":\"00000000-0000-0000-0000-000000000002\",\"kind\":\"erased\"}"#,
            ],
        ]) {
            assert!(parts.iter().all(|part| said.contains(part)), "{said}: {parts:?}");
        }
        drop(ended.0);
        assert!(listener.event().await.is_none());
    }
}
