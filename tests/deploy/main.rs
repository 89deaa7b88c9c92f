//! What `deploy/` and `docs/` give to those who run Springtide: held to the tools that read it, and to the code.

mod compose;
mod connect;
mod helm;
mod image;
mod systemd;
