//! Who the account is from an instant on (SPEC 2.4).

use serde::{Deserialize, Serialize};

use super::Ordered;
use super::canonical::Object;
use crate::sorted::SortedMap;
use crate::time::Millis;

/// Size class of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// Large companies.
    Enterprise,
    /// Between the two.
    MidMarket,
    /// Small and medium businesses.
    Smb,
}

impl Segment {
    /// All segments.
    pub const ALL: [Segment; 3] = [Segment::Enterprise, Segment::MidMarket, Segment::Smb];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Segment::Enterprise => "enterprise",
            Segment::MidMarket => "mid_market",
            Segment::Smb => "smb",
        }
    }
}

/// How strong our advocate inside the account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Champion {
    /// Nobody.
    None,
    /// Somebody who likes us.
    Weak,
    /// Somebody who speaks for us.
    Moderate,
    /// Somebody who decides for us.
    Strong,
}

impl Champion {
    /// All strengths.
    pub const ALL: [Champion; 4] = [Champion::None, Champion::Weak, Champion::Moderate, Champion::Strong];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Champion::None => "none",
            Champion::Weak => "weak",
            Champion::Moderate => "moderate",
            Champion::Strong => "strong",
        }
    }
}

/// The whole profile from its instant on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Event time: valid from here on.
    pub at: Millis,
    /// The producer's event id.
    pub id: Box<str>,
    /// The customer's name.
    pub name: Box<str>,
    /// Internet domains.
    pub domains: Vec<Box<str>>,
    /// Size class.
    pub segment: Segment,
    /// Line of business.
    pub industry: Option<Box<str>>,
    /// The plan bought.
    pub plan: Option<Box<str>>,
    /// Start of the customer relationship.
    pub signed_up_at: Option<Millis>,
    /// Monthly recurring revenue in `currency`; 0 after churn.
    pub mrr: f64,
    /// ISO 4217 code.
    pub currency: Box<str>,
    /// Seats bought.
    pub seats_licensed: Option<f64>,
    /// Price of a seat.
    pub price_per_seat: Option<f64>,
    /// Limit by meter.
    pub limits: SortedMap<Box<str>, f64>,
    /// 0 to 100.
    pub health_score: Option<f64>,
    /// When the product first proved its worth.
    pub first_value_at: Option<Millis>,
    /// Next renewal.
    pub renewal_at: Option<Millis>,
    /// Last time the customer bought more.
    pub last_expansion_at: Option<Millis>,
    /// Our advocate.
    pub champion: Option<Champion>,
    /// Products owned.
    pub products: Vec<Box<str>>,
    /// Departments that buy.
    pub buyer_departments: Vec<Box<str>>,
    /// Person by role.
    pub owners: SortedMap<Box<str>, Box<str>>,
    /// Id by system, passed through.
    pub external_ids: SortedMap<Box<str>, Box<str>>,
}

macro_rules! profile_fields {
    ($($variant:ident $name:literal),* $(,)?) => {
        /// A field of a profile that an expression may read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ProfileField { $(#[doc = concat!("`", $name, "`")] $variant),* }

        impl ProfileField {
            /// All fields.
            pub const ALL: &'static [ProfileField] = &[$(ProfileField::$variant),*];

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(ProfileField::$variant => $name),* }
            }

            /// The field of a name.
            pub fn from_name(name: &str) -> Option<ProfileField> {
                match name { $($name => Some(ProfileField::$variant),)* _ => None }
            }
        }
    };
}

profile_fields! {
    EventId "event_id", AccountId "account_id", OccurredAt "occurred_at",
    Name "name", Domains "domains", Segment "segment", Industry "industry", Plan "plan", SignedUpAt "signed_up_at",
    Mrr "mrr", Currency "currency", SeatsLicensed "seats_licensed", PricePerSeat "price_per_seat", Limits "limits",
    HealthScore "health_score", FirstValueAt "first_value_at", RenewalAt "renewal_at",
    LastExpansionAt "last_expansion_at", Champion "champion", Products "products",
    BuyerDepartments "buyer_departments", Owners "owners", ExternalIds "external_ids",
}

impl Profile {
    /// A time field's value; `None` where it is absent or the field is no time.
    pub fn time(&self, field: ProfileField) -> Option<Millis> {
        match field {
            ProfileField::OccurredAt => Some(self.at),
            ProfileField::SignedUpAt => self.signed_up_at,
            ProfileField::FirstValueAt => self.first_value_at,
            ProfileField::RenewalAt => self.renewal_at,
            ProfileField::LastExpansionAt => self.last_expansion_at,
            _ => None,
        }
    }
}

impl Ordered for Profile {
    fn at(&self) -> Millis {
        self.at
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn canonical(&self) -> String {
        let mut object = Object::default();
        object
            .text("event_id", &self.id)
            .time("occurred_at", self.at)
            .text("name", &self.name)
            .texts("domains", &self.domains)
            .text("segment", self.segment.name())
            .number("mrr", self.mrr)
            .text("currency", &self.currency)
            .numbers("limits", &self.limits)
            .texts("products", &self.products)
            .texts("buyer_departments", &self.buyer_departments)
            .names("owners", &self.owners)
            .names("external_ids", &self.external_ids);
        for (key, text) in [("industry", &self.industry), ("plan", &self.plan)] {
            text.as_deref().into_iter().for_each(|text| {
                object.text(key, text);
            });
        }
        for (key, number) in [
            ("seats_licensed", self.seats_licensed),
            ("price_per_seat", self.price_per_seat),
            ("health_score", self.health_score),
        ] {
            number.into_iter().for_each(|number| {
                object.number(key, number);
            });
        }
        for field in [
            ProfileField::SignedUpAt,
            ProfileField::FirstValueAt,
            ProfileField::RenewalAt,
            ProfileField::LastExpansionAt,
        ] {
            self.time(field).into_iter().for_each(|at| {
                object.time(field.name(), at);
            });
        }
        self.champion.into_iter().for_each(|champion| {
            object.text("champion", champion.name());
        });
        object.finish()
    }
}
