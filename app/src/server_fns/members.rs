//! Members, their invitations, and adding them by the thousand.

#![expect(
    clippy::too_many_arguments,
    reason = "a form is posted flat: one argument for each of its fields"
)]
#![cfg_attr(
    feature = "ssr",
    expect(clippy::fn_params_excessive_bools, reason = "one for each checkbox of a form")
)]

use super::json::Json;
use crate::error::AppError;
use domain::{
    ids::{MemberId, MemberImportId},
    members::MemberListInput,
    views::members as views,
};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{
        budgets::BudgetForm,
        context::{answer_error, caller, service, session, session_failed, visitor},
    },
    crate::navigation::{MEMBER_IMPORT, MEMBERS, address_with},
    domain::{
        access::Role,
        ids::SubtenantId,
        input::{Code, Invalid},
        members::{MembershipChange, parse_roles},
        views::MemberStatus,
    },
    service::{Invited, MemberEdit, NewMember},
    uuid::Uuid,
};

/// The page *Members*: which list, the member that a dialog is about, and whether the page shows
/// the link of an invitation that was made a moment ago.
#[server(prefix = "/actions", endpoint = "members", output = Json)]
pub async fn members(
    #[server(default)] list: MemberListInput,
    #[server(default)] opened: Option<MemberId>,
    #[server(default)] link: bool,
) -> Result<views::Members, AppError> {
    let caller = caller()?;
    let mut members = service()?.members(&caller, &list, opened).await.map_err(answer_error)?;
    if link {
        members.link =
            crate::session::shown_once(&session().await?).await.map_err(session_failed)?;
    }
    Ok(members)
}

/// Invites somebody. The page that follows shows the link.
#[server(prefix = "/actions", endpoint = "invite_member")]
pub async fn invite_member(
    name: String,
    email: String,
    #[server(default)] job_role: String,
    #[server(default)] subtenant: String,
    #[server(default)] tenant_administrator: bool,
    #[server(default)] quota_administrator: bool,
    #[server(default)] subtenant_administrator: bool,
    #[server(default)] user_quota_administrator: bool,
    #[server(default)] member: bool,
    #[server(default)] list: String,
) -> Result<(), AppError> {
    let checked = [
        tenant_administrator,
        quota_administrator,
        subtenant_administrator,
        user_quota_administrator,
        member,
    ];
    let mut typed = typed_roles(checked);
    typed.extend([
        ("name", name.clone()),
        ("email", email.clone()),
        ("job_role", job_role.clone()),
        ("subtenant", subtenant.clone()),
    ]);
    let invite = async {
        let new = NewMember {
            email: email.parse()?,
            name: name.parse()?,
            external_id: None,
            subtenant: chosen_subtenant(&subtenant)?,
            job_role: chosen_job_role(&job_role)?,
            status: MemberStatus::Invited,
            roles: chosen_roles(checked)?,
            limit: None,
        };
        let added = service()?.add_member(&caller()?, new, None).await?;
        Ok::<_, AppError>((added.id, added.invitation))
    };
    let (id, invited) = invite.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    show_link(id, invited, &list).await
}

/// Saves what is known of a member, their roles, and where the form has them, their personal budgets.
#[server(prefix = "/actions", endpoint = "save_member")]
pub async fn save_member(
    id: MemberId,
    version: i64,
    name: String,
    #[server(default)] job_role: String,
    #[server(default)] subtenant: String,
    #[server(default)] external_id: String,
    #[server(default)] ai_tokens: String,
    #[server(default)] ai_tokens_seen: String,
    #[server(default)] enrichments: String,
    #[server(default)] enrichments_seen: String,
    #[server(default)] tenant_administrator: bool,
    #[server(default)] quota_administrator: bool,
    #[server(default)] subtenant_administrator: bool,
    #[server(default)] user_quota_administrator: bool,
    #[server(default)] member: bool,
    #[server(default)] list: String,
) -> Result<(), AppError> {
    let checked = [
        tenant_administrator,
        quota_administrator,
        subtenant_administrator,
        user_quota_administrator,
        member,
    ];
    let mut typed = typed_roles(checked);
    typed.extend([
        ("name", name.clone()),
        ("job_role", job_role.clone()),
        ("subtenant", subtenant.clone()),
        ("external_id", external_id.clone()),
    ]);
    let budgets = BudgetForm([(ai_tokens, ai_tokens_seen), (enrichments, enrichments_seen)]);
    typed.extend(budgets.typed());
    let save = async {
        let external_id = Some(external_id.trim()).filter(|id| !id.is_empty());
        let edit = MemberEdit {
            name: Some(name.parse()?),
            roles: Some(chosen_roles(checked)?),
            job_role: Some(chosen_job_role(&job_role)?),
            subtenant: Some(chosen_subtenant(&subtenant)?),
            external_id: Some(external_id.map(str::parse).transpose()?),
            status: None,
            budgets: budgets.parse_if_there()?,
        };
        service()?.edit_member(&caller()?, id, edit, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&back_to(&list, "saved=person"));
    Ok(())
}

/// Deactivates, reactivates or removes a member, or takes an invitation back or renews it.
#[server(prefix = "/actions", endpoint = "change_membership")]
pub async fn change_membership(
    id: MemberId,
    version: i64,
    change: String,
    #[server(default)] list: String,
) -> Result<(), AppError> {
    let change: MembershipChange = change.parse().map_err(answer_error)?;
    let (service, caller) = (service()?, caller()?);
    let status = |status| MemberEdit { status: Some(status), ..MemberEdit::default() };
    let version = Some(version);
    let done = match change {
        MembershipChange::Resend => {
            let invited =
                service.renew_invitation(&caller, id, None).await.map_err(answer_error)?;
            return show_link(id, Some(invited), &list).await;
        }
        MembershipChange::Revoke => service.revoke_invitation(&caller, id, version).await,
        MembershipChange::Remove => service.remove_member(&caller, id, version).await,
        MembershipChange::Deactivate => {
            let edit = status(MemberStatus::Inactive);
            service.edit_member(&caller, id, edit, version).await.map(|_saved| ())
        }
        MembershipChange::Reactivate => {
            let edit = status(MemberStatus::Active);
            service.edit_member(&caller, id, edit, version).await.map(|_saved| ())
        }
    };
    done.map_err(answer_error)?;
    leptos_axum::redirect(&back_to(&list, &format!("saved={}", change.code())));
    Ok(())
}

/// What importing a list would do.
#[server(prefix = "/actions", endpoint = "member_import", output = Json)]
pub async fn member_import(draft: MemberImportId) -> Result<views::ImportDraft, AppError> {
    service()?.member_import(&caller()?, draft).await.map_err(answer_error)
}

/// Keeps a list of members, for a look at what importing it would do.
#[server(prefix = "/actions", endpoint = "draft_member_import")]
pub async fn draft_member_import(#[server(default)] csv: String) -> Result<(), AppError> {
    let id = service()?.draft_member_import(&caller()?, &csv).await.map_err(answer_error)?;
    leptos_axum::redirect(&address_with(MEMBER_IMPORT, &[&format!("draft={id}")]));
    Ok(())
}

/// Adds all members of a list.
#[server(prefix = "/actions", endpoint = "import_members")]
pub async fn import_members(draft: MemberImportId) -> Result<(), AppError> {
    service()?.import_members(&caller()?, draft).await.map_err(answer_error)?;
    leptos_axum::redirect(&address_with(MEMBERS, &["saved=import"]));
    Ok(())
}

/// What a link with an invitation leads to: for anyone who has it.
#[server(prefix = "/actions", endpoint = "invitation", output = Json)]
pub async fn invitation(token: String) -> Result<views::Invitation, AppError> {
    service()?.invitation(&token, visitor()?.ip).await.map_err(answer_error)
}

/// Joins by a link, and signs in. `new` is the password of those who have none yet.
#[server(prefix = "/actions", endpoint = "accept_invitation")]
pub async fn accept_invitation(
    token: String,
    #[server(default)] new: String,
) -> Result<(), AppError> {
    let ip = visitor()?.ip;
    let who = service()?.accept_invitation(&token, &new, ip).await.map_err(answer_error)?;
    crate::session::sign_in(&session().await?, who).await.map_err(session_failed)?;
    leptos_axum::redirect("/");
    Ok(())
}

/// The address of the list that somebody came from.
#[cfg(feature = "ssr")]
fn back_to(list: &str, query: &str) -> String {
    // It goes into a header: what is no part of an address is left out.
    let harmless = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    let list = Some(list).filter(|list| list.len() <= 2_000 && list.bytes().all(harmless));
    address_with(MEMBERS, &[list.unwrap_or_default(), query])
}

/// Leads to the page that shows the link of an invitation, once.
#[cfg(feature = "ssr")]
async fn show_link(id: MemberId, invited: Option<Invited>, list: &str) -> Result<(), AppError> {
    if let Some(invited) = invited {
        let session = session().await?;
        let link = &invited.invitation_url;
        crate::session::show_once(&session, link).await.map_err(session_failed)?;
    }
    leptos_axum::redirect(&back_to(list, &format!("link={id}")));
    Ok(())
}

/// What the checkboxes of a form say, one for each of [`Role::ALL`].
#[cfg(feature = "ssr")]
fn typed_roles(checked: [bool; 5]) -> Vec<(&'static str, String)> {
    let each = Role::ALL.into_iter().zip(checked);
    each.map(|(role, checked)| (role.code(), checked.to_string())).collect()
}

#[cfg(feature = "ssr")]
fn chosen_roles(checked: [bool; 5]) -> Result<Vec<Role>, Invalid> {
    let each = Role::ALL.into_iter().zip(checked);
    parse_roles(each.filter(|(_, checked)| *checked).map(|(role, _)| role.code()))
}

#[cfg(feature = "ssr")]
pub(super) fn chosen_subtenant(text: &str) -> Result<Option<SubtenantId>, Invalid> {
    if text.is_empty() {
        return Ok(None);
    }
    let id: Result<Uuid, _> = text.parse();
    let invalid = |_| Invalid::new("subtenant", "is not a subtenant of this organization");
    id.map(SubtenantId).map(Some).map_err(invalid)
}

#[cfg(feature = "ssr")]
fn chosen_job_role(code: &str) -> Result<Code, Invalid> {
    code.parse().map_err(|invalid: Invalid| invalid.at("job_role"))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn people_return_to_the_list_that_they_came_from_and_nowhere_else() {
        assert_eq!(
            back_to("search=ann&page=2", "saved=person"),
            "/enterprise/members?search=ann&page=2&saved=person"
        );
        for list in ["", "a b", "x\r\nlocation: y", "#x", &"x".repeat(2_001)] {
            assert_eq!(back_to(list, "saved=person"), "/enterprise/members?saved=person");
        }
    }
}
