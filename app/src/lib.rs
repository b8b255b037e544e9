//! What people see: pages, the primitives that they are made of, and the functions of the server
//! that they call. The server renders every page and the browser takes over from there.

#![expect(clippy::needless_pass_by_value, reason = "components own their properties")]
#![expect(
    unreachable_pub,
    reason = "components and server functions generate public items where they stand"
)]

#[cfg(feature = "ssr")]
mod charts;
mod error;
mod frame;
mod guard;
mod live;
mod navigation;
mod pages;
mod routes;
mod server_fns;
#[cfg(feature = "ssr")]
pub mod session;
mod settings_form;
#[cfg(feature = "ssr")]
mod shell;
mod status;
mod table_address;
mod ui;
mod usage_address;

pub use error::AppError;
pub use routes::App;
#[cfg(feature = "ssr")]
pub use {server_fns::context::Visitor, shell::shell};
