//! One question to the registry's servers, and what an answer that is no answer means.

use std::error::Error as _;
use std::time::Duration;

use schema_registry_converter::async_impl::schema_registry::{SrSettings, perform_sr_call};
use schema_registry_converter::error::SRCError;
use schema_registry_converter::schema_registry_common::{RawError, RawRegisteredSchema, SrCall};

use super::RegistrySettings;

/// Why the registry did not answer with what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The registry says that it has no such schema, subject or version.
    Unknown(String),
    /// The subject's compatibility does not allow the schema.
    Incompatible(String),
    /// The registry takes it for no schema.
    Invalid(String),
    /// User and password are missing or wrong (HTTP 401).
    NoLogin(String),
    /// Who asks may not (HTTP 403).
    Refused(String),
    /// Nothing that a registry says: no connection, no time, a fault of its own, another server than meant.
    Unreachable(String),
}

/// The registry's error codes for a subject, a version and a schema that it does not have. A plain 404 is what any
/// server says to a wrong path: it decides nothing.
const UNKNOWN: std::ops::RangeInclusive<u32> = 40_401..=40_403;

/// A connection to each server.
///
/// # Errors
/// Where TLS can't be set up.
pub(super) fn connect(settings: &RegistrySettings, timeout: Duration) -> Result<Vec<SrSettings>, String> {
    let one = |server: &super::address::Server| {
        let mut builder = SrSettings::new_builder(server.url.clone());
        builder.set_timeout(timeout);
        if let Some(login) = &server.login {
            builder.set_basic_authorization(&login.user, login.password.as_deref());
        }
        builder
            .build()
            .map_err(|error| format!("the schema registry's client can't be set up: {}", chain(&error)))
    };
    settings.servers().iter().map(one).collect()
}

/// Asks one server after the other, until one decides.
pub(super) async fn ask(servers: &[SrSettings], call: SrCall<'_>) -> Result<RawRegisteredSchema, Fault> {
    let mut said = Vec::new();
    let (mut no_login, mut refused) = (false, false);
    for server in servers {
        match perform_sr_call(server, call).await.map_err(|error| fault(&error)) {
            Err(Fault::NoLogin(message)) => {
                no_login = true;
                said.push(message);
            }
            Err(Fault::Refused(message)) => {
                refused = true;
                said.push(message);
            }
            Err(Fault::Unreachable(message)) => said.push(message),
            decided => return decided,
        }
    }
    let said = said.join("; ");
    Err(match (no_login, refused) {
        (true, _) => Fault::NoLogin(said),
        (_, true) => Fault::Refused(said),
        _ => Fault::Unreachable(said),
    })
}

fn fault(error: &SRCError) -> Fault {
    let own = error.source().and_then(|source| source.downcast_ref::<RawError>());
    let code = own.map_or(0, |own| own.error_code);
    let message = own.map_or_else(|| chain(error), |own| own.message.clone());
    let Some(status) = status(error) else {
        return Fault::Unreachable(message);
    };
    match status {
        404 if UNKNOWN.contains(&code) => Fault::Unknown(message),
        409 => Fault::Incompatible(message),
        422 => Fault::Invalid(message),
        401 => Fault::NoLogin(format!("HTTP status 401: {message}")),
        403 => Fault::Refused(format!("HTTP status 403: {message}")),
        404 => Fault::Unreachable(format!(
            "HTTP status 404, as where the URL's path is no registry's: {message}"
        )),
        _ => Fault::Unreachable(format!("HTTP status {status}: {message}")),
    }
}

/// The HTTP status of an error, which the client only has in words.
fn status(error: &SRCError) -> Option<u16> {
    let (_, rest) = error.error.split_once("with status ")?;
    rest.split(' ').next()?.parse().ok()
}

/// An error with all that caused it.
fn chain(error: &SRCError) -> String {
    let mut said = vec![error.error.clone()];
    let mut next = error.source();
    while let Some(error) = next {
        said.push(error.to_string());
        next = error.source();
    }
    said.join(": ")
}
