//! What a comparison says of openings made by hand or at random; `story` makes them.

mod story;

mod documented;
mod figures;
mod page;
mod properties;
mod reasons;
