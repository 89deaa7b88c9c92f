//! The page that is mailed around: whole, without script, and nobody's name is markup in it.

use springtide_backtest::html;

use crate::documented::full;

#[test]
fn a_page_has_no_script_and_fetches_nothing() {
    let page = html(&full());
    for word in
        ["<script", "javascript:", "http://", "https://", "url(", "@import", " src=", " href=", "<link"]
    {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert!(page.contains("prefers-color-scheme:dark"));
}

#[test]
fn names_are_text() {
    let page = html(&full());
    assert!(page.contains("&lt;b&gt;&amp;c Inc (&lt;b&gt;&amp;c)") && !page.contains("<b>"), "{page}");
}

#[test]
fn elements_are_closed_in_the_order_in_which_they_are_opened() {
    let page = html(&full());
    let body = page.split("</style>").nth(1).unwrap();
    let mut open = vec!["html", "head"];
    for tag in body.split('<').skip(1).map(|tag| tag.split_once('>').unwrap().0) {
        let name = tag.trim_start_matches('/').split(' ').next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn each_section_is_there() {
    let page = html(&full());
    for head in [
        "By play",
        "By segment",
        "By play and segment",
        "What changed in those that both packs have",
        "The conditions that decide",
        "What people made of them",
        "How many a week",
        "Gained: 1 of 1, by account id",
        "Changed: 1 of 1, by account id",
    ] {
        assert!(page.contains(&format!("<h2>{head}</h2>")), "{head}");
    }
    assert!(!page.contains("<h2>Lost"));
}
