//! What a report says, figure by figure: golden cases, odd cases, and what holds of any history.

mod story;

mod deals;
mod documented;
mod money;
mod odd;
mod pace;
mod plays;
mod properties;
