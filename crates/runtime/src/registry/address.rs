//! Where a schema registry is, and as whom to ask it. What is secret never shows.

use std::fmt;

/// A schema registry: one or more servers that answer alike, each asked when the ones before it fail.
#[derive(Clone, PartialEq, Eq)]
pub struct RegistrySettings {
    servers: Vec<Server>,
}

/// One server of a registry.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// Without user information, without a slash at the end.
    pub(super) url: String,
    pub(super) login: Option<Login>,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: Option<String>,
}

impl RegistrySettings {
    /// Reads URLs separated by commas. User and password are for servers whose URL names none of its own
    /// (`https://user:password@host`, percent-encoded).
    ///
    /// # Errors
    /// What is wrong, without repeating anything that may be secret.
    ///
    /// ```
    /// use springtide_runtime::RegistrySettings;
    /// let settings = RegistrySettings::new("http://one:8081, http://me:secret@two:8081/", None, None).unwrap();
    /// assert_eq!(settings.to_string(), "http://one:8081,http://two:8081");
    /// assert!(RegistrySettings::new("localhost:8081", None, None).is_err());
    /// ```
    pub fn new(urls: &str, user: Option<&str>, password: Option<&str>) -> Result<RegistrySettings, String> {
        if user.is_none() && password.is_some() {
            return Err("the schema registry's password is given, but no user".to_owned());
        }
        let login = user.map(|user| Login { user: user.to_owned(), password: password.map(str::to_owned) });
        let servers: Result<Vec<Server>, String> =
            urls.split(',').map(|url| Server::parse(url.trim(), login.as_ref())).collect();
        Ok(RegistrySettings { servers: servers? })
    }

    pub(super) fn servers(&self) -> &[Server] {
        &self.servers
    }
}

impl Server {
    fn parse(url: &str, login: Option<&Login>) -> Result<Server, String> {
        let expected = "expected a URL such as http://localhost:8081";
        if url.is_empty() {
            return Err(format!("the schema registry's URL is empty; {expected}"));
        }
        let (scheme, rest) =
            url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")).ok_or_else(
                || format!("the schema registry's URL does not begin with http:// or https://; {expected}"),
            )?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (own, host) = match authority.rsplit_once('@') {
            Some((own, host)) => (Some(own), host),
            None => (None, authority),
        };
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(format!("the schema registry's URL names no host; {expected}"));
        }
        if path.contains(['?', '#', '@']) {
            return Err(format!(
                "the schema registry's URL has more than a path behind its host; {expected}"
            ));
        }
        let own = own.map(Login::parse).transpose()?;
        let url = format!("{scheme}://{host}{}", path.trim_end_matches('/'));
        Ok(Server { url, login: own.or_else(|| login.cloned()) })
    }
}

impl Login {
    fn parse(text: &str) -> Result<Login, String> {
        let (user, password) = match text.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (text, None),
        };
        let plain = |text: &str| {
            percent_decoded(text).ok_or_else(|| {
                "the user information in the schema registry's URL is not percent-encoded".to_owned()
            })
        };
        Ok(Login { user: plain(user)?, password: password.map(plain).transpose()? })
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            plain.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            plain.push(*first);
        }
    }
    String::from_utf8(plain).ok()
}

impl fmt::Display for RegistrySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls: Vec<&str> = self.servers.iter().map(|server| &*server.url).collect();
        f.write_str(&urls.join(","))
    }
}

impl fmt::Debug for RegistrySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.servers).finish()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)?;
        f.write_str(if self.login.is_some() { " (with a login)" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(urls: &str) -> Result<RegistrySettings, String> {
        RegistrySettings::new(urls, Some("all"), Some("s3cret"))
    }

    #[test]
    fn urls_are_read() {
        let table: [(&str, &str, &str, Option<&str>); 7] = [
            ("http://localhost:8081", "http://localhost:8081", "all", Some("s3cret")),
            (
                "https://r.example/apis/ccompat/v7/",
                "https://r.example/apis/ccompat/v7",
                "all",
                Some("s3cret"),
            ),
            ("http://me:s3cret@host", "http://host", "me", Some("s3cret")),
            ("http://me@host:1/x", "http://host:1/x", "me", None),
            ("http://m%40e:a%3Ab%2f@host", "http://host", "m@e", Some("a:b/")),
            ("http://me:a@b@host", "http://host", "me", Some("a@b")),
            ("http://[::1]:8081", "http://[::1]:8081", "all", Some("s3cret")),
        ];
        for (text, url, user, password) in table {
            let settings = read(text).unwrap();
            let [Server { url: found, login: Some(login) }] = settings.servers() else { panic!("{text}") };
            assert_eq!((&**found, &*login.user, login.password.as_deref()), (url, user, password), "{text}");
        }
        let two = read("http://a, http://me:s3cret@b").unwrap();
        assert_eq!(
            two.servers().iter().map(|server| &*server.url).collect::<Vec<_>>(),
            ["http://a", "http://b"]
        );
        assert_eq!(
            RegistrySettings::new("http://a", None, None).unwrap().servers()[0].login.as_ref().map(|_| ()),
            None
        );
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for (text, part) in [
            ("", "is empty"),
            ("http://a,,http://b", "is empty"),
            ("localhost:8081", "does not begin with http"),
            ("s3cret@localhost", "does not begin with http"),
            ("ftp://me:s3cret@host", "does not begin with http"),
            ("http://me:s3cret@/x", "names no host"),
            ("http://me:s3cret@ho st", "names no host"),
            ("http://me:s3/cret@host", "more than a path"),
            ("http://host?key=s3cret", "more than a path"),
            ("http://me:s3cret%zz@host", "percent-encoded"),
        ] {
            let message = read(text).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
            assert!(!message.contains("s3cret"), "{message}");
        }
        assert!(RegistrySettings::new("http://a", None, Some("s3cret")).unwrap_err().contains("no user"));
    }

    #[test]
    fn secrets_do_not_show() {
        let settings = read("http://a:1,https://me:s3cret@b/x").unwrap();
        assert_eq!(settings.to_string(), "http://a:1,https://b/x");
        let debug = format!("{settings:?}");
        assert!(debug.contains("http://a:1 (with a login)"), "{debug}");
        for shown in [debug, settings.to_string(), format!("{settings:#?}")] {
            assert!(!shown.contains("s3cret") && !shown.contains("me:"), "{shown}");
        }
    }
}
