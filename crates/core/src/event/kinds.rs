//! The five topics and the table of record types: one row a `type`, one cell a field (SPEC 2.1 to 2.3).
//!
//! Decoding, expressions, canonical JSON and storage all read this table: a new type or field is one line.

use serde::{Deserialize, Serialize};

/// An input topic, in the order of SPEC section 2, which is also the order of ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Topic {
    /// What users do in the product.
    ProductUsage,
    /// What happens in the customer's business.
    BusinessSignals,
    /// How the customer speaks with us.
    EngagementSignals,
    /// Who the customer is.
    AccountProfiles,
    /// What became of opportunities.
    OpportunityOutcomes,
}

impl Topic {
    /// All topics, in order.
    pub const ALL: [Topic; 5] = [
        Topic::ProductUsage,
        Topic::BusinessSignals,
        Topic::EngagementSignals,
        Topic::AccountProfiles,
        Topic::OpportunityOutcomes,
    ];

    /// The default name.
    pub fn name(self) -> &'static str {
        match self {
            Topic::ProductUsage => "product-usage",
            Topic::BusinessSignals => "business-signals",
            Topic::EngagementSignals => "engagement-signals",
            Topic::AccountProfiles => "account-profiles",
            Topic::OpportunityOutcomes => "opportunity-outcomes",
        }
    }

    /// The topic of a default name.
    ///
    /// ```
    /// use springtide_core::event::Topic;
    /// assert_eq!(Topic::from_name("product-usage"), Some(Topic::ProductUsage));
    /// ```
    pub fn from_name(name: &str) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// Position in [`Topic::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// What a field of an activity holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldType {
    /// Any string.
    Text,
    /// One of the listed strings.
    OneOf(&'static [&'static str]),
    /// A whole number, 0 or more.
    Count,
    /// A whole number within bounds, both included.
    CountWithin(f64, f64),
    /// A finite number, 0 or more.
    Amount,
    /// A finite number within bounds, both included.
    AmountWithin(f64, f64),
}

/// One field of a record type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// The name on the wire.
    pub name: &'static str,
    /// What it holds.
    pub ty: FieldType,
    /// Whether a record without it is bad.
    pub required: bool,
}

const fn must(name: &'static str, ty: FieldType) -> Field {
    Field { name, ty, required: true }
}

const fn may(name: &'static str, ty: FieldType) -> Field {
    Field { name, ty, required: false }
}

macro_rules! kinds {
    ($($variant:ident $name:literal $topic:ident [$($field:expr),* $(,)?]),* $(,)?) => {
        /// A record type of the product, business or engagement topic.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum Kind { $(#[doc = concat!("`", $name, "`")] $variant),* }

        impl Kind {
            /// All types, in the order of SPEC section 2, then those of section 9.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),*];

            /// The `type` on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$variant => $name),* }
            }

            /// The topic the type belongs to.
            pub fn topic(self) -> Topic {
                match self { $(Kind::$variant => Topic::$topic),* }
            }

            /// The fields beside `event_id`, `account_id`, `occurred_at` and `type`.
            pub fn fields(self) -> &'static [Field] {
                use FieldType::*;
                match self { $(Kind::$variant => { const FIELDS: &[Field] = &[$($field),*]; FIELDS }),* }
            }
        }
    };
}

kinds! {
    SeatSnapshot "seat_snapshot" ProductUsage [must("seats_used", Count), may("seats_licensed", Count)],
    MeterReading "meter_reading" ProductUsage [must("meter", Text), must("used", Amount), may("limit", Amount)],
    UserActivity "user_activity" ProductUsage [must("user_id", Text)],
    FeatureUsed "feature_used" ProductUsage [must("feature", Text), may("user_id", Text)],
    IntegrationConnected "integration_connected" ProductUsage [must("integration", Text)],
    UserInvited "user_invited" ProductUsage [must("invitee", Text)],
    OverageCharged "overage_charged" ProductUsage [must("meter", Text), must("amount", Amount)],
    LimitReached "limit_reached" ProductUsage [must("gate", Text), may("user_id", Text)],
    MilestoneReached "milestone_reached" ProductUsage [must("milestone", Text)],
    JobPosted "job_posted" BusinessSignals [must("posting_id", Text), must("title", Text), must("department", Text)],
    ExecutiveHired "executive_hired" BusinessSignals [
        may("name", Text), must("title", Text),
        must("seniority", OneOf(&["c_level", "vp", "director", "manager"])), must("department", Text),
    ],
    EarningsGuidance "earnings_guidance" BusinessSignals [must("direction", OneOf(&["raised", "maintained", "lowered"]))],
    StrategicAnnouncement "strategic_announcement" BusinessSignals [must("topic", Text)],
    Acquisition "acquisition" BusinessSignals [must("role", OneOf(&["acquirer", "target"])), may("counterpart", Text)],
    FundingRaised "funding_raised" BusinessSignals [may("round", Text), may("amount_usd", Amount)],
    OfficeOpened "office_opened" BusinessSignals [must("location", Text)],
    HeadcountChanged "headcount_changed" BusinessSignals [must("previous", Count), must("current", Count)],
    IntentSurge "intent_surge" BusinessSignals [must("topic", Text), must("score", AmountWithin(0.0, 100.0))],
    CompetitorResearched "competitor_researched" BusinessSignals [may("competitor", Text)],
    NewsPublished "news_published" BusinessSignals [
        must("sentiment", OneOf(&["positive", "neutral", "negative"])), may("headline", Text),
    ],
    LayoffAnnounced "layoff_announced" BusinessSignals [may("count", Count), may("share", Amount)],
    TechStackChanged "tech_stack_changed" BusinessSignals [
        must("technology", Text), must("change", OneOf(&["adopted", "dropped"])),
    ],
    NpsResponse "nps_response" EngagementSignals [must("score", CountWithin(0.0, 10.0)), may("respondent", Text)],
    PublicShare "public_share" EngagementSignals [must("channel", OneOf(&["case_study", "conference", "social"]))],
    ChampionActive "champion_active" EngagementSignals [
        must("contact", Text), must("strength", OneOf(&["weak", "moderate", "strong"])),
    ],
    ReferralMade "referral_made" EngagementSignals [may("referred", Text)],
    FeatureRequested "feature_requested" EngagementSignals [must("feature", Text), may("tier", Text)],
    EscalationOpened "escalation_opened" EngagementSignals [
        must("priority", OneOf(&["p1", "p2", "p3"])), must("ticket", Text),
    ],
    // Types are stored by their position, so new ones follow here.
    SimilarAccountsOwn "similar_accounts_own" BusinessSignals [
        must("product", Text), must("support", AmountWithin(0.0, 1.0)), must("lift", Amount),
        must("peers", Count), must("owners", Count),
    ],
}

impl Kind {
    /// The kind of a `type`.
    ///
    /// ```
    /// use springtide_core::event::Kind;
    /// assert_eq!(Kind::from_name("job_posted"), Some(Kind::JobPosted));
    /// assert_eq!(Kind::from_name("nonsense"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Position of a field among [`Kind::fields`].
    pub fn field(self, name: &str) -> Option<usize> {
        self.fields().iter().position(|field| field.name == name)
    }
}
