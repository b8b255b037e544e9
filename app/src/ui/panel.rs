//! What is only read is rendered on the server alone: its components are no part of the web app that
//! browsers download, and a panel puts the finished HTML in place.

use leptos::{
    prelude::*,
    tachys::{
        html::element::{InnerHtmlValue, div},
        renderer::types::Element,
    },
    wasm_bindgen::JsCast,
    web_sys::{FocusOptions, HtmlElement},
};
use serde::{Deserialize, Serialize};

/// Finished HTML, made by the server from a view, which escapes the texts in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Html(String);

impl Html {
    /// Whether there is nothing to show.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(feature = "ssr")]
impl Html {
    /// What a view renders to. It is rendered at once, within the owner that asks, so that nothing
    /// in it may wait for data.
    pub(crate) fn of(view: impl IntoView) -> Self {
        // Between texts stand marks for a browser that takes over, which none does here. In texts
        // and attributes such a mark would be escaped.
        Self(view.into_view().to_html().replace("<!>", ""))
    }

    /// The HTML.
    #[cfg(test)]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shows what the server rendered. Links and forms in it work as anywhere. When other HTML takes
/// its place, each `<details>` with an id stays open, and what has the focus keeps it by its id.
#[component]
pub(crate) fn Panel(
    /// What it shows.
    html: Html,
) -> impl IntoView {
    // Leptos empties the element before it asks for the HTML: then it is too late to look.
    let kept = if cfg!(feature = "hydrate") { Kept::now() } else { Kept::default() };
    div().class("panel").inner_html(Shown { html, kept })
}

/// What people would miss if it was closed or lost the focus: ids.
#[derive(Clone, Debug, Default)]
struct Kept {
    open: Vec<String>,
    focused: Option<String>,
}

impl Kept {
    /// What is open and has the focus now, on the whole page.
    fn now() -> Self {
        let details = document().get_elements_by_tag_name("details");
        let details = (0..details.length()).filter_map(|index| details.item(index));
        let open = details.filter(|of| of.has_attribute("open")).map(|of| of.id());
        let focused = document().active_element().map(|focused| focused.id());
        Self {
            open: open.filter(|id| !id.is_empty()).collect(),
            focused: focused.filter(|id| !id.is_empty()),
        }
    }

    /// Opens and focuses it again, as far as it is inside of `element`.
    fn restore(&self, element: &Element) {
        let find = |id: &String| {
            let found = document().get_element_by_id(id);
            found.filter(|found| element.contains(Some(found)))
        };
        for details in self.open.iter().filter_map(find) {
            // Fails for names that are no attribute's only.
            _ = details.set_attribute("open", "");
        }
        let focused = self.focused.as_ref().and_then(find);
        if let Some(focused) = focused.and_then(|focused| focused.dyn_into::<HtmlElement>().ok()) {
            // The page must not jump because a number in it changed.
            let stay = FocusOptions::new();
            stay.set_prevent_scroll(true);
            // Nothing is lost where the browser refuses.
            _ = focused.focus_with_options(&stay);
        }
    }
}

/// HTML that is shown as it is, and what is to be as it was before.
#[derive(Clone, Debug)]
struct Shown {
    html: Html,
    kept: Kept,
}

impl InnerHtmlValue for Shown {
    type AsyncOutput = Self;
    type State = Element;
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn html_len(&self) -> usize {
        self.html.0.len()
    }

    fn to_html(self, buf: &mut String) {
        buf.push_str(&self.html.0);
    }

    fn to_template(_buf: &mut String) {}

    fn hydrate<const FROM_SERVER: bool>(self, element: &Element) -> Self::State {
        if FROM_SERVER { element.clone() } else { self.build(element) }
    }

    fn build(self, element: &Element) -> Self::State {
        element.set_inner_html(&self.html.0);
        self.kept.restore(element);
        element.clone()
    }

    fn rebuild(self, element: &mut Self::State) {
        *element = self.build(element);
    }

    fn into_cloneable(self) -> Self::Cloneable {
        self
    }

    fn into_cloneable_owned(self) -> Self::CloneableOwned {
        self
    }

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self::AsyncOutput {
        self
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn texts_in_a_panel_are_no_markup() {
        let name = "<b>Ann</b> & <!>".to_owned();
        let html = Html::of(view! { <p title=name.clone()>{name.clone()} {name.clone()}</p> });
        let (rendered, escaped) = (html.as_str(), "&lt;b&gt;Ann&lt;/b&gt; &amp; &lt;!&gt;");
        assert_eq!(rendered, format!("<p title=\"{escaped}\">{escaped}{escaped}</p>"));
        let panel = view! { <Panel html=html.clone() /> }.to_html();
        assert_eq!(panel, format!("<div class=\"panel\">{rendered}</div>"));
    }
}
