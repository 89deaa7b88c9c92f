//! What `deploy/` and `docs/` give to those who run Springtide: held to the tools that read it, and to the code.

mod alerts;
mod dashboards;
mod figures;
mod live;
mod runbooks;
