//! The vendor's side: what the product has, sells and counts.

/// A plan and the price of a seat a month.
pub const PLANS: [(&str, f64); 4] =
    [("starter", 15.0), ("team", 25.0), ("business", 42.0), ("enterprise", 64.0)];

/// Features; the last [`ADVANCED`] belong to a more mature way of working.
pub const FEATURES: [&str; 20] = [
    "dashboards",
    "reports",
    "search",
    "comments",
    "templates",
    "exports",
    "calendar_view",
    "mobile_app",
    "notifications",
    "shared_views",
    "tasks",
    "forms",
    "tagging",
    "file_sharing",
    "automation",
    "api",
    "sso",
    "advanced_reporting",
    "audit_log",
    "custom_roles",
];
/// How many of the features are advanced.
pub const ADVANCED: u32 = 6;
/// The features that every plan has, as bits.
pub const BASIC_MASK: u32 = (1 << (FEATURES.len() as u32 - ADVANCED)) - 1;
/// The advanced features, as bits.
pub const ADVANCED_MASK: u32 = ((1 << FEATURES.len()) - 1) & !BASIC_MASK;

/// What can be connected.
pub const INTEGRATIONS: [&str; 12] = [
    "chat",
    "crm",
    "data_warehouse",
    "email",
    "help_desk",
    "identity_provider",
    "issue_tracker",
    "object_storage",
    "payroll",
    "spreadsheet",
    "version_control",
    "webhooks",
];

/// What the product team defined as a success.
pub const MILESTONES: [&str; 10] = [
    "first_report_shared",
    "ten_dashboards",
    "hundred_reports",
    "first_automation",
    "thousand_tasks",
    "five_teams_active",
    "first_department_wide_rollout",
    "ten_thousand_records",
    "hundred_automations",
    "million_records",
];

/// What is metered: name, what a seat includes, and the smallest step of a limit.
pub const METERS: [(&str, f64, f64); 4] = [
    ("api_calls", 2_000.0, 5_000.0),
    ("storage_gb", 5.0, 10.0),
    ("automation_runs", 200.0, 500.0),
    ("messages", 500.0, 1_000.0),
];

/// What is sold; everybody has the first.
pub const PRODUCTS: [&str; 5] = ["core", "analytics", "automation", "service_desk", "data_sync"];

/// What people run into.
pub const GATES: [&str; 6] = ["sso", "audit_log", "advanced_reporting", "custom_roles", "api", "automation"];

/// What people ask for.
pub const REQUESTS: [&str; 8] = [
    "audit log export",
    "scim provisioning",
    "custom branding",
    "row level permissions",
    "approval flows",
    "scheduled exports",
    "offline mode",
    "data residency",
];

/// The plays that an outcome may name.
pub const PLAYS: [&str; 7] = [
    "seat-expansion",
    "tier-upgrade",
    "cross-sell",
    "usage-growth",
    "add-on",
    "usage-limit",
    "renewal-expansion",
];
