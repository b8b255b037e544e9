//! A bordered box with a title, and the number that it is about.

use super::format::grouped;
use leptos::prelude::*;

/// A box with a title.
#[component]
pub(crate) fn Card(
    /// Its title.
    title: &'static str,
    /// What it shows.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card" aria-label=title>
            <h2 class="card-title">{title}</h2>
            {children()}
        </section>
    }
}

/// The number that people came for, with its unit.
#[component]
pub(crate) fn Figure(
    /// The number.
    value: i64,
    /// What it counts, such as `credits left`.
    unit: &'static str,
) -> impl IntoView {
    view! {
        <p class="figure">
            {grouped(value)} " " <span class="unit">{unit}</span>
        </p>
    }
}
