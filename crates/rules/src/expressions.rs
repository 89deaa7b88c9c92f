//! Expressions in files: compiled, with their remarks put at the right line and column.

use springtide_core::expr::Expr;

use crate::SourceFile;
use crate::cel::{Remark, Scope, compile};
use crate::mistake::{Log, Place};
use crate::read::source;
use crate::yaml::{Node, places};

/// Compiles the expression that a key holds.
pub(crate) fn read(
    name: &str,
    node: &Node,
    scope: Scope,
    files: &[&SourceFile],
    log: &mut Log,
) -> Option<Expr> {
    let scalar = source(name, node, log)?;
    let compiled = compile(&scalar.text, scope);
    if compiled.faults.is_empty() && compiled.warnings.is_empty() {
        return compiled.expr;
    }
    let places = places(&files[node.place.file].text, scalar, node.place);
    let place = |remark: &Remark| -> Place { places.get(remark.at).copied().unwrap_or(node.place) };
    for fault in &compiled.faults {
        log.mistake(place(fault), format!("`{name}`: {}", fault.message), fault.hint.clone());
    }
    for warning in &compiled.warnings {
        log.warning(place(warning), format!("`{name}`: {}", warning.message), warning.hint.clone());
    }
    compiled.expr
}
