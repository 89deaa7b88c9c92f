//! Names and catalogues. All companies and people are made up; domains end in `.example`, which nobody can own.

pub mod catalog;
pub mod company;
pub mod people;
pub mod world;
