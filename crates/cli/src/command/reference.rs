//! The reference of the configuration, made from the code: the file with every setting, its default and what it is for, and
//! the flags and variables that go over it.

use std::fmt::Write;

use clap::{Arg, CommandFactory};

use super::effective::{ENVIRONMENT, NOT_IN_THE_FILE, TABLES};
use crate::args::Args;
use crate::config::{DEFAULTS, secrets};

/// A setting of the file.
struct Setting<'a> {
    key: &'a str,
    /// Its default, or an example where it has none.
    value: &'a str,
    has_default: bool,
    what_for: String,
}

impl Setting<'_> {
    fn default(&self) -> String {
        if self.has_default { format!("`{}`", self.value) } else { format!("such as `{}`", self.value) }
    }
}

/// A table of the file; the first has no name.
#[derive(Default)]
struct Table<'a> {
    name: &'a str,
    what_for: String,
    settings: Vec<Setting<'a>>,
}

/// The tables of a file whose every setting has a comment before it, for which it is a comment itself where it has no
/// default.
fn tables(file: &str) -> Vec<Table<'_>> {
    let mut tables = vec![Table::default()];
    let (mut said, mut is_new) = (String::new(), true);
    for line in file.lines() {
        let text = line.strip_prefix("# ");
        if line.is_empty() {
            (said, is_new) = (String::new(), true);
        } else if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            tables.push(Table { name, what_for: std::mem::take(&mut said), settings: Vec::new() });
        } else if let Some((key, value)) = setting(text.unwrap_or(line)) {
            is_new = true;
            let setting = Setting { key, value, has_default: text.is_none(), what_for: said.clone() };
            if let Some(table) = tables.last_mut() {
                table.settings.push(setting);
            }
        } else if let Some(text) = text {
            if std::mem::take(&mut is_new) {
                said.clear();
            }
            said.push_str(if said.is_empty() { "" } else { " " });
            said.push_str(text);
        }
    }
    tables
}

/// Key and value of a line that has them.
fn setting(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(" = ")?;
    let bare = key.trim_matches('"');
    let is_key = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    (!bare.is_empty() && bare.chars().all(is_key)).then_some((bare, value))
}

/// The reference, in Markdown.
pub fn reference() -> String {
    let command = Args::command();
    let arguments: Vec<&Arg> =
        command.find_subcommand("run").into_iter().flat_map(clap::Command::get_arguments).collect();
    let mut text = "# Configuration\n\nEvery setting, as `springtide run --print-reference` writes it. One file (TOML, \
                    `--config`) has them, environment variables go over the file, and flags over both; an unknown key is \
                    an error. `springtide run --print-config` prints a file to begin with, `springtide config` what a run \
                    would have and from where. Settings without a default are left out where nobody says; an example stands \
                    in its place.\n"
        .to_owned();
    for table in tables(DEFAULTS) {
        add_table(&mut text, &table, &arguments);
    }
    text.push_str("\n## Only for one run\n\n| flag | variable | what for |\n|---|---|---|\n");
    let alone = arguments.iter().filter(|argument| NOT_IN_THE_FILE.contains(&argument.get_id().as_str()));
    for argument in alone {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        // Writing to a text does not fail.
        let _ = writeln!(text, "| {} | {} | {} |", flag(argument), variable(argument), in_a_cell(&help));
    }
    text
}

fn add_table(text: &mut String, table: &Table<'_>, arguments: &[&Arg]) {
    if table.name.is_empty() {
        return add_settings(text, table, arguments);
    }
    let _ = write!(text, "\n## [{}]\n\n{}", table.name, table.what_for);
    let over = TABLES.iter().find(|(_, name)| *name == table.name).and_then(|(id, _)| named(arguments, id));
    if let Some(argument) = over {
        let own = Some(variable(argument)).filter(|own| !own.is_empty());
        let variable = own.unwrap_or_else(|| format!("`{}`", secrets::VARIABLE));
        let _ = write!(text, " Over the file go {} and {variable}.", flag(argument));
    }
    text.push('\n');
    if !table.settings.is_empty() {
        text.push_str("\n| setting | default |\n|---|---|\n");
    }
    for setting in &table.settings {
        let _ = writeln!(text, "| `{}` | {} |", setting.key, setting.default());
    }
}

/// Those outside of tables, each with what goes over it.
fn add_settings(text: &mut String, table: &Table<'_>, arguments: &[&Arg]) {
    text.push_str("\n| setting | default | flag | variable | what for |\n|---|---|---|---|---|\n");
    for setting in &table.settings {
        let argument = named(arguments, setting.key);
        let own = argument.map(variable).filter(|own| !own.is_empty());
        let alone = ENVIRONMENT.iter().filter(|(key, _)| *key == setting.key);
        let variables: Vec<String> =
            own.into_iter().chain(alone.map(|(_, name)| format!("`{name}`"))).collect();
        let (flag, default) = (argument.map(flag).unwrap_or_default(), setting.default());
        let (key, what_for) = (setting.key, in_a_cell(&setting.what_for));
        let _ = writeln!(text, "| `{key}` | {default} | {flag} | {} | {what_for} |", variables.join(", "));
    }
}

fn named<'a>(arguments: &[&'a Arg], id: &str) -> Option<&'a Arg> {
    arguments.iter().find(|argument| argument.get_id().as_str() == id).copied()
}

fn flag(argument: &Arg) -> String {
    argument.get_long().map(|long| format!("`--{long}`")).unwrap_or_default()
}

fn variable(argument: &Arg) -> String {
    argument.get_env().map(|name| format!("`{}`", name.to_string_lossy())).unwrap_or_default()
}

fn in_a_cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::Config;

    #[test]
    fn the_documentation_has_this_reference() {
        let file = include_str!("../../../../docs/configuration.md");
        assert!(file == reference(), "run: springtide run --print-reference > docs/configuration.md");
    }

    /// The keys that a file may have, as the refusal of another says them.
    fn keys() -> BTreeSet<String> {
        let refused = toml::from_str::<Config>("no_such_key = 1").unwrap_err().to_string();
        let (_, expected) = refused.split_once("expected one of ").expect("the keys that may be there");
        expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn every_setting_that_a_file_may_have_stands_in_it_and_no_other() {
        let tables = tables(DEFAULTS);
        let names = tables.iter().filter(|table| !table.name.is_empty()).map(|table| table.name);
        let found: BTreeSet<String> =
            tables[0].settings.iter().map(|setting| setting.key).chain(names).map(str::to_owned).collect();
        assert_eq!(found, keys());
        for table in &tables {
            let said = if table.name.is_empty() {
                table.settings.iter().all(|one| !one.what_for.is_empty())
            } else {
                !table.what_for.is_empty()
            };
            assert!(said, "[{}]", table.name);
        }
    }

    #[test]
    fn every_flag_of_a_run_stands_in_it() {
        let (command, text) = (Args::command(), reference());
        for argument in command.find_subcommand("run").unwrap().get_arguments() {
            assert!(text.contains(&flag(argument)), "{argument:?}");
        }
    }

    #[test]
    fn a_comment_is_what_the_settings_behind_it_are_for() {
        let file = "# About\n# both.\na = 1\n# b = \"x\"\n\n# Of c, with d = e f in it.\nc = 2\n# Of it all.\n[t]\nu-v = 3\n# \"w.x\" = 4";
        let found: Vec<String> = tables(file)
            .iter()
            .flat_map(|table| {
                table.settings.iter().map(|one| {
                    format!("{} {} {} {} {}", table.name, one.key, one.value, one.has_default, one.what_for)
                })
            })
            .collect();
        assert_eq!(
            found,
            [
                " a 1 true About both.",
                " b \"x\" false About both.",
                " c 2 true Of c, with d = e f in it.",
                "t u-v 3 true ",
                "t w.x 4 false ",
            ]
        );
        assert_eq!(tables(file)[1].what_for, "Of it all.");
    }
}
