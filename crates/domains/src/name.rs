//! Names of domains in one form.

use std::fmt;

use idna::{AsciiDenyList, domain_to_ascii_cow};

/// The longest name and the longest label that DNS has (RFC 1035).
const LONGEST_NAME_BYTES: usize = 253;
const LONGEST_LABEL_BYTES: usize = 63;
const WWW: &str = "www.";

/// Why a text names no domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// There is nothing.
    Empty,
    /// It has letters that no name has, or they make no internationalised name.
    Letters,
    /// A label or the whole is longer than names are, or a label is empty.
    Length,
    /// It has one label: a top-level domain, or a machine's name.
    TopLevel,
    /// It is an address by number.
    Address,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Malformed::Empty => "it is empty",
            Malformed::Letters => "no name of a domain has such letters",
            Malformed::Length => {
                "its labels have 1 to 63 letters in names that are, and those have 253 together at most"
            }
            Malformed::TopLevel => "a name with one label is nobody's",
            Malformed::Address => "it is an address by number, not a name",
        })
    }
}

impl std::error::Error for Malformed {}

/// A domain in the one form that is compared: of a URL or mail address the host; lower case, without spaces around it, a
/// dot at its end or `www.` at its beginning; internationalised names as DNS has them (UTS 46).
///
/// ```
/// use springtide_domains::normalised;
/// for text in ["acme.com", " WWW.Acme.com. ", "https://u:p@www.acme.com:8080/x?y@z", "sales@acme.com"] {
///     assert_eq!(normalised(text).as_deref(), Ok("acme.com"));
/// }
/// assert_eq!(normalised("Bücher.example").as_deref(), Ok("xn--bcher-kva.example"));
/// ```
///
/// # Errors
/// [`Malformed`].
pub fn normalised(text: &str) -> Result<String, Malformed> {
    let text = text.trim();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = without_port(host);
    if host.is_empty() {
        return Err(Malformed::Empty);
    }
    let ascii = domain_to_ascii_cow(host.as_bytes(), AsciiDenyList::URL).map_err(|_| Malformed::Letters)?;
    let mut name = ascii.strip_suffix('.').unwrap_or(&ascii);
    while let Some(rest) = name.strip_prefix(WWW).filter(|rest| rest.contains('.')) {
        name = rest;
    }
    check(name)?;
    Ok(name.to_owned())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    }
}

fn check(name: &str) -> Result<(), Malformed> {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if !name.bytes().all(is_letter) {
        return Err(Malformed::Letters);
    }
    let fits = |label: &str| (1..=LONGEST_LABEL_BYTES).contains(&label.len());
    if name.len() > LONGEST_NAME_BYTES || !name.split('.').all(fits) {
        return Err(Malformed::Length);
    }
    let Some((_, last)) = name.rsplit_once('.') else { return Err(Malformed::TopLevel) };
    if last.bytes().all(|byte| byte.is_ascii_digit()) { Err(Malformed::Address) } else { Ok(()) }
}

/// A domain and those above it, the longest first, without its top-level one.
///
/// ```
/// let parents: Vec<&str> = springtide_domains::parents("mail.eu.acme.com").collect();
/// assert_eq!(parents, ["mail.eu.acme.com", "eu.acme.com", "acme.com"]);
/// ```
pub fn parents(domain: &str) -> impl Iterator<Item = &str> {
    let all = std::iter::successors(Some(domain), |name| name.split_once('.').map(|(_, rest)| rest));
    all.filter(|name| name.contains('.'))
}

/// A domain's labels from the last to the first: `com.acme.eu` of `eu.acme.com`. So sorted, whatever is beneath a domain
/// stands in one run ([`beneath`]).
pub fn reversed(domain: &str) -> String {
    domain.rsplit('.').collect::<Vec<_>>().join(".")
}

/// The bounds of the run of [`reversed`] names that are beneath a domain, itself left out.
///
/// ```
/// use springtide_domains::{beneath, reversed};
/// let (from, to) = beneath("acme.com");
/// let is_in = |name: &str| (from.clone()..to.clone()).contains(&reversed(name));
/// assert!(is_in("eu.acme.com") && is_in("mail.eu.acme.com"));
/// assert!(!is_in("acme.com") && !is_in("notacme.com") && !is_in("acme-x.com"));
/// ```
pub fn beneath(domain: &str) -> (String, String) {
    let of = reversed(domain);
    // What comes next after a dot is a slash.
    (format!("{of}."), format!("{of}/"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_comes_to_one_form() {
        for (text, name) in [
            ("acme.com", "acme.com"),
            ("\tACME.COM.\n", "acme.com"),
            ("www.www.acme.com", "acme.com"),
            ("www.com", "www.com"),
            ("www2.acme.com", "www2.acme.com"),
            ("http://acme.com", "acme.com"),
            ("HTTPS://Shop.Acme.com:443/a/b@c.example?x#y", "shop.acme.com"),
            ("acme.com/about", "acme.com"),
            ("mailto:Sales@Acme.com", "acme.com"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("www.例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("ａｃｍｅ．com", "acme.com"),
            ("_dmarc.acme.com", "_dmarc.acme.com"),
        ] {
            assert_eq!(normalised(text).as_deref(), Ok(name), "{text}");
        }
    }

    #[test]
    fn what_names_no_domain_is_told_with_the_reason() {
        let long = format!("{}.com", "a".repeat(64));
        let deep = format!("{}com", "ab.".repeat(90));
        for (text, why) in [
            ("", Malformed::Empty),
            ("  ", Malformed::Empty),
            ("https://", Malformed::Empty),
            ("sales@", Malformed::Empty),
            ("com", Malformed::TopLevel),
            (".com", Malformed::Length),
            ("acme..com", Malformed::Length),
            ("acme.com..", Malformed::Length),
            (&*long, Malformed::Length),
            (&*deep, Malformed::Length),
            ("localhost", Malformed::TopLevel),
            ("Acme Inc.", Malformed::Letters),
            ("acme.com>", Malformed::Letters),
            ("*.acme.com", Malformed::Letters),
            ("a\u{ad}\u{200d}.com\u{0}", Malformed::Letters),
            ("xn--a.com", Malformed::Letters),
            ("[::1]", Malformed::Letters),
            ("10.0.0.1", Malformed::Address),
        ] {
            assert_eq!(normalised(text), Err(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_in_the_one_form_stays_so(text in "(https?://)?([a-zäß@:.。-]|www\\.|xn--){0,20}(\\.com)?/?") {
            if let Ok(name) = normalised(&text) {
                prop_assert_eq!(normalised(&name), Ok(name.clone()));
                prop_assert_eq!(reversed(&reversed(&name)), name);
            }
        }
    }
}
