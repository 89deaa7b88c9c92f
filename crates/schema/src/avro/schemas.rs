//! The project's own Avro schemas, embedded: one a topic in, one out.

use std::sync::LazyLock;

use apache_avro::Schema;
use springtide_core::event::Topic;

/// The output, `expansion-opportunity.avsc`.
pub const OPPORTUNITY: &str = include_str!("../../../../schemas/expansion-opportunity.avsc");

const PRODUCT_USAGE: &str = include_str!("../../../../schemas/product-usage.avsc");
const BUSINESS_SIGNALS: &str = include_str!("../../../../schemas/business-signals.avsc");
const ENGAGEMENT_SIGNALS: &str = include_str!("../../../../schemas/engagement-signals.avsc");
const ACCOUNT_PROFILES: &str = include_str!("../../../../schemas/account-profiles.avsc");
const OPPORTUNITY_OUTCOMES: &str = include_str!("../../../../schemas/opportunity-outcomes.avsc");

/// The schema of a topic's values, as JSON text for a registry.
///
/// ```
/// use springtide_core::event::Topic;
/// use springtide_schema::avro::{WriterSchema, schemas};
/// for topic in Topic::ALL {
///     assert!(WriterSchema::parse(schemas::of(topic)).is_ok());
/// }
/// ```
pub fn of(topic: Topic) -> &'static str {
    match topic {
        Topic::ProductUsage => PRODUCT_USAGE,
        Topic::BusinessSignals => BUSINESS_SIGNALS,
        Topic::EngagementSignals => ENGAGEMENT_SIGNALS,
        Topic::AccountProfiles => ACCOUNT_PROFILES,
        Topic::OpportunityOutcomes => OPPORTUNITY_OUTCOMES,
    }
}

/// The output's schema, parsed.
pub fn opportunity() -> &'static Schema {
    static PARSED: LazyLock<Schema> = LazyLock::new(|| {
        // The text is embedded, and a test parses it.
        #[allow(clippy::expect_used)]
        Schema::parse_str(OPPORTUNITY).expect("the embedded schema parses")
    });
    &PARSED
}
