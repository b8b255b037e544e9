//! What a chart says about the day that somebody points at. Charts are finished HTML, so the page
//! around them listens: to whatever is pointed at, gets the focus, or gets a key.

use leptos::{
    ev::KeyboardEvent,
    html::Div,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, Event, HtmlElement},
};

/// The targets of days in a chart.
const DAY: &str = ".chart-targets > rect";
/// The one that the tooltip is about.
const MARKED: &str = ".chart-targets > [data-on]";
/// Between the day and the tooltip, in pixels.
const GAP: f64 = 8.0;

/// The tooltip of all charts of a page.
#[derive(Clone, Copy)]
pub(crate) struct ChartTip(NodeRef<Div>);

impl ChartTip {
    pub(crate) fn new() -> Self {
        Self(NodeRef::new())
    }

    /// Where it is shown. Always there, because screen readers announce only what changes in an
    /// element that they know.
    pub(crate) fn view(self) -> impl IntoView {
        view! { <div class="chart-tip" role="status" node_ref=self.0></div> }
    }

    /// Follows what is pointed at: by touch, too, which leaves no trace of going away.
    pub(crate) fn point(self, event: &Event) {
        self.show(target(event).and_then(|on| on.closest(DAY).ok().flatten()));
    }

    /// Begins at the last day of a chart that the keyboard comes to.
    pub(crate) fn focus(self, event: &Event) {
        let chart = target(event).filter(|on| on.matches(".chart-svg") == Ok(true));
        let by_keyboard = |chart: &Element| chart.matches(":focus-visible") == Ok(true);
        // A click brings the focus as well, and has its day already.
        if chart.as_ref().is_none_or(by_keyboard) {
            self.show(chart.and_then(|chart| find(&chart, ".chart-targets > :last-child")));
        }
    }

    /// Goes on to other days by the arrow keys, and away with Esc.
    pub(crate) fn key(self, event: &KeyboardEvent) {
        let key = event.key();
        if key == "Escape" {
            return self.show(None);
        }
        let chart = target(event).filter(|on| on.matches(".chart-svg") == Ok(true));
        let Some(day) = chart.and_then(|chart| find(&chart, MARKED)) else { return };
        let days = || day.parent_element();
        let next = match key.as_str() {
            "ArrowLeft" => day.previous_element_sibling(),
            "ArrowRight" => day.next_element_sibling(),
            "Home" => days().and_then(|days| days.first_element_child()),
            "End" => days().and_then(|days| days.last_element_child()),
            _ => return,
        };
        event.prevent_default();
        self.show(next.or(Some(day)));
    }

    /// Shows what there is to say about a day; about none, nothing.
    fn show(self, day: Option<Element>) {
        let Some(tip) = self.0.get_untracked() else { return };
        let page = document().document_element();
        if let Some(marked) = page.as_ref().and_then(|page| find(page, MARKED)) {
            _ = marked.remove_attribute("data-on");
        }
        let text = day.as_ref().and_then(text).unwrap_or_default();
        tip.set_text_content(Some(&text));
        let (Some(day), Some(page)) = (day, page) else { return };
        _ = day.set_attribute("data-on", "");
        let (at, width) = (day.get_bounding_client_rect(), f64::from(page.client_width()));
        // On the side where there is more room.
        let (side, other, distance) = if at.left() < width / 2.0 {
            ("left", "right", at.right())
        } else {
            ("right", "left", width - at.left())
        };
        let style = HtmlElement::style(&tip);
        _ = style.set_property(side, &format!("{}px", distance + GAP));
        _ = style.set_property(other, "auto");
        _ = style.set_property("top", &format!("{}px", at.top()));
    }
}

/// The text about a day. Without scripts it is a title, which the browser would show besides.
fn text(day: &Element) -> Option<String> {
    if let Some(title) = day.first_element_child() {
        _ = day.set_attribute("data-text", &title.text_content()?);
        title.remove();
    }
    day.get_attribute("data-text")
}

fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

fn find(within: &Element, selector: &str) -> Option<Element> {
    within.query_selector(selector).ok().flatten()
}
