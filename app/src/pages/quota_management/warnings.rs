//! What an administrator should know, and the way to do something about it.

use crate::{
    navigation::quota_management_address,
    ui::{Notice, format},
};
use domain::{
    access::{Action, Rights},
    views::{QuotaManagement, Warning},
};
use leptos::prelude::*;

/// All warnings of the page.
pub(super) fn warnings(data: &QuotaManagement, rights: &Rights) -> impl IntoView + use<> {
    let settings = rights
        .allow(Action::EditCreditSettings)
        .then(|| quota_management_address(data.page, "edit=settings"));
    data.warnings
        .iter()
        .map(|warning| {
            let link = offers_settings(warning).then(|| settings.clone()).flatten();
            let link = link.map(|href| {
                view! {
                    <a href=href data-noscroll>
                        "Set a limit"
                    </a>
                }
            });
            let text = text(warning);
            view! {
                <Notice>
                    <p>{text} " " {link}</p>
                </Notice>
            }
        })
        .collect_view()
}

fn offers_settings(warning: &Warning) -> bool {
    match warning {
        Warning::NoEnterpriseLimit | Warning::CycleNotRunning => true,
        Warning::OverPromised { .. } => false,
    }
}

fn text(warning: &Warning) -> String {
    match warning {
        Warning::NoEnterpriseLimit => {
            "No enterprise limit is set: anyone without a limit of their own can use all that the \
             plan holds."
                .to_owned()
        }
        Warning::CycleNotRunning => {
            "The enterprise limit does not apply today: its custom dates lie elsewhere.".to_owned()
        }
        Warning::OverPromised { excess } => format!(
            "Limits promise {} more than are left. Lower some of them, or raise the enterprise \
             limit: otherwise the last to ask are refused.",
            format::counted(*excess, "credit")
        ),
    }
}
