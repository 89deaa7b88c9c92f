//! Signals that name a domain: whether they are routed, and how (SPEC 9.4).

use std::time::Duration;

use springtide_domains::Public;
use springtide_runtime::ByDomain;
use springtide_runtime::domains::TOPIC;

use super::{Config, wrong};
use crate::args::{ConnectionArgs, duration};
use crate::failure::Failure;

impl Config {
    /// How they are routed; nothing where nobody says that they are. What is wrong is told in any case.
    pub(super) fn by_domain(
        &self,
        connection: &ConnectionArgs,
        application_id: &str,
    ) -> Result<Option<ByDomain>, Failure> {
        let mut by = ByDomain::new(application_id);
        if let Some(name) = self.topics.get(TOPIC) {
            by.topic.clone_from(name);
        }
        if let Some(text) = &self.domain_wait {
            let wait = duration(text).map_err(|message| wrong("domain_wait", &message))?;
            by.wait = Duration::from_millis(wait.unsigned_abs());
        }
        if let Some(names) = &self.public_domains {
            let public = Public::of(names.iter().map(String::as_str));
            let refused = |(name, why)| wrong("public_domains", &format!("`{name}` is no domain: {why}"));
            by.public = public.map_err(refused)?;
        }
        Ok((connection.by_domain || self.by_domain.unwrap_or(false)).then_some(by))
    }
}
