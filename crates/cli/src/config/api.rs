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
}
