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
    div().class("panel").inner_html(html)
}

/// Puts `html` into `element`, and leaves open what was open, and the focus where it was.
fn replace(element: &Element, html: &str) {
    let open = element.get_elements_by_tag_name("details");
    let open = (0..open.length()).filter_map(|index| open.item(index));
    let open = open.filter(|details| details.has_attribute("open")).map(|details| details.id());
    let open: Vec<String> = open.filter(|id| !id.is_empty()).collect();
    let focused = document().active_element().filter(|focused| element.contains(Some(focused)));
    let focused = focused.map(|focused| focused.id()).filter(|id| !id.is_empty());

    element.set_inner_html(html);

    for details in open.iter().filter_map(|id| document().get_element_by_id(id)) {
        // Fails for names that are no attribute's only.
        _ = details.set_attribute("open", "");
    }
    let focused = focused.and_then(|id| document().get_element_by_id(&id));
    if let Some(focused) = focused.and_then(|focused| focused.dyn_into::<HtmlElement>().ok()) {
        // The page must not jump because a number in it changed.
        let stay = FocusOptions::new();
        stay.set_prevent_scroll(true);
        // Nothing is lost where the browser refuses.
        _ = focused.focus_with_options(&stay);
    }
}

impl InnerHtmlValue for Html {
    type AsyncOutput = Self;
    type State = (Element, Self);
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn html_len(&self) -> usize {
        self.0.len()
    }

    fn to_html(self, buf: &mut String) {
        buf.push_str(&self.0);
    }

    fn to_template(_buf: &mut String) {}

    fn hydrate<const FROM_SERVER: bool>(self, element: &Element) -> Self::State {
        if FROM_SERVER { (element.clone(), self) } else { self.build(element) }
    }

    fn build(self, element: &Element) -> Self::State {
        element.set_inner_html(&self.0);
        (element.clone(), self)
    }

    fn rebuild(self, (element, shown): &mut Self::State) {
        if self != *shown {
            replace(element, &self.0);
            *shown = self;
        }
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
