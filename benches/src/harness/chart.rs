//! Bars as SVG: CPU seconds a million events, on a scale of powers of ten.

use std::fmt::Write as _;

/// One bar.
pub struct Bar {
    /// What stands before it.
    pub label: String,
    /// How long it is; more than 0.
    pub value: f64,
    /// Whether it is ours.
    pub ours: bool,
}

const WIDTH: f64 = 860.0;
const LEFT: f64 = 330.0;
const RIGHT: f64 = 70.0;
const TOP: f64 = 54.0;
const ROW: f64 = 24.0;

/// Draws bars, from the top.
pub fn draw(title: &str, bars: &[Bar]) -> String {
    let height = TOP + ROW * bars.len() as f64 + 34.0;
    let values = || bars.iter().map(|bar| bar.value.max(1e-9).log10());
    let (least, most) =
        (values().fold(0.0, f64::min).floor(), values().fold(f64::MIN, f64::max).ceil().max(1.0));
    let x = |power: f64| LEFT + (power - least) / (most - least) * (WIDTH - LEFT - RIGHT);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"16\" y=\"28\" font-size=\"16\" font-weight=\"bold\">{}</text>\n",
        escaped(title)
    );
    let bottom = TOP + ROW * bars.len() as f64;
    for power in least as i32..=most as i32 {
        let (at, label) = (x(f64::from(power)), format_power(power));
        put(
            &mut svg,
            format_args!(
                "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{bottom}\" stroke=\"#ddd\"/>\n"
            ),
        );
        put(
            &mut svg,
            format_args!(
                "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#666\">{label}</text>\n",
                bottom + 18.0
            ),
        );
    }
    for (row, bar) in bars.iter().enumerate() {
        let (y, end) = (TOP + ROW * row as f64, x(bar.value.max(1e-9).log10()));
        let colour = if bar.ours { "#1f6feb" } else { "#a0a7b4" };
        let label = escaped(&bar.label);
        put(
            &mut svg,
            format_args!(
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>\n",
                LEFT - 8.0,
                y + 16.0
            ),
        );
        put(
            &mut svg,
            format_args!(
                "<rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{:.1}\" height=\"16\" fill=\"{colour}\"/>\n",
                y + 4.0,
                (end - LEFT).max(1.0)
            ),
        );
        put(
            &mut svg,
            format_args!(
                "<text x=\"{:.1}\" y=\"{:.1}\">{:.2}</text>\n",
                end.max(LEFT) + 6.0,
                y + 16.0,
                bar.value
            ),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn format_power(power: i32) -> String {
    format!("{}", 10_f64.powi(power))
}

fn put(svg: &mut String, text: std::fmt::Arguments<'_>) {
    // Memory takes what is written.
    let _written = svg.write_fmt(text);
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_values_are_longer_bars_and_words_are_escaped() {
        let bar = |value| Bar { label: "a<b".to_owned(), value, ours: false };
        let svg = draw("CPU", &[bar(1.0), bar(10.0), bar(0.5)]);
        let widths: Vec<f64> = svg
            .lines()
            .filter(|line| line.contains("height=\"16\""))
            .filter_map(|line| line.split("width=\"").nth(1)?.split('"').next()?.parse().ok())
            .collect();
        assert!(widths[1] > widths[0] && widths[0] > widths[2], "{widths:?}");
        assert!(svg.contains("a&lt;b") && !svg.contains("a<b"));
    }
}
