//! How long what is left will last.

use crate::ui::{Icon, Symbol};
use domain::{answer::LimitScope, forecast::METHOD};
use leptos::prelude::*;
use service::{Lasting, UsageTogether};

/// Every limit with what it leaves, and when that is used up.
pub(super) fn section(of: &UsageTogether, currency: &str) -> Option<impl IntoView + use<>> {
    let row = |of: &Lasting| {
        let whose = match of.scope {
            LimitScope::Plan => "the plan’s",
            _ => "the organization’s",
        };
        let left = of.meter.unit.text(of.left, currency);
        view! {
            <tr>
                <th scope="row">
                    {of.meter.name.clone()}
                    <span class="sub">{format!("{whose} {} limit", of.period.as_str())}</span>
                </th>
                <td class="number" data-label="Left">{left}</td>
                <td data-label="Forecast">
                    <span>
                        {of.runs_out.then(|| view! { <Icon symbol=Symbol::Warning /> })} " "
                        {of.text.clone()}
                    </span>
                </td>
            </tr>
        }
    };
    let rows: Vec<_> = of.lasting.iter().map(row).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="section">
                <h2>"How long it lasts"</h2>
                <div class="table-box">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Limit"</th>
                                <th scope="col" class="number">"Left"</th>
                                <th scope="col">"Forecast"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                <p class="sub">{METHOD}</p>
            </section>
        }
    })
}
