//! The API and the pages over HTTP, on a real database, at a time that the tests set.

mod access;
mod bad_input;
mod credit_settings;
mod decisions;
mod members;
mod pages;
mod support;
