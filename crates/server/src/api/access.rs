//! Who asks, and what they may (SPEC 9.2): a token, what a proxy says that has seen who it is, or, where neither is set up,
//! whoever is on this machine.

use std::net::IpAddr;

use axum::http::{HeaderMap, StatusCode, header};

use super::Refusal;

/// What somebody may do; each may what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// See.
    View,
    /// Decide.
    Decide,
    /// Change how the process works.
    Admin,
}

impl Role {
    /// The one of a name: `view`, `decide` or `admin`.
    ///
    /// ```
    /// use springtide_server::api::Role;
    /// assert_eq!(Role::from_name("decide"), Some(Role::Decide));
    /// assert!(Role::Admin > Role::View);
    /// ```
    pub fn from_name(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// All, each may what those before it may.
    pub const ALL: [Role; 3] = [Role::View, Role::Decide, Role::Admin];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Role::View => "view",
            Role::Decide => "decide",
            Role::Admin => "admin",
        }
    }
}

/// Somebody who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their name, as decisions have it.
    pub name: String,
    /// What they may.
    pub role: Role,
}

/// A token and whose it is.
#[derive(Clone)]
pub struct Token {
    /// What stands behind `Authorization: Bearer`.
    pub secret: String,
    /// Who has it.
    pub person: Person,
}

/// Without the token.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("person", &self.person).finish_non_exhaustive()
    }
}

/// Headers in which a proxy says who asks. It must be the only one that can connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyHeaders {
    /// The header with the name.
    pub user: String,
    /// The header with the role; everybody may decide where there is none.
    pub role: Option<String>,
}

/// Who may ask.
#[derive(Clone, Default)]
pub struct Access {
    /// Tokens.
    pub tokens: Vec<Token>,
    /// A proxy's headers.
    pub proxy: Option<ProxyHeaders>,
}

/// Without what is secret.
impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("tokens", &self.tokens.len()).field("proxy", &self.proxy).finish()
    }
}

impl Access {
    /// Reads a file of tokens: a line each with a name, a role and the token, spaces between; `#` begins a comment.
    ///
    /// # Errors
    /// Which line is wrong, and how, without the token.
    ///
    /// ```
    /// use springtide_server::api::Access;
    /// let tokens = Access::read_tokens("# who role token\nann decide 6f1b0f3e5000800000000001\n").unwrap();
    /// assert_eq!(tokens[0].person.name, "ann");
    /// assert!(Access::read_tokens("ann boss 6f1b0f3e5000800000000001").unwrap_err().contains("line 1"));
    /// ```
    pub fn read_tokens(text: &str) -> Result<Vec<Token>, String> {
        let mut tokens = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            let wrong = |what: &str| format!("line {}: {what}", number + 1);
            match words[..] {
                [] => {}
                [name, role, secret] => {
                    let role = Role::from_name(role)
                        .ok_or_else(|| wrong("the role must be view, decide or admin"))?;
                    if secret.len() < SHORTEST_TOKEN {
                        return Err(wrong("the token is shorter than 16 characters, and could be guessed"));
                    }
                    let person = Person { name: name.to_owned(), role };
                    tokens.push(Token { secret: secret.to_owned(), person });
                }
                _ => return Err(wrong("expected a name, a role and a token, with spaces between")),
            }
        }
        Ok(tokens)
    }

    /// Who asks, if they may at all.
    pub(super) fn who(&self, peer: IpAddr, headers: &HeaderMap) -> Result<Person, Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        if let Some(given) = text("authorization").and_then(|value| value.strip_prefix("Bearer ")) {
            return self.holder(given).ok_or_else(|| unknown("the token is not known here"));
        }
        if let Some(proxy) = &self.proxy {
            let name = text(&proxy.user).filter(|name| !name.is_empty());
            let name = name.ok_or_else(|| unknown("the proxy says not who asks"))?.to_owned();
            let role = match &proxy.role {
                None => Some(Role::Decide),
                Some(header) => text(header).and_then(Role::from_name),
            };
            let role = role.ok_or_else(|| unknown("the proxy gives no role: view, decide or admin"))?;
            return Ok(Person { name, role });
        }
        if !self.tokens.is_empty() {
            return Err(unknown("say who asks: `Authorization: Bearer TOKEN`"));
        }
        if !peer.to_canonical().is_loopback() || !is_local(text("host")) {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "only this machine may ask: set up api_tokens, or the header of a proxy that knows who asks",
            ));
        }
        Ok(Person { name: "local".to_owned(), role: Role::Admin })
    }

    /// The headers that say who asks.
    pub(super) fn telling(&self) -> impl Iterator<Item = &str> {
        let proxy = self.proxy.iter().flat_map(|proxy| [Some(&*proxy.user), proxy.role.as_deref()]);
        std::iter::once("authorization").chain(proxy.flatten())
    }

    /// Whose token it is. How long that takes says nothing of how much of it is right.
    fn holder(&self, given: &str) -> Option<Person> {
        let same = |token: &Token| {
            let (own, given) = (token.secret.as_bytes(), given.as_bytes());
            own.len() == given.len() && own.iter().zip(given).fold(0, |all, (a, b)| all | (a ^ b)) == 0
        };
        let found =
            self.tokens.iter().fold(None, |found, token| if same(token) { Some(token) } else { found });
        found.map(|token| token.person.clone())
    }
}

const SHORTEST_TOKEN: usize = 16;

fn unknown(reason: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, reason)
}

/// Whether a request names this machine as itself does: another name that leads here may be somebody else's trick to have
/// a visitor's browser ask (DNS rebinding).
fn is_local(host: Option<&str>) -> bool {
    let Some(host) = host else { return true };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Refuses what a page of somebody else's asks in a visitor's name: a browser says whose page it is.
pub(super) fn must_be_ours(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(origin) = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()) else {
        return Ok(());
    };
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let own = origin.split_once("://").map(|(_, authority)| authority);
    if own == Some(host) {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::FORBIDDEN, "another site's page asks: decisions are made on this one alone"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef-ann";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn access(tokens: &str, proxy: Option<(&str, Option<&str>)>) -> Access {
        let proxy =
            proxy.map(|(user, role)| ProxyHeaders { user: user.to_owned(), role: role.map(str::to_owned) });
        Access { tokens: Access::read_tokens(tokens).unwrap(), proxy }
    }

    fn who(access: &Access, peer: &str, pairs: &[(&'static str, &str)]) -> Result<(String, Role), u16> {
        let who = access.who(peer.parse().unwrap(), &headers(pairs));
        who.map(|person| (person.name, person.role)).map_err(|refusal| refusal.status.as_u16())
    }

    #[test]
    fn without_any_set_up_this_machine_may_all_and_nobody_else_anything() {
        let open = Access::default();
        let local = Ok(("local".to_owned(), Role::Admin));
        for host in ["localhost:9090", "127.0.0.1:9090", "[::1]:9090", "localhost"] {
            assert_eq!(who(&open, "127.0.0.1", &[("host", host)]), local, "{host}");
        }
        assert_eq!(who(&open, "::ffff:127.0.0.1", &[]), local);
        assert_eq!(who(&open, "10.0.0.1", &[("host", "localhost:9090")]), Err(403));
        for host in ["evil.example:9090", "localhost.evil.example", "10.0.0.1:9090", "[::2]:9090"] {
            assert_eq!(who(&open, "127.0.0.1", &[("host", host)]), Err(403), "{host}");
        }
    }

    #[test]
    fn a_token_says_who_asks_from_anywhere_and_without_one_nobody_may() {
        let access = access(&format!("ann decide {TOKEN} # hers\n\n#\nbob view {TOKEN}{TOKEN}"), None);
        let bearer = |token: &str| format!("Bearer {token}");
        let ask = |token: &str| who(&access, "10.0.0.1", &[("authorization", &bearer(token))]);
        assert_eq!(ask(TOKEN), Ok(("ann".to_owned(), Role::Decide)));
        assert_eq!(ask(&TOKEN.repeat(2)), Ok(("bob".to_owned(), Role::View)));
        for wrong in ["", "x", &TOKEN[1..], &TOKEN.to_uppercase()] {
            assert_eq!(ask(wrong), Err(401), "{wrong}");
        }
        assert_eq!(who(&access, "127.0.0.1", &[("host", "localhost")]), Err(401));
        assert!(!format!("{access:?} {:?}", access.tokens).contains(TOKEN));
    }

    #[test]
    fn a_proxy_says_who_asks_and_what_they_may() {
        let free = access("", Some(("x-user", None)));
        assert_eq!(who(&free, "10.0.0.1", &[("x-user", "ann")]), Ok(("ann".to_owned(), Role::Decide)));
        assert_eq!(who(&free, "127.0.0.1", &[("x-user", "")]), Err(401));
        let strict = access("", Some(("x-user", Some("x-role"))));
        let ask = |role: &str| who(&strict, "10.0.0.1", &[("x-user", "ann"), ("x-role", role)]);
        assert_eq!(ask("view"), Ok(("ann".to_owned(), Role::View)));
        assert_eq!(ask("boss"), Err(401));
    }

    #[test]
    fn tokens_that_are_written_wrongly_are_told_by_line_and_not_shown() {
        for (text, part) in [
            (format!("\nann {TOKEN}"), "line 2: expected a name"),
            (format!("ann boss {TOKEN}"), "view, decide or admin"),
            ("ann view s3cret".to_owned(), "shorter than 16"),
        ] {
            let said = Access::read_tokens(&text).err().unwrap();
            assert!(said.contains(part) && !said.contains(TOKEN) && !said.contains("s3cret"), "{said}");
        }
    }

    #[test]
    fn pages_of_others_are_refused() {
        for (origin, is_ours) in [
            (None, true),
            (Some("http://localhost:9090"), true),
            (Some("https://localhost:9090"), true),
            (Some("http://localhost"), false),
            (Some("http://evil.example"), false),
            (Some("null"), false),
        ] {
            let mut pairs = vec![("host", "localhost:9090")];
            pairs.extend(origin.map(|origin| ("origin", origin)));
            assert_eq!(must_be_ours(&headers(&pairs)).is_ok(), is_ours, "{origin:?}");
        }
    }
}
