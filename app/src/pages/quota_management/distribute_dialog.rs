//! *Distribute evenly*: what it would do, before it does it.

use crate::{
    server_fns::credits::DistributeEvenly,
    table_address::TableAddress,
    ui::{Dialog, FormError, FormFooter, PostForm, format, use_posting},
};
use domain::views::EvenShares;
use leptos::prelude::*;

/// The link that opens it.
pub(super) const OPENER: &str = "distribute";

/// The dialog.
pub(super) fn dialog(shares: &EvenShares, address: &TableAddress) -> impl IntoView + use<> {
    let (shares, address) = (shares.clone(), address.clone());
    view! {
        <Dialog title="Distribute evenly".to_owned() close=address.here() opener=OPENER.to_owned()>
            <DistributeForm shares=shares.clone() address=address.clone() />
        </Dialog>
    }
}

#[component]
fn DistributeForm(
    /// Who would get what.
    shares: EvenShares,
    /// The part of the table to return to.
    address: TableAddress,
) -> impl IntoView {
    let posting = use_posting::<DistributeEvenly>();
    let error = FormError::of(posting);
    let rows = shares
        .first
        .iter()
        .map(|share| {
            let before = share.before.map(|(cap, credits)| format::cap(cap, Some(credits)));
            view! {
                <tr>
                    <th scope="row">{share.name.clone()}</th>
                    <td class="number" data-label="Before">{before.unwrap_or_else(|| "Pool".to_owned())}</td>
                    <td class="number" data-label="After">{format::cap(share.after.0, Some(share.after.1))}</td>
                </tr>
            }
        })
        .collect_view();
    let more = shares.members - i64::try_from(shares.first.len()).unwrap_or(0);
    let what = format!(
        "{} among {}, to the last credit.",
        format::counted(shares.base, "credit"),
        format::counted(shares.members, "active member")
    );
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="back" value=address.query_string() />
            <p>{what}</p>
            <div class="table-box table-box-small">
                <table class="table table-plain">
                    <thead>
                        <tr>
                            <th scope="col">"Member"</th>
                            <th scope="col" class="number">"Before"</th>
                            <th scope="col" class="number">"After"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {(more > 0).then(|| view! { <p class="sub">{format!("and {more} more")}</p> })}
            <FormFooter error fields=&[] pending=posting.pending() button="Distribute" />
        </PostForm>
    }
}
