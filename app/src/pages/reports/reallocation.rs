//! The table of proposed limits, as the fields of a form.

use crate::ui::{Html, format};
use domain::reports::{Proposal, Reallocation};
use leptos::prelude::*;

/// The table; nothing where no limit is proposed.
pub(crate) fn table(found: &Reallocation) -> Html {
    if found.members.is_empty() {
        return Html::default();
    }
    let kind = if found.weekly { "%-d %b" } else { "%b" };
    let columns = found.periods.iter().map(|first| {
        view! { <th scope="col" class="number">{first.format(kind).to_string()}</th> }
    });
    let now: i64 = found.members.iter().map(|member| member.limit).sum();
    let then: i64 = found.members.iter().map(|member| member.proposed).sum();
    let rows =
        found.members.iter().enumerate().map(|of| row(of, &found.periods, kind)).collect_view();
    let what = if found.weekly { "weeks" } else { "months" };
    let first = found.periods.first().map(|day| day.format("%-d %b %Y").to_string());
    Html::of(view! {
        <p class="section-text">
            {format!(
                "From {} to {}, in whole {what} of {}. A limit that fits is the busiest of these and a tenth \
                more, a quarter for who was refused something; together no more than the {} there are.",
                first.unwrap_or_default(),
                found.last.format("%-d %b %Y"),
                found.zone,
                format::counted(found.base, "credit"),
            )}
        </p>
        <dl class="pairs">
            <dt>"Promised by limits now"</dt>
            <dd>{format::counted(now, "credit")}</dd>
            <dt>"Promised by this proposal"</dt>
            <dd>{format::counted(then, "credit")}</dd>
        </dl>
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Apply"</th>
                        <th scope="col">"Member"</th>
                        {columns.collect_view()}
                        <th scope="col" class="number">"Refused"</th>
                        <th scope="col" class="number">"Limit now"</th>
                        <th scope="col" class="number">"New limit"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    })
}

fn row(
    (index, of): (usize, &Proposal),
    periods: &[chrono::NaiveDate],
    kind: &str,
) -> impl IntoView + use<> {
    let field = |name: &str| format!("limits[{index}][{name}]");
    let used = of.used.iter().zip(periods).map(|(used, first)| {
        let label = first.format(kind).to_string();
        view! { <td class="number" data-label=label>{format::grouped(*used)}</td> }
    });
    let differs = of.proposed != of.limit;
    let (apply, new) = (format!("Apply to {}", of.name), format!("New limit of {}", of.name));
    view! {
        <tr>
            <td class="select">
                <input type="hidden" name=field("member") value=of.member.to_string() />
                <input type="hidden" name=field("version") value=of.version.to_string() />
                <input
                    type="checkbox"
                    name=field("apply")
                    value="true"
                    checked=differs
                    aria-label=apply
                />
            </td>
            <th scope="row">
                {of.name.clone()}
                {of.ends_at.map(|_| view! { <span class="sub">"has a temporary limit, which this replaces"</span> })}
            </th>
            {used.collect_view()}
            <td class="number" data-label="Refused">{format::counted(of.refused, "time")}</td>
            <td class="number" data-label="Limit now">{format::cap(of.cap, Some(of.limit))}</td>
            <td class="number" data-label="New limit">
                <input
                    class="input input-short"
                    name=field("limit")
                    value=of.proposed.to_string()
                    inputmode="numeric"
                    autocomplete="off"
                    aria-label=new
                />
            </td>
        </tr>
    }
}
