//! Secrets: read from files of their own, told where they are seen by others, shown never (SPEC 7.4).

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use springtide_runtime::passed::is_secret;

use crate::failure::Failure;

/// The variable with librdkafka settings, one a line.
pub const VARIABLE: &str = "SPRINGTIDE_SET";
/// Before the name of a librdkafka setting: its value stands in the file that is named.
const FROM_FILE: &str = "file.";
/// More than any key with its chain of certificates.
const LONGEST_BYTES: u64 = 1 << 20;

/// The text of a file, without the line's end that editors put behind it. The error names neither the file nor what
/// it says: whoever writes a secret in place of the file's name shall not find it in a log.
pub fn of_file(path: &Path) -> Result<String, String> {
    let refused = |why: &str| format!("the file that it names {why}");
    let file = File::open(path).map_err(|error| refused(&format!("can't be opened: {error}")))?;
    let mut bytes = Vec::new();
    let read = file.take(LONGEST_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| refused(&format!("can't be read: {error}")))?;
    if bytes.len() as u64 > LONGEST_BYTES {
        return Err(refused(&format!("has more than {LONGEST_BYTES} bytes, which is no secret")));
    }
    let text = String::from_utf8(bytes).map_err(|_| refused("is no UTF-8"))?;
    let text = text.strip_suffix('\n').map(|text| text.strip_suffix('\r').unwrap_or(text)).unwrap_or(&text);
    if text.is_empty() { Err(refused("is empty")) } else { Ok(text.to_owned()) }
}

/// Settings of one place (the file, the environment, the flags), those from files with what these say.
///
/// # Errors
/// Where a file can't be read, or one setting is given both ways.
pub fn resolved(
    place: &str,
    settings: impl IntoIterator<Item = (String, String)>,
) -> Result<Vec<(String, String)>, Failure> {
    let wrong = |name: &str, message: String| Failure::Usage(format!("{place}: `{name}`: {message}"));
    let (mut resolved, mut plain, mut filed) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for (name, value) in settings {
        let value = match name.strip_prefix(FROM_FILE) {
            None => value,
            Some(_) => of_file(Path::new(&value)).map_err(|message| wrong(&name, message))?,
        };
        let setting = name.strip_prefix(FROM_FILE).unwrap_or(&name).to_owned();
        let (own, other) = if setting == name { (&mut plain, &mut filed) } else { (&mut filed, &mut plain) };
        if other.contains(&setting) {
            return Err(wrong(&setting, format!("given with `{FROM_FILE}` before it, too; leave one out")));
        }
        own.insert(setting.clone());
        resolved.push((setting, value));
    }
    Ok(resolved)
}

/// Reads a librdkafka setting, `KEY=VALUE`. What is no such thing is not repeated: it may be a secret.
fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE, such as security.protocol=ssl")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

/// Settings of the environment or of flags, one a text; `place` has each one's number put behind it.
pub fn of_texts<'t>(
    place: &str,
    number: &str,
    texts: impl Iterator<Item = &'t str>,
) -> Result<Vec<(String, String)>, Failure> {
    let texts = texts.enumerate().filter(|(_, text)| !text.trim().is_empty());
    let read = |(at, text): (usize, &str)| {
        setting(text).map_err(|message| Failure::Usage(format!("{place}, {number} {}: {message}", at + 1)))
    };
    resolved(place, texts.map(read).collect::<Result<Vec<_>, _>>()?)
}

/// What to say of a secret among the flags, which everybody on the machine can see.
pub fn exposed(flags: &[String]) -> Option<String> {
    let names = flags.iter().filter_map(|flag| flag.split_once('=')).map(|(name, _)| name.trim());
    let secrets: Vec<&str> = names.filter(|name| is_secret(name) && !name.starts_with(FROM_FILE)).collect();
    let first = secrets.first()?;
    Some(format!(
        "everybody on this machine can see flags, and so --set {}: give it in SPRINGTIDE_SET, or in a file with --set \
         {FROM_FILE}{first}=FILE",
        secrets.join(", --set ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(settings: &[(&str, &str)]) -> Vec<(String, String)> {
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_files_text_is_the_setting_without_the_lines_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (written, read) in
            [("s3cret", "s3cret"), ("s3cret\n", "s3cret"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("@a ", "@a ")]
        {
            std::fs::write(&path, written).unwrap();
            let settings = owned(&[("file.sasl.password", path.to_str().unwrap()), ("acks", "all")]);
            assert_eq!(
                resolved("file", settings).unwrap(),
                owned(&[("sasl.password", read), ("acks", "all")])
            );
        }
        std::fs::write(&path, "\n").unwrap();
        assert!(of_file(&path).unwrap_err().contains("is empty"));
        std::fs::write(&path, b"s3cret\xff").unwrap();
        assert!(of_file(&path).unwrap_err().contains("no UTF-8"));
        std::fs::write(&path, vec![b'x'; LONGEST_BYTES as usize + 1]).unwrap();
        assert!(of_file(&path).unwrap_err().contains("more than"));
    }

    #[test]
    fn what_is_wrong_is_told_by_name_and_shows_no_value() {
        for (settings, part) in [
            (
                owned(&[("file.sasl.password", "s3cret")]),
                "`file.sasl.password`: the file that it names can't be opened",
            ),
            (owned(&[("file.sasl.password", "/")]), "can't be read"),
            (
                owned(&[("sasl.password", "s3cret"), ("file.sasl.password", "/proc/self/comm")]),
                "leave one out",
            ),
            (
                owned(&[("file.sasl.password", "/proc/self/comm"), ("sasl.password", "s3cret")]),
                "leave one out",
            ),
        ] {
            let said = resolved("[kafka]", settings).unwrap_err().to_string();
            assert!(said.starts_with("[kafka]: `") && said.contains(part), "{said}");
            assert!(!said.contains("s3cret"), "{said}");
        }
    }

    #[test]
    fn texts_are_read_one_by_one() {
        let read = of_texts("SPRINGTIDE_SET", "line", "a.b=1;2,3\n\nconsumer.c=x=y\n".lines()).unwrap();
        assert_eq!(read, owned(&[("a.b", "1;2,3"), ("consumer.c", "x=y")]));
        let said =
            of_texts("SPRINGTIDE_SET", "line", "a=1\nsasl.password s3cret".lines()).unwrap_err().to_string();
        assert!(said.contains("SPRINGTIDE_SET, line 2") && !said.contains("s3cret"), "{said}");
    }

    #[test]
    fn secrets_among_the_flags_are_warned_of() {
        let flags = ["security.protocol=ssl", "sasl.password=s3cret"].map(str::to_owned);
        let said = exposed(&flags).unwrap();
        assert!(said.contains("--set file.sasl.password=FILE") && !said.contains("s3cret"), "{said}");
        assert_eq!(exposed(&["file.sasl.password=/run/secrets/kafka".to_owned()]), None);
    }
}
