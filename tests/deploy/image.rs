//! The image: what the program is linked with is in it, what building needs is in its first stage and in its context.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use springtide_tests::broker::repository;
use springtide_tests::program::springtide;
use springtide_tests::tool;

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap()
}

/// The stages of the Dockerfile, each from behind its FROM; continued lines are one.
fn stages() -> Vec<String> {
    let text = read("deploy/Dockerfile").replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    lines.split("FROM ").skip(1).map(str::to_owned).collect()
}

/// What a stage installs.
fn packages(stage: &str) -> BTreeSet<&str> {
    let (_, rest) = stage.split_once("apt-get install -y --no-install-recommends ").expect("it installs");
    rest.split("&&").next().unwrap_or_default().split_whitespace().collect()
}

/// The Debian package that a library is from.
fn package_of(library: &Path) -> String {
    let real = library.canonicalize().unwrap();
    // Debian's lists have the paths of before /lib was a link to /usr/lib.
    let old = real.strip_prefix("/usr").map_or(real.clone(), |path| Path::new("/").join(path));
    let found = [&real, &old].into_iter().find_map(|path| {
        let ended = tool::run(OsStr::new("dpkg-query"), &[OsStr::new("-S"), path.as_os_str()]);
        ended.status.success().then(|| ended.text().split(':').next().unwrap_or_default().to_owned())
    });
    found.unwrap_or_else(|| panic!("no package has {}", real.display()))
}

#[test]
fn the_libraries_that_the_program_is_linked_with_are_in_the_image() {
    let linked = tool::run(OsStr::new("ldd"), &[springtide()]).well();
    let libraries: Vec<&str> =
        linked.text().lines().filter_map(|line| line.split_once("=> ")).map(|(_, path)| path).collect();
    assert!(!libraries.is_empty() && !linked.text().contains("not found"), "{}", linked.text());
    if !tool::is_there("dpkg-query") {
        tool::say(
            "Skipped: whether the image has the libraries that are needed, since there is no dpkg-query here.",
        );
        return;
    }
    let stages = stages();
    let (there, mut needed) =
        (packages(stages.last().unwrap()), BTreeSet::from(["ca-certificates".to_owned()]));
    needed.extend(libraries.iter().map(|line| package_of(Path::new(line.split(' ').next().unwrap()))));
    let needed: BTreeSet<&str> = needed.iter().map(String::as_str).collect();
    assert_eq!(there, needed, "no more and no less");
}

#[test]
fn the_first_stage_installs_what_a_build_needs() {
    let env = read("xtask/env.sh");
    let line = env.lines().find_map(|line| line.strip_prefix("need_packages ")).unwrap();
    assert_eq!(packages(&stages()[0]), line.split(' ').collect());
    let least = read("Cargo.toml");
    let least = least.lines().find_map(|line| line.strip_prefix("rust-version = \"")).unwrap();
    assert!(stages()[0].starts_with(&format!("rust:{}.", least.trim_end_matches('"'))), "{}", stages()[0]);
}

#[test]
fn the_image_runs_as_nobody_of_the_machine_and_without_a_shell() {
    let stages = stages();
    let last = stages.last().unwrap();
    assert!(last.contains("\nUSER 10001:10001\n"), "{last}");
    assert!(last.contains("\nENTRYPOINT [\"/usr/local/bin/springtide\"]\n"), "{last}");
    for stage in &stages {
        let tag = stage.split(['\n', ' ']).next().and_then(|image| image.split_once(':')).unwrap().1;
        assert!(tag.contains('.'), "`{tag}` may be another image tomorrow");
    }
}

/// Files that are compiled in, as paths from the repository's top.
fn compiled_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            compiled_in(&path, found);
        } else if path.extension() == Some(OsStr::new("rs")) {
            let text = fs::read_to_string(&path).unwrap();
            let named = text.split("include_str!(\"").skip(1).filter_map(|rest| rest.split('"').next());
            let real = named.filter_map(|name| path.parent()?.join(name).canonicalize().ok());
            let top = repository().canonicalize().unwrap();
            found.extend(real.filter_map(|file| Some(file.strip_prefix(&top).ok()?.to_str()?.to_owned())));
        }
    }
}

#[test]
fn the_context_has_all_that_is_compiled() {
    let ignore = read(".dockerignore");
    let kept: Vec<&str> = ignore.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let manifest = read("Cargo.toml");
    let members = manifest.lines().find(|line| line.starts_with("members")).unwrap();
    let mut needed: BTreeSet<String> = members.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    needed.extend(["Cargo.toml".to_owned(), "Cargo.lock".to_owned()]);
    compiled_in(&repository().join("crates"), &mut needed);
    assert!(
        needed.contains("deploy/springtide.toml") && needed.contains("schemas/expansion-opportunity.avsc")
    );
    let missing: Vec<&String> =
        needed.iter().filter(|path| !kept.iter().any(|kept| Path::new(path).starts_with(kept))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
