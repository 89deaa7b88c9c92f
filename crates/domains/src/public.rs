//! Domains that are nobody's.

use std::collections::BTreeSet;

use crate::name::{Malformed, normalised, parents};

/// Where anybody has a mail address, unless the configuration says otherwise: mail that comes from there says nothing of an
/// account.
pub const PUBLIC: [&str; 24] = [
    "aol.com",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "web.de",
    "yahoo.com",
    "yandex.ru",
];

/// A set of them, with all that is beneath.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public(BTreeSet<Box<str>>);

impl Default for Public {
    fn default() -> Public {
        Public(PUBLIC.into_iter().map(Box::from).collect())
    }
}

impl Public {
    /// Those of a list.
    ///
    /// # Errors
    /// The first that is no domain, and why.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Public, (String, Malformed)> {
        let one = |name: &str| match normalised(name) {
            Ok(domain) => Ok(domain.into_boxed_str()),
            Err(why) => Err((name.to_owned(), why)),
        };
        names.into_iter().map(one).collect::<Result<_, _>>().map(Public)
    }

    /// Whether a domain in its one form is public, or beneath a public one.
    ///
    /// ```
    /// use springtide_domains::Public;
    /// let public = Public::default();
    /// assert!(public.has("gmail.com") && public.has("eu.gmail.com") && !public.has("notgmail.com"));
    /// ```
    pub fn has(&self, domain: &str) -> bool {
        parents(domain).any(|name| self.0.contains(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_the_one_form_and_in_order() {
        assert_eq!(Public::of(PUBLIC), Ok(Public::default()));
        assert!(PUBLIC.is_sorted());
        assert_eq!(Public::of(["x.example", "com"]), Err(("com".to_owned(), Malformed::TopLevel)));
    }
}
