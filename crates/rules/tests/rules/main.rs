//! Rule packs and expressions from the outside: tables through one `check` each.

mod bad_packs;
mod cases;
mod documented;
mod drafts;
mod expressions;
mod folders;
mod good_packs;
mod schema;
mod validator;
mod warnings;

use springtide_rules::{Mistake, SourceFile, compile};

/// Files from (path, text).
fn files(texts: &[(&str, &str)]) -> Vec<SourceFile> {
    texts
        .iter()
        .map(|(path, text)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() })
        .collect()
}

fn lines(all: &[Mistake]) -> Vec<String> {
    all.iter().map(|one| one.to_string()).collect()
}

/// The mistakes of one file called `r`, which has to have some.
fn mistakes(text: &str) -> Vec<String> {
    match compile(&files(&[("r", text)])) {
        Ok(_) => panic!("compiles:\n{text}"),
        Err(found) => {
            schema::refuses(&springtide_rules::rule_schema(), text, &found.mistakes);
            lines(&found.mistakes)
        }
    }
}
