//! Sections, tables and sentences of a page.

use crate::text::grouped;

const WIDTH: usize = 100;

/// A page under construction.
#[derive(Default)]
pub struct Page {
    text: String,
}

impl Page {
    /// A line as it is.
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A head, with what it is about.
    pub fn section(&mut self, head: &str, about: &str) {
        let about = if about.is_empty() { String::new() } else { format!(" ({about})") };
        self.line(&format!("\n{head}{about}"));
    }

    /// A table's lines.
    pub fn table(&mut self, lines: Vec<String>) {
        lines.iter().for_each(|line| self.line(line));
    }

    /// A sentence, in as many lines as it takes.
    pub fn said(&mut self, words: &str) {
        self.wrapped("  ", "    ", words);
    }

    /// One of a list.
    pub fn item(&mut self, words: &str) {
        self.wrapped("  - ", "    ", words);
    }

    fn wrapped(&mut self, first: &str, next: &str, words: &str) {
        let mut line = first.to_owned();
        let mut begun = false;
        for word in words.split_whitespace() {
            if begun && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.line(&std::mem::replace(&mut line, next.to_owned()));
                begun = false;
            }
            if begun {
                line.push(' ');
            }
            line.push_str(word);
            begun = true;
        }
        self.line(&line);
    }

    /// The whole.
    pub fn finish(self) -> String {
        self.text
    }
}

/// A head and rows, the first column to the left and the others to the right, as wide as they must be.
pub fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let mut all = vec![head.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>()];
    all.extend(rows);
    let width = |column: usize| {
        all.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let mut line = String::from("  ");
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            line.push_str(&if column == 0 { format!("{cell:width$}") } else { format!("  {cell:>width$}") });
        }
        line.trim_end().to_owned()
    };
    all.iter().map(line).collect()
}

/// A share with one decimal; a dash where there is none.
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{share:.1} %"))
}

/// A number with one decimal, without it where that is 0.
pub fn number(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

/// Money without decimals, thousands set apart.
pub fn amount(money: f64) -> String {
    if money.abs() < 1e15 { grouped(money.abs().round() as u64) } else { format!("{money:.2e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_stay_within_the_page() {
        let mut page = Page::default();
        page.item(&"a word or two ".repeat(30));
        let text = page.finish();
        assert!(text.lines().count() > 3 && text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.starts_with("  - a word") && text.lines().skip(1).all(|line| line.starts_with("    ")));
    }

    #[test]
    fn numbers_line_up() {
        let rows = [vec!["a".to_owned(), "1".to_owned()], vec!["long".to_owned(), "1,000".to_owned()]];
        assert_eq!(
            table(&["", "count"], rows.into_iter()),
            ["        count", "  a         1", "  long  1,000"]
        );
    }

    #[test]
    fn amounts_are_read_at_a_glance() {
        assert_eq!(
            (amount(1_234.5), amount(0.0), amount(1e300)),
            ("1,235".into(), "0".into(), "1.00e300".into())
        );
        assert_eq!((percent(Some(40.0 / 3.0)), percent(None)), ("13.3 %".into(), "–".into()));
        assert_eq!((number(7.0), number(7.25)), ("7".into(), "7.2".into()));
    }
}
