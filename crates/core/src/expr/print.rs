//! Expressions as text again: what the output's `gate` and `explain` call a condition.

use std::fmt;

use super::{Arithmetic, Comparison, Expr, Root, TextTest};

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::Greater => ">",
            Comparison::AtLeast => ">=",
        })
    }
}

impl Expr {
    /// How tightly the outermost operator binds.
    fn strength(&self) -> u8 {
        match self {
            Expr::Choose(..) => 0,
            Expr::Or(_) => 1,
            Expr::And(_) => 2,
            Expr::Compare(..) | Expr::In(..) => 3,
            Expr::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, ..) => 4,
            Expr::Arithmetic(..) => 5,
            Expr::Not(_) | Expr::Negate(_) => 6,
            // Written with a sign, it binds as one.
            Expr::Number(number) if number.is_sign_negative() => 6,
            _ => 7,
        }
    }

    fn within(&self, f: &mut fmt::Formatter<'_>, least: u8) -> fmt::Result {
        if self.strength() < least { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Expr], by: &str, least: u8) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(by)?;
        }
        part.within(f, least)?;
    }
    Ok(())
}

fn infix(f: &mut fmt::Formatter<'_>, a: &Expr, op: &dyn fmt::Display, b: &Expr, strength: u8) -> fmt::Result {
    a.within(f, strength)?;
    write!(f, " {op} ")?;
    b.within(f, strength + 1)
}

/// The largest whole number up to which every whole number is a double: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number as CEL reads it: beyond [`EXACT`] with a point, since it may be no integer in range.
fn number(f: &mut fmt::Formatter<'_>, number: f64) -> fmt::Result {
    if number == 0.0 && number.is_sign_negative() {
        return f.write_str("-0.0");
    }
    let mut buffer = ryu_js::Buffer::new();
    let digits = buffer.format(number);
    let bare = number.abs() >= EXACT && digits.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    write!(f, "{digits}{}", if bare { ".0" } else { "" })
}

/// A text literal with CEL's escapes.
fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Number(value) => number(f, *value),
            Expr::Text(text) => quoted(f, text),
            Expr::Bool(value) => write!(f, "{value}"),
            Expr::List(parts) => {
                f.write_str("[")?;
                joined(f, parts, ", ", 0)?;
                f.write_str("]")
            }
            Expr::Event(name, _) | Expr::Unknown(Root::Event, name) => write!(f, "event.{name}"),
            Expr::Profile(field) => write!(f, "profile.{}", field.name()),
            Expr::Unknown(Root::Profile, name) => write!(f, "profile.{name}"),
            Expr::Member(of, key) => {
                of.within(f, 7)?;
                write!(f, ".{key}")
            }
            Expr::Index(of, at) => {
                of.within(f, 7)?;
                write!(f, "[{at}]")
            }
            Expr::Has(field) => write!(f, "has({field})"),
            Expr::Not(of) => {
                f.write_str("!")?;
                of.within(f, 7)
            }
            Expr::Negate(of) => {
                f.write_str("-")?;
                of.within(f, 7)
            }
            Expr::And(parts) => joined(f, parts, " && ", 3),
            Expr::Or(parts) => joined(f, parts, " || ", 2),
            Expr::Compare(op, a, b) => infix(f, a, op, b, 4),
            Expr::In(a, b) => infix(f, a, &"in", b, 4),
            Expr::Arithmetic(op, a, b) => {
                let sign = match op {
                    Arithmetic::Add => "+",
                    Arithmetic::Subtract => "-",
                    Arithmetic::Multiply => "*",
                    Arithmetic::Divide => "/",
                };
                infix(f, a, &sign, b, self.strength())
            }
            Expr::Choose(condition, yes, no) => {
                condition.within(f, 1)?;
                f.write_str(" ? ")?;
                yes.within(f, 1)?;
                write!(f, " : {no}")
            }
            Expr::DaysSince(time) => write!(f, "days_since({time})"),
            Expr::Size(of) => write!(f, "size({of})"),
            Expr::Double(of) => write!(f, "double({of})"),
            Expr::TextTest(test, of, other) => {
                let name = match test {
                    TextTest::StartsWith => "startsWith",
                    TextTest::EndsWith => "endsWith",
                    TextTest::Contains => "contains",
                };
                of.within(f, 7)?;
                write!(f, ".{name}({other})")
            }
            Expr::Matches(of, pattern) => {
                of.within(f, 7)?;
                f.write_str(".matches(")?;
                quoted(f, pattern.as_str())?;
                f.write_str(")")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::ProfileField;

    fn boxed(expr: &Expr) -> Box<Expr> {
        Box::new(expr.clone())
    }

    fn prints(table: &[(Expr, &str)]) {
        for (expr, want) in table {
            assert_eq!(expr.to_string(), *want, "{expr:?}");
        }
    }

    #[test]
    fn brackets_stay_where_they_matter() {
        let x = Expr::Profile(ProfileField::Mrr);
        let text = |literal: &str| Box::new(Expr::Text(literal.into()));
        let choose = Expr::Choose(boxed(&x), boxed(&Expr::Bool(true)), boxed(&Expr::Bool(false)));
        let minus = Expr::Negate(boxed(&x));
        let not = Expr::Not(boxed(&x));
        let sum = Expr::Arithmetic(Arithmetic::Add, boxed(&x), boxed(&x));
        prints(&[
            (
                Expr::Choose(boxed(&x), boxed(&choose), boxed(&x)),
                "profile.mrr ? (profile.mrr ? true : false) : profile.mrr",
            ),
            (
                Expr::Choose(boxed(&x), boxed(&x), boxed(&choose)),
                "profile.mrr ? profile.mrr : profile.mrr ? true : false",
            ),
            (
                Expr::Choose(boxed(&choose), boxed(&x), boxed(&x)),
                "(profile.mrr ? true : false) ? profile.mrr : profile.mrr",
            ),
            (Expr::Negate(boxed(&minus)), "-(-profile.mrr)"),
            (Expr::Negate(boxed(&Expr::Number(-1.0))), "-(-1)"),
            (Expr::Not(boxed(&not)), "!(!profile.mrr)"),
            (Expr::Not(boxed(&minus)), "!(-profile.mrr)"),
            (Expr::Not(boxed(&Expr::And(vec![x.clone(), not.clone()]))), "!(profile.mrr && !profile.mrr)"),
            (Expr::Member(boxed(&sum), "a".into()), "(profile.mrr + profile.mrr).a"),
            (Expr::Index(boxed(&choose), text("a")), "(profile.mrr ? true : false)[\"a\"]"),
            (
                Expr::TextTest(TextTest::Contains, boxed(&sum), text("a")),
                "(profile.mrr + profile.mrr).contains(\"a\")",
            ),
            (
                Expr::Matches(boxed(&minus), regex::Regex::new(r"\d").unwrap()),
                r#"(-profile.mrr).matches("\\d")"#,
            ),
            (
                Expr::Arithmetic(Arithmetic::Subtract, boxed(&x), boxed(&sum)),
                "profile.mrr - (profile.mrr + profile.mrr)",
            ),
        ]);
    }

    #[test]
    fn literals_can_be_read_again() {
        prints(&[
            (
                Expr::Text("a \"b\" \\ \n \t \u{1} \u{85} é \u{1f30a}".into()),
                r#""a \"b\" \\ \n \t \u0001 \u0085 é 🌊""#,
            ),
            (Expr::Number(60.0), "60"),
            (Expr::Number(0.1), "0.1"),
            (Expr::Number(-0.0), "-0.0"),
            (Expr::Number(9_007_199_254_740_991.0), "9007199254740991"),
            (Expr::Number(1e20), "100000000000000000000.0"),
            (Expr::Number(-1e20), "-100000000000000000000.0"),
            (Expr::Number(1e300), "1e+300"),
        ]);
    }
}
