//! Writes what the settings give to `DIR/{topic}.jsonl`, and the counts to standard output:
//! `write DIR [SEED ACCOUNTS DAYS [disorder] [outcomes]]`, from 1 January 2026.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use springtide_generate::{Counts, Settings, Topic, generate};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |position: usize, usual| arguments.get(position).and_then(|n| n.parse().ok()).unwrap_or(usual);
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let settings = Settings {
        disorder: has("disorder"),
        outcomes: has("outcomes"),
        ..Settings::new(number(1, 1).into(), number(2, 200), number(3, 60), 1_767_225_600_000)
    };
    let folder = Path::new(arguments.first().map_or(".", String::as_str));
    std::fs::create_dir_all(folder)?;
    let open =
        |topic: Topic| File::create(folder.join(topic.name()).with_extension("jsonl")).map(BufWriter::new);
    let mut files = Topic::ALL.into_iter().map(open).collect::<io::Result<Vec<_>>>()?;
    let mut counts = Counts::default();
    for (topic, line) in generate(&settings) {
        counts.note(topic);
        writeln!(files[topic.index()], "{line}")?;
    }
    files.iter_mut().try_for_each(Write::flush)?;
    print!("{counts}");
    Ok(())
}
