//! Messages that did not arrive, with the way to send them again. The page *Alerts* shows them.

use crate::{
    server_fns::webhooks::SendAgain,
    ui::{FormFooter, served_error, served_form},
};
use leptos::prelude::*;
use service::{Delivery, DeliveryList};

/// The newest messages that were given up, on the page with this query.
pub(crate) fn undelivered(list: &DeliveryList, query: &str) -> impl IntoView + use<> {
    let content = if list.deliveries.is_empty() {
        view! { <p class="empty">"Everything that was sent has arrived, or is still being tried."</p> }
            .into_any()
    } else {
        let rows = list.deliveries.iter().map(|of| row(of, list, query)).collect_view();
        let more = list.next_cursor.is_some().then(|| {
            view! { <p class="sub">"These are the newest 50; the API lists all of them."</p> }
        });
        view! {
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Message"</th>
                            <th scope="col">"To"</th>
                            <th scope="col">"Why it did not arrive"</th>
                            <th scope="col">
                                <span class="hidden">"Actions"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {more}
        }
        .into_any()
    };
    view! {
        <section class="section" aria-labelledby="undelivered">
            <h2 id="undelivered">"Not delivered"</h2>
            {content}
        </section>
    }
}

fn row(delivery: &Delivery, list: &DeliveryList, query: &str) -> impl IntoView + use<> {
    let id = delivery.id.to_string();
    let error = served_error::<SendAgain>(query).about("delivery", id.clone());
    let ended = delivery.ended_at.map(|at| {
        let at = list.zone.local_text(at);
        let tries = crate::ui::format::counted(i64::from(delivery.attempts), "attempt");
        view! { <span class="sub">{format!("Given up {at}, after {tries}")}</span> }
    });
    let way = if delivery.member.is_some() { "by email" } else { "channel" };
    let fields = view! {
        <input type="hidden" name="delivery" value=id />
        <FormFooter error fields=&[] pending=false button="Send again" />
    };
    view! {
        <tr>
            <th scope="row">
                {delivery.title.clone()}
                <span class="sub">{list.zone.local_text(delivery.happened_at)}</span>
            </th>
            <td data-label="To">
                {delivery.name.clone()} <span class="sub">{way}</span>
            </td>
            <td data-label="Why it did not arrive">{delivery.error.clone()} {ended}</td>
            <td class="actions">{served_form::<SendAgain>("", fields)}</td>
        </tr>
    }
}
