//! Invitations: links by which people join an organization.

use crate::{
    Actor, Caller, Error, Result, Service, SignedIn,
    accounts::{by_address, remember_failure, require_patience},
    audit::{self, Change},
    idempotency::Keyed,
    member_edits::{SavedMember, change_status},
    secrets,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{Action, Rights},
    ids::{InvitationId, MemberId},
    input::{IdempotencyKey, Invalid},
    members::InvitationEnd,
    views::{MemberStatus, Moment, members},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::net::IpAddr;
use store::{
    Connection, Whose,
    invitations::{Invitation, NewInvitation},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// How long the link of an invitation works.
const OPEN: TimeDelta = TimeDelta::days(7);

/// An invitation that was made. Its link is known only here: what is stored of it is a hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invited {
    /// The link for who is invited.
    pub invitation_url: String,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

impl Service {
    /// Makes an invitation of a member who has no open one.
    pub(crate) async fn invite(
        &self,
        connection: &mut Connection,
        caller: &Caller,
        member: MemberId,
        now: DateTime<Utc>,
    ) -> Result<Invited> {
        let token = secrets::random_token::<32>()?;
        let expires_at = now + OPEN;
        let invitation = NewInvitation {
            id: InvitationId(Uuid::now_v7()),
            member,
            token_hash: secrets::token_hash(&token),
            invited_by: caller.member().ok(),
            expires_at,
        };
        store::invitations::insert(connection, caller.organization, &invitation, now).await?;
        let invitation_url = format!("{}/invitation/{token}", self.public_url);
        Ok(Invited { invitation_url, expires_at })
    }

    /// Gives somebody who is invited a new link; the one before it does not work any more. The same key
    /// is answered the same link again.
    pub async fn renew_invitation(
        &self,
        caller: &Caller,
        member: MemberId,
        key: Option<IdempotencyKey>,
    ) -> Result<Invited> {
        caller.require(Action::ManageMembers)?;
        let keyed = Keyed::new(caller, key, "invitation", &member)?;
        let mut transaction = self.store.begin(caller.organization).await?;
        let id = caller.organization;
        let now = self.load_locked(&mut transaction, id).await?.now;
        if let Some(before) = keyed.answered(&mut transaction, id).await? {
            return Ok(before);
        }
        let found = SavedMember::find(&mut transaction, id, member, None).await?;
        require_invited(found.status)?;
        let end = InvitationEnd::Replaced;
        store::invitations::end(&mut transaction, id, member, end, now).await?;
        let invited = self.invite(&mut transaction, caller, member, now).await?;
        let after = json!({"email": found.email, "expires_at": invited.expires_at});
        let change = Change {
            action: "invitation.renewed",
            subject: member.0,
            before: None,
            after: Some(&after),
        };
        audit::record(&mut transaction, caller, change, now).await?;
        keyed.remember(&mut transaction, id, &invited, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(invited)
    }

    /// What the link that ends with `token` leads to.
    pub async fn invitation(&self, token: &str, ip: Option<IpAddr>) -> Result<members::Invitation> {
        let (found, now) = self.find_invitation(token, ip).await?;
        let organization = found.organization_name.clone();
        if let Some(end) = end(&found, now) {
            return Ok(members::Invitation::Closed { end, organization });
        }
        let id = found.organization;
        let mut transaction = self.store.read(id).await?;
        let zone = store::organizations::get(&mut transaction, id).await?;
        let zone = zone.ok_or(Error::NotFound("organization"))?.time_zone;
        Ok(members::Invitation::Open {
            organization,
            invited_by: found.invited_by,
            name: found.name,
            email: found.email,
            has_password: found.has_password,
            until: Moment::new(found.expires_at, zone, now),
        })
    }

    /// Lets somebody join by the link that ends with `token`, and signs them in. `password` is for
    /// those who have none yet.
    pub async fn accept_invitation(
        &self,
        token: &str,
        password: &str,
        ip: Option<IpAddr>,
    ) -> Result<SignedIn> {
        let (found, now) = self.find_invitation(token, ip).await?;
        require_open(&found, now)?;
        // Hashing takes long: others can use the connection meanwhile.
        let hash = if found.has_password { None } else { Some(self.hasher.hash(password).await?) };

        let (id, member) = (found.organization, found.member);
        let mut transaction = self.store.begin(id).await?;
        let mut loaded = self.load_locked(&mut transaction, id).await?;
        let now = loaded.now;
        // Once more under the lock: the link works for one of two who come at the same time.
        let found = find(&mut transaction, token, ip, now).await?;
        require_open(&found, now)?;
        if let Some(hash) = hash.filter(|_| !found.has_password) {
            store::users::set_password(&mut transaction, id, found.user, &hash).await?;
        }
        let end = InvitationEnd::Accepted;
        store::invitations::end(&mut transaction, id, member, end, now).await?;
        let status = MemberStatus::Active;
        change_status(&mut transaction, &mut loaded, member, status).await?;
        store::members::touch(&mut transaction, id, &[member]).await?;

        let actor = Actor::Member(member);
        let caller = Caller { organization: id, actor, rights: Rights::of(Vec::new()), ip };
        let (before, after) = (json!({"status": "invited"}), json!({"status": status}));
        let change = Change {
            action: "invitation.accepted",
            subject: member.0,
            before: Some(&before),
            after: Some(&after),
        };
        audit::record(&mut transaction, &caller, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(SignedIn { user: found.user, organization: id })
    }

    /// Looks an invitation up, whosever it is; also says when that was.
    async fn find_invitation(
        &self,
        token: &str,
        ip: Option<IpAddr>,
    ) -> Result<(Invitation, DateTime<Utc>)> {
        let mut transaction = self.store.begin(Whose::Everybodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        let found = find(&mut transaction, token, ip, now).await;
        // Also where there is none: that was a failed try.
        transaction.commit().await.map_err(store::Error::from)?;
        Ok((found?, now))
    }
}

/// Looks an invitation up. Those who try too many links that don't exist have to wait.
async fn find(
    connection: &mut Connection,
    token: &str,
    ip: Option<IpAddr>,
    now: DateTime<Utc>,
) -> Result<Invitation> {
    let tries: Vec<(String, i64)> = by_address(ip).into_iter().collect();
    require_patience(connection, &tries, now).await?;
    let found = store::invitations::by_token(connection, &secrets::token_hash(token)).await?;
    if found.is_none() {
        remember_failure(connection, tries, now).await?;
    }
    found.ok_or(Error::NotFound("invitation"))
}

/// Why an invitation does not work any more.
fn end(invitation: &Invitation, now: DateTime<Utc>) -> Option<InvitationEnd> {
    let expired = (invitation.expires_at <= now).then_some(InvitationEnd::Expired);
    let left = (invitation.status != MemberStatus::Invited).then_some(InvitationEnd::Revoked);
    invitation.ended.or(left).or(expired)
}

fn require_open(invitation: &Invitation, now: DateTime<Utc>) -> Result<()> {
    end(invitation, now).map_or(Ok(()), |end| Err(Error::InvitationClosed(end)))
}

/// Refuses what can be done only while somebody is invited.
pub(crate) fn require_invited(status: MemberStatus) -> Result<()> {
    if status == MemberStatus::Invited {
        return Ok(());
    }
    let message = format!("is {}: there is no invitation to join any more", status.code());
    Err(Invalid::new("status", message).into())
}
