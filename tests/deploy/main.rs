//! What `deploy/` and `docs/` give to those who run Springtide: held to the tools that read it, and to the code.

mod alerts;
mod compose;
mod connect;
mod dashboards;
mod drill;
mod figures;
mod helm;
mod image;
mod live;
mod runbooks;
mod systemd;
