//! Templates of draft messages (SPEC 9.1): five parts, filled from an opportunity's evidence alone.

use std::collections::BTreeMap;

/// A part of a draft message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Who writes, and why now.
    Connect,
    /// What was seen.
    Present,
    /// How much of it.
    Quantify,
    /// That it has been worth it so far.
    Prove,
    /// What to do next.
    Propose,
}

impl Part {
    /// All, in the order of a message.
    pub const ALL: [Part; 5] = [Part::Connect, Part::Present, Part::Quantify, Part::Prove, Part::Propose];

    /// The name in a rule file and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Part::Connect => "connect",
            Part::Present => "present",
            Part::Quantify => "quantify",
            Part::Prove => "prove",
            Part::Propose => "propose",
        }
    }
}

macro_rules! placeholders {
    ($($variant:ident $name:literal $about:literal),* $(,)?) => {
        /// What a template may leave to the opportunity: `{used}`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Placeholder { $(#[doc = $about] $variant),* }

        impl Placeholder {
            /// All.
            pub const ALL: &'static [Placeholder] = &[$(Placeholder::$variant),*];

            /// The name between the braces.
            pub fn name(self) -> &'static str {
                match self { $(Placeholder::$variant => $name),* }
            }

            /// What stands there, for a person.
            pub fn about(self) -> &'static str {
                match self { $(Placeholder::$variant => $about),* }
            }
        }
    };
}

placeholders! {
    AccountName "account_name" "the account's name",
    Owner "owner" "who has it, by name",
    Role "role" "whose it is: `customer success`, `account management`, …",
    Play "play" "the play in words: `seat expansion`",
    Purchase "purchase" "what they would buy: `more seats`, `a larger plan`, `another product`, `more usage` or `an add-on`",
    ActBy "act_by" "the date to act by, where it is still to come",
    YearlyValue "yearly_value" "what it is worth to us a year, estimated, with the currency: not for the customer's eyes",
    RenewalDate "renewal_date" "the renewal's date, where it is still to come",
    FirstValueDate "first_value_date" "since when the product has been of value to them, where the gate asks for that",
    ProductEvidence "product_evidence" "the leading product signal in words",
    ProductDate "product_date" "its date",
    BusinessEvidence "business_evidence" "the leading business signal in words; it may be something that they would not like to read, such as intent data",
    BusinessDate "business_date" "its date",
    EngagementEvidence "engagement_evidence" "the leading engagement signal in words",
    Resource "resource" "what has a limit that they are near: `seats`, or the meter's name",
    Used "used" "how much of it they use",
    Limit "limit" "how much there is",
    Ratio "ratio" "used ÷ limit in percent",
    Left "left" "limit − used, where that is above 0",
    UsageDate "usage_date" "when that was read",
    GrowthOf "growth_of" "what grows from week to week: `seats in use`, or the meter's name",
    GrownFrom "grown_from" "how much it was a week before",
    GrownTo "grown_to" "how much it is",
    Growth "growth" "by how many percent it grew",
    ActiveUsers "active_users" "how many users are active",
    Invited "invited" "how many people were invited",
    Feature "feature" "a feature that they have begun to use",
    FeatureUsers "feature_users" "how many people use such features",
    Integration "integration" "an integration that they have connected",
    Milestone "milestone" "a milestone that they have reached",
    LimitReached "limit_reached" "a limit of their plan that they ran into",
    LimitHits "limit_hits" "how often they ran into limits",
    Overages "overages" "how often they were charged for what is above the limit",
    OverageMeter "overage_meter" "for which meter, the latest time",
    Openings "openings" "how many jobs they posted",
    HiringDepartment "hiring_department" "in which department",
    ExecutiveTitle "executive_title" "the title of somebody new in their management",
    ExecutiveDepartment "executive_department" "in which department",
    Office "office" "where they opened an office",
    HeadcountFrom "headcount_from" "how many people they were",
    HeadcountTo "headcount_to" "how many people they are",
    FundingRound "funding_round" "the round of funding that they raised",
    StrategyTopic "strategy_topic" "what they announced a strategy on",
    Acquired "acquired" "whom they acquired",
    RequestedFeature "requested_feature" "a feature that they asked for",
    RequestedTier "requested_tier" "the plan that has it",
    NpsScore "nps_score" "the score that somebody there gave us, 0 to 10",
}

impl Placeholder {
    /// The one of a name.
    ///
    /// ```
    /// use springtide_core::rules::Placeholder;
    /// assert_eq!(Placeholder::from_name("used"), Some(Placeholder::Used));
    /// assert_eq!(Placeholder::from_name("price"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Placeholder> {
        Placeholder::ALL.iter().copied().find(|known| known.name() == name)
    }
}

/// A piece of a template's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Text(Box<str>),
    /// What the opportunity says.
    Value(Placeholder),
}

/// One way to say something.
pub type Wording = Vec<Piece>;

/// A line of a template: the first of its wordings that has all its values is taken. It is left out whole where none has.
pub type Line = Vec<Wording>;

/// A template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// The subject.
    pub subject: Line,
    /// The parts in their order, each with its lines.
    pub parts: [Vec<Line>; 5],
}

/// The templates of a rule pack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drafts {
    /// For plays that have none of their own.
    pub default: Template,
    /// By play.
    pub plays: BTreeMap<Box<str>, Template>,
}

impl Drafts {
    /// The template for a play, and the name that it stands under.
    pub fn of<'d>(&'d self, play: &str) -> (&'d str, &'d Template) {
        match self.plays.get_key_value(play) {
            Some((name, template)) => (name, template),
            None => ("default", &self.default),
        }
    }
}
