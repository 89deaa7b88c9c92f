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

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Number(number) => f.write_str(ryu_js::Buffer::new().format(*number)),
            Expr::Text(text) => write!(f, "{text:?}"),
            Expr::Bool(value) => write!(f, "{value}"),
            Expr::List(parts) => {
                f.write_str("[")?;
                joined(f, parts, ", ", 0)?;
                f.write_str("]")
            }
            Expr::Event(name, _) | Expr::Unknown(Root::Event, name) => write!(f, "event.{name}"),
            Expr::Profile(field) => write!(f, "profile.{}", field.name()),
            Expr::Unknown(Root::Profile, name) => write!(f, "profile.{name}"),
            Expr::Member(of, key) => write!(f, "{of}.{key}"),
            Expr::Index(of, at) => write!(f, "{of}[{at}]"),
            Expr::Has(field) => write!(f, "has({field})"),
            Expr::Not(of) => {
                f.write_str("!")?;
                of.within(f, 6)
            }
            Expr::Negate(of) => {
                f.write_str("-")?;
                of.within(f, 6)
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
                write!(f, " ? {yes} : {no}")
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
                write!(f, "{of}.{name}({other})")
            }
            Expr::Matches(of, pattern) => write!(f, "{of}.matches({:?})", pattern.as_str()),
        }
    }
}
