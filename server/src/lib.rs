//! How Allot is reached: configuration, HTTP, the command line, and what runs beside requests.

pub mod commands;
pub mod config;
pub mod database;
pub mod http;
mod logs;
mod messages;
mod metrics;
pub mod serve;
mod traces;
