//! Markup: the one place where text becomes HTML, so the one that escapes.

use std::fmt::Write;

use springtide_core::meaning::words::number;

/// The look: colours by what the reader's system prefers, bars told apart by lightness too.
const STYLE: &str = "
:root{color-scheme:light dark;--ground:#fff;--ink:#1c2430;--faint:#5b6573;--line:#d9dee5;
--same:#c3cad4;--changed:#d69e2e;--gained:#23855a;--lost:#b83a3a}
@media (prefers-color-scheme:dark){:root{--ground:#14181f;--ink:#e6e9ee;--faint:#9aa5b4;--line:#333b47;
--same:#4a5464;--changed:#d8a73f;--gained:#4fb587;--lost:#e2706c}}
body{background:var(--ground);color:var(--ink);font:15px/1.45 system-ui,sans-serif;max-width:72rem;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.5rem;margin:0 0 .5rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.2rem 0;color:var(--faint);
overflow-wrap:anywhere}
dl{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:1rem 0}dt{color:var(--faint)}dd{margin:0;font-size:1.5rem;
font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{padding:.25rem .6rem;text-align:right;
border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums;vertical-align:top}
th{color:var(--faint);font-weight:600}th.name,td.name,th.bar{text-align:left}td.name{overflow-wrap:break-word}td.bar{width:35%;min-width:8rem}
dt{border-left:.5rem solid transparent;padding-left:.4rem}dt.same{border-color:var(--same)}dt.changed{border-color:var(--changed)}
dt.gained{border-color:var(--gained)}dt.lost{border-color:var(--lost)}dd{padding-left:.9rem}
svg{display:block;width:100%;height:.8rem}.same{fill:var(--same)}.changed{fill:var(--changed)}.gained{fill:var(--gained)}
.lost{fill:var(--lost)}
@media print{body{max-width:none;margin:0}}
";

/// What a bar is long by.
const BAR_UNITS: f64 = 1_000.0;

/// Texts in cells are cut here: rule files may have long conditions.
const CELL_MOST: usize = 400;

/// Counts beside each other, as shares of a whole.
pub(super) struct Bar {
    /// Each with the class that it has.
    pub(super) parts: Vec<(&'static str, u64)>,
    /// What the full length stands for.
    pub(super) whole: u64,
}

/// A page under construction.
pub(super) struct Page {
    text: String,
}

/// Text as HTML, in elements and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            // Other control characters are no HTML, and nothing that anybody sees.
            letter if letter.is_control() => html.push(' '),
            letter => html.push(letter),
        }
    }
    html
}

/// A long text, cut.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(CELL_MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A count as people write it.
pub(super) fn grouped(count: u64) -> String {
    number(count as f64)
}

impl Page {
    pub(super) fn begun(title: &str) -> Page {
        let title = escaped(title);
        let policy = "default-src 'none'; style-src 'unsafe-inline'";
        let text = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" \
             content=\"{policy}\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        );
        Page { text }
    }

    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</body>\n</html>\n");
        self.text
    }

    pub(super) fn said(&mut self, words: &str) {
        let _ = writeln!(self.text, "<p>{}</p>", escaped(words));
    }

    pub(super) fn section(&mut self, head: &str) {
        let _ = writeln!(self.text, "<h2>{}</h2>", escaped(head));
    }

    /// Figures, large; the names of those that bars have are marked with their colours.
    pub(super) fn cards(&mut self, figures: &[(&str, u64)]) {
        self.text.push_str("<dl>\n");
        for (name, figure) in figures {
            let _ = writeln!(
                self.text,
                "<div><dt class=\"{0}\">{0}</dt><dd>{1}</dd></div>",
                escaped(name),
                grouped(*figure)
            );
        }
        self.text.push_str("</dl>\n");
    }

    /// A table's head; the first `names` columns are text.
    pub(super) fn table(&mut self, heads: &[&str], names: usize) {
        self.text.push_str("<div class=\"wide\"><table>\n<thead><tr>");
        for (at, head) in heads.iter().enumerate() {
            // What has no head in words, a bar or a mark, begins on the left.
            let class = match head.is_empty() {
                true => " class=\"bar\"",
                false if at < names => " class=\"name\"",
                false => "",
            };
            let _ = write!(self.text, "<th scope=\"col\"{class}>{}</th>", escaped(head));
        }
        self.text.push_str("</tr></thead>\n<tbody>\n");
    }

    pub(super) fn row(&mut self, cells: &[String], names: usize, bar: Option<&Bar>) {
        self.text.push_str("<tr>");
        for (at, cell) in cells.iter().enumerate() {
            let class = if at < names { " class=\"name\"" } else { "" };
            let _ = write!(self.text, "<td{class}>{}</td>", escaped(cell));
        }
        if let Some(bar) = bar {
            self.text.push_str("<td class=\"bar\">");
            self.bar(bar);
            self.text.push_str("</td>");
        }
        self.text.push_str("</tr>\n");
    }

    pub(super) fn table_end(&mut self) {
        self.text.push_str("</tbody>\n</table></div>\n");
    }

    /// A bar; what it says stands in words as well, for those who do not see it.
    pub(super) fn bar(&mut self, bar: &Bar) {
        let words: Vec<String> =
            bar.parts.iter().map(|(name, count)| format!("{name} {}", grouped(*count))).collect();
        let _ = write!(
            self.text,
            "<svg viewBox=\"0 0 {BAR_UNITS} 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
            escaped(&words.join(", "))
        );
        let mut from = 0.0;
        for (class, count) in bar.parts.iter().filter(|(_, count)| *count > 0) {
            let width = *count as f64 * BAR_UNITS / bar.whole.max(1) as f64;
            let _ = write!(
                self.text,
                "<rect class=\"{}\" x=\"{from:.1}\" width=\"{width:.1}\" height=\"10\"/>",
                escaped(class)
            );
            from += width;
        }
        self.text.push_str("</svg>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        for (text, want) in [
            ("a & b", "a &amp; b"),
            ("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
            ("\" onload=\"x", "&quot; onload=&quot;x"),
            ("a\u{0}b\nc", "a b c"),
            ("Straße → Zürich", "Straße → Zürich"),
        ] {
            assert_eq!(escaped(text), want);
        }
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        assert_eq!(shortened("short"), "short");
        let long = shortened(&"ü".repeat(1_000));
        assert_eq!(long.chars().count(), CELL_MOST + 1);
    }
}
