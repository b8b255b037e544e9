//! `/notifications`: what the one who looks was told.

use super::panel_page::panel_page;
use crate::server_fns::notifications::notifications;
use domain::access::Action;
use leptos::prelude::*;

/// What the one who looks was told.
#[component]
pub(crate) fn NotificationsPage() -> impl IntoView {
    panel_page("Notifications", Action::ViewOwnUsage, |query| Box::pin(notifications(query)))
}

#[cfg(feature = "ssr")]
pub(crate) use content::content;

#[cfg(feature = "ssr")]
mod content {
    use crate::{
        navigation::NOTIFICATIONS,
        server_fns::notifications::ReadNotifications,
        ui::{Html, Paging, served_form},
    };
    use domain::views::{Notification, NotificationsView};
    use leptos::prelude::*;

    /// The whole page.
    pub(crate) fn content(view: &NotificationsView) -> Html {
        let read = (view.unread > 0).then(|| {
            let button = view! {
                <button class="button" type="submit">
                    "Mark all as read"
                </button>
            };
            served_form::<ReadNotifications>("", button)
        });
        let list = if view.notifications.is_empty() {
            let text = "Nothing yet. You are told here when a limit is nearly used up.";
            view! { <p class="empty">{text}</p> }.into_any()
        } else {
            let items = view.notifications.iter().map(item).collect_view();
            view! { <ul class="news">{items}</ul> }.into_any()
        };
        let address = |page: i64| format!("{NOTIFICATIONS}?page={page}");
        Html::of(view! {
            <div class="page-head">
                <h1>"Notifications"</h1>
                {read}
            </div>
            {list}
            <Paging page=view.page pages=view.pages address />
        })
    }

    fn item(news: &Notification) -> impl IntoView + use<> {
        let lines = news.lines.iter().map(|line| view! { <p>{line.clone()}</p> }).collect_view();
        let class = if news.read { "news-item" } else { "news-item news-unread" };
        let unread = (!news.read).then(|| view! { <span class="badge badge-active">"New"</span> });
        view! {
            <li class=class>
                <p class="news-head">
                    <span class="news-title">{news.title.clone()}</span>
                    {unread}
                </p>
                {lines}
                <p class="sub">
                    {news.when.text.clone()} " · "
                    <a href=news.link.clone()>{news.button.clone()}</a>
                </p>
            </li>
        }
    }
}
