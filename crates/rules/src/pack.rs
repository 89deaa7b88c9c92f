//! From files to a pack.

use std::collections::BTreeMap;

use springtide_core::rules::{Detector, Drafts, Play, Rules};

use crate::cel::Scope;
use crate::mistake::{Log, Mistake, Mistakes};
use crate::play::{Known, Used};
use crate::sections::Sections;
use crate::{SourceFile, builtin, calendar, detector, drafts, expressions, hints, play, scoring, version};

/// A compiled rule pack.
#[derive(Clone, Debug)]
pub struct Pack {
    /// The rules; their version names the content of all files together, drafts left out.
    pub rules: Rules,
    /// Templates of draft messages; those that ship, where the pack has no section for them.
    pub drafts: Drafts,
    /// What is allowed, but odd, sorted by file, line and column.
    pub warnings: Vec<Mistake>,
    /// What is likely a slip, sorted so too.
    pub hints: Vec<Mistake>,
    /// Names the part that needs history (detectors, and the plays' lists, windows and cooldowns): packs that
    /// agree in it can be exchanged without a look back.
    pub history: String,
}

/// Compiles files into a pack; files are read in the order of their paths, whatever order they come in.
///
/// ```
/// use springtide_rules::{SourceFile, compile};
/// let file = |text: &str| SourceFile { path: "rules.yaml".into(), text: text.into() };
/// let pack = compile(&[file("
/// detectors:
///   funding: { family: business, event: funding_raised, match: {}, urgency: high }
/// plays:
///   new-money: { motion: upsell, business: [funding], window: 10bd }
/// ")]).unwrap();
/// assert_eq!(&*pack.rules.plays[0].name, "new-money");
///
/// let mistakes = compile(&[file("plays:\n  new-money: { motion: upsel, business: [] }\n")]).unwrap_err();
/// assert_eq!(mistakes.to_string(), "\
/// rules.yaml:2:3: a play needs `product` or `business` detectors\n\
/// rules.yaml:2:24: `motion`: expected one of `seat`, `upsell`, `cross_sell`, `usage`, `add_on`, \
/// found the text \"upsel\" (did you mean `upsell`?)");
/// ```
///
/// # Errors
/// All mistakes of all files, and the warnings and hints beside them.
pub fn compile(files: &[SourceFile]) -> Result<Pack, Mistakes> {
    let mut files: Vec<&SourceFile> = files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut log = Log::new(files.iter().map(|file| file.path.clone()).collect());
    let sections = Sections::gather(&files, &mut log);

    let detectors: Vec<Detector> = sections
        .detectors
        .iter()
        .filter_map(|(name, named)| detector::read(name, named, &files, &mut log))
        .collect();
    let plays = plays(&sections, &detectors, &files, &mut log);
    let scoring = scoring::read(&sections.scoring, &mut log);
    let calendar = calendar::read(&sections.calendar, &mut log);

    let mut drafts = drafts::read(&sections, &mut log);

    let (warnings, hints) = log.finish()?;
    if sections.drafts.is_empty() {
        drafts = builtin::drafts();
    } else if !drafts::has_default(&sections) {
        drafts.default = builtin::drafts().default;
    }
    // No mistakes: every detector compiled, so their positions are those of their names.
    let rules = Rules::new(&version::of_content(&sections), detectors, plays, scoring, calendar);
    Ok(Pack { history: version::of_history(&sections, &rules), rules, drafts, warnings, hints })
}

fn plays(sections: &Sections, detectors: &[Detector], files: &[&SourceFile], log: &mut Log) -> Vec<Play> {
    let gates = sections
        .gates
        .iter()
        .map(|(name, named)| (name.as_str(), expressions::read(name, &named.node, Scope::Gate, files, log)));
    let gates: BTreeMap<_, _> = gates.collect();
    let families = detectors.iter().map(|detector| (&*detector.name, detector.family)).collect();
    let known = Known { detectors: &sections.detectors, families, gates, complete: sections.complete, files };
    let mut used = Used::default();
    let plays: Vec<Play> = sections
        .plays
        .iter()
        .filter_map(|(name, named)| play::read(name, named, &known, &mut used, log))
        .collect();
    if sections.complete {
        hints::give(sections, detectors, &plays, &used, log);
    }
    plays
}
