//! The topics' formats and the schema registry: from the file, the environment and flags (SPEC 7.4 and 8).

use std::path::{Path, PathBuf};

use springtide_core::event::Topic;
use springtide_runtime::{Format, Formats, RegistrySettings, Settings};

use super::secrets::of_file;
use super::{Config, plain, wrong};
use crate::args::ConnectionArgs;
use crate::command::run::failure;
use crate::failure::Failure;

/// Environment variables that are no flags: flags are seen by everybody.
pub const USER: &str = "SPRINGTIDE_SCHEMA_REGISTRY_USER";
pub const PASSWORD: &str = "SPRINGTIDE_SCHEMA_REGISTRY_PASSWORD";
pub const PASSWORD_FILE: &str = "SPRINGTIDE_SCHEMA_REGISTRY_PASSWORD_FILE";

/// A topic that has a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formatted {
    /// One of the five that are read.
    Input(Topic),
    /// `expansion-opportunities`
    Opportunities,
    /// `expansion-opportunities-latest`
    Latest,
}

impl Formatted {
    fn from_name(name: &str) -> Result<Formatted, String> {
        let outputs = [
            ("expansion-opportunities", Formatted::Opportunities),
            ("expansion-opportunities-latest", Formatted::Latest),
        ];
        let inputs = Topic::ALL.map(|topic| (topic.name(), Formatted::Input(topic)));
        let mut all = inputs.iter().chain(&outputs);
        let found = all.clone().find(|(known, _)| *known == name).map(|(_, topic)| *topic);
        let mut names = || all.by_ref().map(|(known, _)| *known).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| format!("`{name}` is no topic with a format; those are {}", names()))
    }
}

fn format(name: &str) -> Result<Format, String> {
    match name {
        "json" => Ok(Format::Json),
        "avro" => Ok(Format::Avro),
        other => Err(format!("`{other}` is no format; expected avro or json")),
    }
}

/// Reads `TOPIC=avro` or `TOPIC=json`, the topic by its default name.
pub fn assignment(text: &str) -> Result<(Formatted, Format), String> {
    let (topic, name) = text.split_once('=').ok_or("expected TOPIC=avro or TOPIC=json")?;
    Ok((Formatted::from_name(topic)?, format(name)?))
}

impl Config {
    /// Sets formats and registry; `environment` has the value of a variable.
    pub(super) fn formats(
        &self,
        connection: &ConnectionArgs,
        environment: impl Fn(&str) -> Option<String>,
        settings: &mut Settings,
    ) -> Result<(), Failure> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(urls) = given(&connection.schema_registry).or_else(|| given(&self.schema_registry)) {
            let user = given(&environment(USER)).or_else(|| given(&self.schema_registry_user));
            let password = self.registry_password(&environment)?;
            let registry = RegistrySettings::new(&urls, user.as_deref(), password.as_deref());
            settings.registry = Some(registry.map_err(Failure::Usage)?);
        }
        let mut said = Vec::new();
        for (name, text) in &self.formats {
            let read = || Ok((Formatted::from_name(name)?, format(text)?));
            said.push(read().map_err(|message: String| wrong(&format!("formats.{name}"), &message))?);
        }
        // Flags stand after the file, and of two the last one counts.
        said.extend(&connection.format);
        settings.formats = chosen(&said, settings.registry.is_some());
        settings.check_formats().map_err(failure)
    }

    /// From the environment, else from the file.
    fn registry_password(
        &self,
        environment: &impl Fn(&str) -> Option<String>,
    ) -> Result<Option<String>, Failure> {
        let given = |name: &str| environment(name).filter(|text| !text.is_empty());
        let file = given(PASSWORD_FILE).map(PathBuf::from);
        let names = ["schema_registry_password", "schema_registry_password_file"];
        match either([PASSWORD, PASSWORD_FILE], given(PASSWORD), file.as_deref())? {
            Some(password) => Ok(Some(password)),
            None => {
                let password =
                    self.schema_registry_password.as_ref().map(plain).filter(|text| !text.is_empty());
                either(names, password, self.schema_registry_password_file.as_deref())
            }
        }
    }
}

/// The password of one place, where it may stand as it is or in a file.
fn either(names: [&str; 2], plain: Option<String>, file: Option<&Path>) -> Result<Option<String>, Failure> {
    match (plain, file) {
        (Some(_), Some(_)) => {
            Err(Failure::Usage(format!("`{}` and `{}` are both given; leave one out", names[0], names[1])))
        }
        (plain, None) => Ok(plain),
        (None, Some(path)) => of_file(path).map(Some).map_err(|message| wrong(names[1], &message)),
    }
}

/// Input is JSON unless said, output Avro where there is a registry, and both output topics alike unless said.
fn chosen(said: &[(Formatted, Format)], registry: bool) -> Formats {
    let of = |topic| said.iter().rev().find(|(known, _)| *known == topic).map(|(_, format)| *format);
    let output = if registry { Format::Avro } else { Format::Json };
    let opportunities = of(Formatted::Opportunities).unwrap_or(output);
    Formats {
        input: Topic::ALL.map(|topic| of(Formatted::Input(topic)).unwrap_or_default()),
        opportunities,
        latest: of(Formatted::Latest).unwrap_or(opportunities),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(file: &str, flags: &[&str], variables: &[(&str, &str)]) -> Result<Settings, Failure> {
        let config: Config = toml::from_str(file).unwrap();
        let connection = ConnectionArgs {
            format: flags.iter().map(|text| assignment(text).unwrap()).collect(),
            ..ConnectionArgs::default()
        };
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let mut settings = Settings::new("", "test");
        config.formats(&connection, variable, &mut settings).map(|()| settings)
    }

    #[test]
    fn formats_come_from_file_and_flags() {
        use Format::{Avro, Json};
        let registry = "schema_registry = 'http://r'\n";
        // File, flags, product-usage, account-profiles, expansion-opportunities, its latest.
        let table: [(&str, &[&str], [Format; 4]); 7] = [
            ("", &[], [Json, Json, Json, Json]),
            (registry, &[], [Json, Json, Avro, Avro]),
            (registry, &["product-usage=avro"], [Avro, Json, Avro, Avro]),
            (registry, &["expansion-opportunities=json"], [Json, Json, Json, Json]),
            (
                registry,
                &["expansion-opportunities=json", "expansion-opportunities-latest=avro"],
                [Json, Json, Json, Avro],
            ),
            (
                "schema_registry = 'http://r'\n[formats]\nproduct-usage = 'avro'\naccount-profiles = 'avro'",
                &["product-usage=json"],
                [Json, Avro, Avro, Avro],
            ),
            (registry, &["product-usage=avro", "product-usage=json"], [Json, Json, Avro, Avro]),
        ];
        for (file, flags, expected) in table {
            let formats = settings(file, flags, &[]).unwrap().formats;
            let found = [
                formats.of(Topic::ProductUsage),
                formats.of(Topic::AccountProfiles),
                formats.opportunities,
                formats.latest,
            ];
            assert_eq!(found, expected, "{file} {flags:?}");
        }
    }

    #[test]
    fn avro_without_a_registry_is_a_usage_error() {
        for topic in ["product-usage", "expansion-opportunities"] {
            let failure = settings("", &[&format!("{topic}=avro")], &[]).unwrap_err();
            assert!(matches!(&failure, Failure::Usage(message) if message.contains(topic)), "{failure}");
        }
    }

    #[test]
    fn what_is_no_format_is_refused() {
        for (text, part) in [
            ("product-usage", "TOPIC=avro"),
            ("product-usage=xml", "`xml` is no format"),
            ("springtide-late=avro", "`springtide-late` is no topic with a format; those are product-usage,"),
        ] {
            let message = assignment(text).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
        let failure = settings("[formats]\nnews = 'json'", &[], &[]).unwrap_err().to_string();
        assert!(failure.contains("`formats.news`"), "{failure}");
    }

    #[test]
    fn the_environment_goes_over_the_file_and_no_secret_shows() {
        let file =
            "schema_registry = 'https://r'\nschema_registry_user = 'me'\nschema_registry_password = 's3cret'";
        let other =
            "schema_registry = 'https://r'\nschema_registry_user = 'you'\nschema_registry_password = 'other'";
        let variables = [(USER, "you"), (PASSWORD, "other")];
        let from_both = settings(file, &[], &variables).unwrap();
        assert_eq!(from_both.registry, settings(other, &[], &[]).unwrap().registry);
        assert_ne!(from_both.registry, settings(file, &[], &[(USER, "")]).unwrap().registry);
        for settings in [from_both, settings(file, &[], &[]).unwrap()] {
            let shown = format!("{settings:?}");
            assert!(
                shown.contains("https://r") && !shown.contains("s3cret") && !shown.contains("other"),
                "{shown}"
            );
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "other\n").unwrap();
        let path = path.to_str().unwrap();
        let filed = format!(
            "schema_registry = 'https://r'\nschema_registry_user = 'you'\nschema_registry_password_file = '{path}'"
        );
        let wanted = settings(other, &[], &[]).unwrap().registry;
        assert_eq!(settings(&filed, &[], &[]).unwrap().registry, wanted);
        assert_eq!(settings(file, &[], &[(USER, "you"), (PASSWORD_FILE, path)]).unwrap().registry, wanted);
        let both =
            settings(file, &[], &[(PASSWORD, "other"), (PASSWORD_FILE, path)]).unwrap_err().to_string();
        assert!(both.contains("leave one out") && !both.contains("other"), "{both}");
        let failure = settings("schema_registry = 'me:s3cret@r'", &[], &[]).unwrap_err();
        assert!(matches!(&failure, Failure::Usage(message) if !message.contains("s3cret")), "{failure}");
    }
}
