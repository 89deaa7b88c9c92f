//! docs/tutorial.md, step by step: the files that it has a person write, the commands, and what it shows of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::tool::Folder;

/// What a person does.
#[derive(Debug)]
enum Step {
    Write { path: String, text: String },
    Run { command: String, shown: String },
}

fn page() -> String {
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    std::fs::read_to_string(Path::new(&package).join("../../docs/tutorial.md")).expect("docs/tutorial.md")
}

/// The page's blocks: of a file, named in the line before; of commands after `$`, with what they print.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = page.lines();
    let mut named = None;
    while let Some(line) = lines.next() {
        if let Some(path) = line.strip_prefix('`').and_then(|rest| rest.strip_suffix("`:")) {
            named = Some(path.to_owned());
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match language {
            "console" => steps.extend(commands(&block)),
            _ => {
                let path = named.take().unwrap_or_else(|| panic!("a file without a name: {block:?}"));
                steps.push(Step::Write { path, text: block.join("\n") + "\n" });
            }
        }
    }
    steps
}

fn commands(block: &[&str]) -> Vec<Step> {
    let mut steps: Vec<(String, Vec<&str>)> = Vec::new();
    for line in block {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push((command.to_owned(), Vec::new())),
            (None, Some((_, shown))) => shown.push(line),
            (None, None) => panic!("a block of commands begins with `$ `: {line}"),
        }
    }
    let step = |(command, shown): (String, Vec<&str>)| Step::Run { command, shown: shown.join("\n") };
    steps.into_iter().map(step).collect()
}

/// What a command prints to a terminal.
fn printed(folder: &Folder, command: &str) -> String {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_springtide"));
    let before = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{before}", program.parent().expect("a folder").display());
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{{ {command}\n}} 2>&1")]).current_dir(folder.path()).stdin(Stdio::null());
    let settings = std::env::vars_os().map(|(name, _)| name);
    settings.filter(|name| name.to_string_lossy().starts_with("SPRINGTIDE_")).for_each(|name| {
        shell.env_remove(name);
    });
    let output = shell.env("PATH", path).output().expect("a shell");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn each_step_prints_what_the_tutorial_shows() {
    let folder = Folder::new();
    let steps = steps(&page());
    let mut wrong = Vec::new();
    for step in &steps {
        match step {
            Step::Write { path, text } => drop(folder.file(path, text)),
            Step::Run { command, shown } => {
                let printed = printed(&folder, command);
                if printed.trim_end() != shown {
                    wrong.push(format!("$ {command}\n{printed}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "other than docs/tutorial.md shows:\n\n{}", wrong.join("\n"));
    assert!(steps.len() > 15, "{} steps", steps.len());
}

#[test]
fn it_has_eleven_steps_and_ends_well() {
    let page = page();
    let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let numbers: Vec<String> = (1..=11).map(|number| format!("{number}. ")).collect();
    assert_eq!(headings.len(), numbers.len());
    assert!(
        headings.iter().zip(&numbers).all(|(heading, number)| heading.starts_with(&**number)),
        "{headings:?}"
    );
    assert!(page.split("## 9").nth(1).is_some_and(|rest| rest.contains("all is well: 2 detectors, 1 play")));
    assert!(page.split("## 11").nth(1).is_some_and(|rest| rest.contains("$ springtide backtest ")));
}
