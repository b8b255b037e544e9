//! What somebody did last, and what it cost.

use crate::ui::format;
use domain::views::{OperationState, RecentOperation};
use leptos::prelude::*;

/// The newest operations.
pub(super) fn operations(operations: &[RecentOperation]) -> impl IntoView + use<> {
    let table = if operations.is_empty() {
        let text = "You have not used anything yet. What you use appears here at once.";
        view! { <p class="empty">{text}</p> }.into_any()
    } else {
        let rows = operations.iter().map(row).collect_view();
        view! {
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Operation"</th>
                            <th scope="col">"When"</th>
                            <th scope="col" class="number">"Quantity"</th>
                            <th scope="col" class="number">"Cost"</th>
                            <th scope="col">"State"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="section">
            <div class="section-head">
                <h2>"Recent operations"</h2>
                <span class="sub">"The last 20 that cost something"</span>
            </div>
            {table}
        </section>
    }
}

fn row(operation: &RecentOperation) -> impl IntoView + use<> {
    let state = match &operation.state {
        OperationState::Used => "Used".to_owned(),
        OperationState::Refunded { units } if *units >= operation.quantity => "Refunded".to_owned(),
        OperationState::Refunded { units } => format!("{} refunded", format::grouped(*units)),
        OperationState::Held { until } => format!("Held until {until}"),
        OperationState::Released => "Given back unused".to_owned(),
        OperationState::Expired => "Expired unused".to_owned(),
    };
    view! {
        <tr>
            <th scope="row">{operation.operation.clone()}</th>
            <td data-label="When">{operation.at.clone()}</td>
            <td class="number" data-label="Quantity">{format::grouped(operation.quantity)}</td>
            <td class="number" data-label="Cost">{operation.costs.join(" · ")}</td>
            <td data-label="State">{state}</td>
        </tr>
    }
}
