//! Rule packs: any text as a file of one.

use springtide_rules::{SourceFile, compile};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let files = [SourceFile { path: "rules.yaml".to_owned(), text: text.to_owned() }];
    match compile(&files) {
        Ok(pack) => {
            let again = compile(&files).expect("what compiled once does again");
            assert_eq!((&pack.rules.version, &pack.history), (&again.rules.version, &again.history));
        }
        Err(mistakes) => {
            assert!(!mistakes.mistakes.is_empty(), "a pack that does not compile has a mistake");
            for mistake in &mistakes.mistakes {
                assert!(!mistake.message.is_empty(), "{mistake:?}");
            }
        }
    }
}
