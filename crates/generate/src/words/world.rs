//! The customer's side: departments, titles, places, and what the press writes.

/// Departments and the titles they hire.
pub const DEPARTMENTS: [(&str, [&str; 3]); 10] = [
    ("engineering", ["Software Engineer", "Platform Engineer", "Engineering Manager"]),
    ("sales", ["Account Executive", "Sales Development Representative", "Sales Engineer"]),
    ("marketing", ["Content Strategist", "Demand Generation Manager", "Product Marketer"]),
    ("support", ["Support Specialist", "Support Engineer", "Support Team Lead"]),
    ("operations", ["Operations Analyst", "Programme Manager", "Supply Planner"]),
    ("finance", ["Financial Analyst", "Controller", "Accounts Payable Specialist"]),
    ("people", ["Recruiter", "People Partner", "Payroll Specialist"]),
    ("product", ["Product Manager", "Product Designer", "User Researcher"]),
    ("data", ["Data Analyst", "Data Engineer", "Machine Learning Engineer"]),
    ("security", ["Security Analyst", "Security Engineer", "Compliance Manager"]),
];

/// Cities with an office to open.
pub const CITIES: [&str; 16] = [
    "Lisbon",
    "Toronto",
    "Singapore",
    "Austin",
    "Warsaw",
    "Nairobi",
    "Dublin",
    "Melbourne",
    "Sao Paulo",
    "Osaka",
    "Berlin",
    "Denver",
    "Stockholm",
    "Bengaluru",
    "Mexico City",
    "Lyon",
];

/// What strategies are about.
pub const STRATEGIES: [&str; 8] = [
    "ai",
    "new_market",
    "sustainability",
    "automation",
    "customer_experience",
    "cost_programme",
    "platform_shift",
    "international_expansion",
];

/// What people read up on before they buy.
pub const INTENTS: [&str; 8] = [
    "workflow automation",
    "team collaboration",
    "business intelligence",
    "data integration",
    "access management",
    "service management",
    "project planning",
    "usage analytics",
];

/// Competitors of the vendor, all made up.
pub const COMPETITORS: [&str; 5] = ["Tideline", "Mosswork", "Quarrel", "Lanternly", "Brackish"];

/// Kinds of technology that come and go.
pub const TECHNOLOGIES: [&str; 10] = [
    "data warehouse",
    "event streaming",
    "identity provider",
    "container platform",
    "crm",
    "erp",
    "feature store",
    "help desk",
    "marketing automation",
    "observability",
];

/// Funding rounds, with amounts in millions of dollars.
pub const ROUNDS: [(&str, (f64, f64)); 5] = [
    ("seed", (1.0, 5.0)),
    ("A", (6.0, 20.0)),
    ("B", (20.0, 60.0)),
    ("C", (50.0, 150.0)),
    ("D", (100.0, 300.0)),
];

/// Good, neutral and bad headlines; the company's name goes in front.
pub const HEADLINES: [[&str; 5]; 3] = [
    [
        "wins a contract across three countries",
        "reports its best quarter so far",
        "named among the best places to work",
        "doubles the capacity of its main site",
        "launches a product to long queues",
    ],
    [
        "appoints a new auditor",
        "moves its annual meeting to May",
        "publishes its yearly report",
        "joins an industry association",
        "renames its loyalty programme",
    ],
    [
        "misses its own forecast",
        "faces complaints over late deliveries",
        "loses its largest customer",
        "recalls a batch of products",
        "closes a site after losses",
    ],
];
