//! What the codes of the audit log say in words. A code that nobody has words for yet is taken
//! apart: `pack.lost` of Ann reads *Pack lost: Ann*.

/// What was done to `subject`, as a sentence without an end.
pub(super) fn summary(action: &str, subject: Option<&str>) -> String {
    let who = subject.unwrap_or("somebody");
    match action {
        "credit_settings.saved" => "Changed the credit settings".to_owned(),
        "member.credit_limit.saved" => format!("Set the credit limit of {who}"),
        "default_limits.saved" => "Changed the limits that new members start with".to_owned(),
        "invitation.renewed" => format!("Made a new invitation link for {who}"),
        "invitation.accepted" => format!("{who} joined by the invitation"),
        "member.added" => format!("Added the member {who}"),
        "member.edited" => format!("Edited the member {who}"),
        "member.moved" => format!("Moved {who} to another subtenant"),
        "member.removed" => format!("Removed the member {who}"),
        "subtenant.added" => format!("Added the subtenant {who}"),
        "subtenant.renamed" => format!("Renamed the subtenant {who}"),
        "subtenant.archived" => format!("Archived the subtenant {who}"),
        "subtenant.restored" => format!("Restored the subtenant {who}"),
        "quota.created" => format!("Created the quota on {who}"),
        "quota.edited" => format!("Edited the quota on {who}"),
        "quota.deleted" => format!("Deleted the quota on {who}"),
        "pack.granted" => "Granted a credit pack".to_owned(),
        "raise_request.made" => format!("Asked for more: {who}"),
        "raise_request.withdrawn" => format!("Withdrew the request for more: {who}"),
        "raise_request.approved" => format!("Approved the request for more of {who}"),
        "raise_request.declined" => format!("Declined the request for more of {who}"),
        "plan_request.made" => "Asked for another plan".to_owned(),
        "plan_request.withdrawn" => "Withdrew the request for another plan".to_owned(),
        "plan_request.granted" => "Granted the request for another plan".to_owned(),
        "plan_request.declined" => "Declined the request for another plan".to_owned(),
        "channel.added" => format!("Added the channel {who}"),
        "channel.edited" => format!("Changed the channel {who}"),
        "channel.removed" => format!("Removed the channel {who}"),
        "channel.secret_renewed" => format!("Gave the channel {who} a new secret"),
        "api_key.created" => format!("Made the API key {who}"),
        "api_key.edited" => format!("Changed the API key {who}"),
        "api_key.rotated" => format!("Replaced the API key {who}"),
        "api_key.revoked" => format!("Revoked the API key {who}"),
        "organization.created" => "Made the organization".to_owned(),
        "organization.renamed" => "Renamed the organization".to_owned(),
        "organization.plan_changed" => "Put the organization on another plan".to_owned(),
        "organization.suspended" => "Suspended the organization".to_owned(),
        "organization.resumed" => "Resumed the organization".to_owned(),
        "organization.usage_shared" => "Changed who sees what others use".to_owned(),
        "alert_settings.saved" => "Changed who is told when limits run out".to_owned(),
        "usage.imported" => "Imported past usage".to_owned(),
        "user.password.set" => format!("Set the password of {who}"),
        other => match subject {
            Some(subject) => format!("{}: {subject}", phrase(other)),
            None => phrase(other),
        },
    }
}

/// The name of a field by its path, such as `cycle.first_day`.
pub(super) fn field(path: &str) -> String {
    match path {
        "set_aside" => "Set credits aside".to_owned(),
        "packs_extend" => "Packs extend the limit".to_owned(),
        "archived_at" => "Archived".to_owned(),
        "ends_at" => "Ends".to_owned(),
        "joined_at" => "Joined".to_owned(),
        "created_at" => "Created".to_owned(),
        "level" => "Highest level".to_owned(),
        other => phrase(other),
    }
}

/// A code as words, the first one capitalized: `cycle.first_day` reads *Cycle first day*.
fn phrase(code: &str) -> String {
    let words = code.replace(['.', '_'], " ");
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_without_words_of_their_own_can_still_be_read() {
        assert_eq!(summary("member.moved", Some("Ann")), "Moved Ann to another subtenant");
        assert_eq!(summary("pack.lost", Some("Ann")), "Pack lost: Ann");
        assert_eq!(summary("plan.requested", None), "Plan requested");
        assert_eq!(field("cycle.first_day"), "Cycle first day");
        assert_eq!(field(""), "");
    }
}
