//! What browsers download: it takes over the pages that the server rendered.

use wasm_bindgen::prelude::wasm_bindgen;

/// Attaches event handlers to the page. The script in the page calls it once this is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}
