//! The API and who may ask it: settings, and the file of tokens (SPEC 9.2).

use springtide_server::api::{Access, ProxyHeaders};

use super::{Config, wrong};
use crate::args::RunArgs;
use crate::failure::Failure;

impl Config {
    /// Who may ask; nothing where there is no API.
    pub fn api(&self, args: &RunArgs) -> Result<Option<Access>, Failure> {
        if !args.api && !self.api.unwrap_or_default() {
            return Ok(None);
        }
        if self.listen(args).is_none() {
            return Err(Failure::Usage(
                "the API needs an address to answer on: --listen HOST:PORT".to_owned(),
            ));
        }
        let tokens = match args.api_tokens.as_ref().or(self.api_tokens.as_ref()) {
            None => Vec::new(),
            Some(path) => {
                let failed = |error: String| Failure::File(path.clone(), error);
                let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
                let tokens = Access::read_tokens(&text).map_err(failed)?;
                if tokens.is_empty() {
                    return Err(failed("it has no token".to_owned()));
                }
                tokens
            }
        };
        let proxy = match (&self.api_user_header, &self.api_role_header) {
            (None, Some(_)) => {
                return Err(wrong("api_role_header", "the header with the name is missing: api_user_header"));
            }
            (None, None) => None,
            (Some(user), role) => Some(ProxyHeaders { user: user.clone(), role: role.clone() }),
        };
        Ok(Some(Access { tokens, proxy }))
    }

    /// Where others reach what this process answers, as it was told; an address says it where it was not.
    pub fn advertise(&self, args: &RunArgs) -> Result<Option<String>, Failure> {
        let told = args.advertise.as_ref().or(self.advertise.as_ref());
        match told {
            Some(address) if !is_reachable(address) => Err(wrong(
                "advertise",
                &format!(
                    "`{address}` is no HOST:PORT that others could ask, such as springtide-0.internal:9090"
                ),
            )),
            told => Ok(told.cloned()),
        }
    }
}

/// A host and a port: what goes into an URL, and on the way there into a client id.
fn is_reachable(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    let named = |letter: char| letter.is_ascii_alphanumeric() || "-._[]:".contains(letter);
    !host.is_empty() && host.chars().all(named) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_could_not_ask_is_refused() {
        for (address, is_fine) in [
            ("springtide-0.internal:9090", true),
            ("10.0.0.7:80", true),
            ("[fe80::1]:80", true),
            ("host", false),
            (":9090", false),
            ("host:0", false),
            ("host/path:80", false),
            ("user@host:80", false),
        ] {
            assert_eq!(is_reachable(address), is_fine, "{address}");
        }
    }
}
