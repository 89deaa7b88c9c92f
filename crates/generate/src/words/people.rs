//! People: a first and a last name by number.

const FIRST: [&str; 40] = [
    "Ada", "Amara", "Anouk", "Bela", "Bruno", "Chidi", "Clara", "Dario", "Devika", "Elif", "Emeka", "Farah",
    "Freya", "Goran", "Hana", "Hugo", "Ilse", "Imani", "Joao", "Kaito", "Keiko", "Lars", "Leila", "Lucia",
    "Mara", "Mateo", "Mei", "Nadia", "Niko", "Noor", "Oskar", "Pilar", "Priya", "Rafael", "Ravi", "Saana",
    "Sofia", "Tomas", "Yara", "Zoe",
];
const LAST: [&str; 40] = [
    "Abara",
    "Almeida",
    "Andersson",
    "Banerjee",
    "Bauer",
    "Castellan",
    "Costa",
    "Dahl",
    "Demir",
    "Duarte",
    "Eriksen",
    "Fontaine",
    "Fujita",
    "Garcia",
    "Grau",
    "Haddad",
    "Hartono",
    "Ibarra",
    "Ivanova",
    "Jansen",
    "Kaya",
    "Keller",
    "Kovacs",
    "Lindqvist",
    "Madsen",
    "Moreau",
    "Nakata",
    "Novak",
    "Okafor",
    "Oliveira",
    "Park",
    "Pereira",
    "Quist",
    "Rahman",
    "Rossi",
    "Sato",
    "Silva",
    "Tanaka",
    "Virtanen",
    "Weiss",
];

fn parts(number: u64) -> (&'static str, &'static str) {
    (FIRST[(number % 40) as usize], LAST[(number / 40 % 40) as usize])
}

/// `Mara Lindqvist`
pub fn name(number: u64) -> String {
    let (first, last) = parts(number);
    format!("{first} {last}")
}

/// `mara.lindqvist@alderwick-foods.example`
pub fn email(number: u64, domain: &str) -> String {
    let (first, last) = parts(number);
    // The number tells namesakes apart, who would otherwise be one person to a detector.
    format!("{}.{}{}@{domain}", first.to_lowercase(), last.to_lowercase(), number / 1_600 % 100)
}
