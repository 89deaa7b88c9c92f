//! What is wrong in a rule pack, and where: the one way in which every part of this crate complains.

use std::fmt;

/// One mistake (or warning), at its place in a file.
///
/// ```
/// use springtide_rules::Mistake;
/// let mistake = Mistake {
///     file: "plays.yaml".into(),
///     line: 3,
///     column: 5,
///     message: "unknown key `windw`".into(),
///     hint: Some("did you mean `window`?".into()),
/// };
/// assert_eq!(mistake.to_string(), "plays.yaml:3:5: unknown key `windw` (did you mean `window`?)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The file's path, as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What may help.
    pub hint: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

/// Why a pack was refused: every mistake in it, sorted by file, line and column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mistakes {
    /// What has to be mended; never empty.
    pub mistakes: Vec<Mistake>,
    /// What is allowed, but odd.
    pub warnings: Vec<Mistake>,
    /// What is likely a slip.
    pub hints: Vec<Mistake>,
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.mistakes.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// A place in one of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Position among the files.
    pub file: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

/// Collects what is found wrong, so that a person sees all of it at once.
#[derive(Debug)]
pub(crate) struct Log {
    files: Vec<String>,
    found: Mistakes,
}

impl Log {
    pub(crate) fn new(files: Vec<String>) -> Log {
        Log { files, found: Mistakes::default() }
    }

    pub(crate) fn mistake(&mut self, at: Place, message: impl Into<String>, hint: impl Into<Option<String>>) {
        let mistake = self.entry(at, message.into(), hint.into());
        self.found.mistakes.push(mistake);
    }

    pub(crate) fn warning(&mut self, at: Place, message: impl Into<String>, hint: impl Into<Option<String>>) {
        let warning = self.entry(at, message.into(), hint.into());
        self.found.warnings.push(warning);
    }

    pub(crate) fn hint(&mut self, at: Place, message: impl Into<String>) {
        let hint = self.entry(at, message.into(), None);
        self.found.hints.push(hint);
    }

    fn entry(&self, at: Place, message: String, hint: Option<String>) -> Mistake {
        Mistake { file: self.files[at.file].clone(), line: at.line, column: at.column, message, hint }
    }

    /// A place as a person would write it.
    pub(crate) fn name(&self, at: Place) -> String {
        format!("{}:{}:{}", self.files[at.file], at.line, at.column)
    }

    /// Warnings and hints, or everything where there is a mistake.
    pub(crate) fn finish(mut self) -> Result<(Vec<Mistake>, Vec<Mistake>), Mistakes> {
        for list in [&mut self.found.mistakes, &mut self.found.warnings, &mut self.found.hints] {
            list.sort();
            list.dedup();
        }
        let Mistakes { mistakes, warnings, hints } = self.found;
        if mistakes.is_empty() { Ok((warnings, hints)) } else { Err(Mistakes { mistakes, warnings, hints }) }
    }
}
