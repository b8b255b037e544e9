use domain::ids::OrganizationId;

/// Whose rows a transaction sees and may write, of tables that belong to organizations: policies of
/// the database keep it to that, whatever its statements ask. What belongs to the installation is
/// there for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// One organization's.
    Organization(OrganizationId),
    /// Those of all organizations: where it is not known yet whose a key or a link is, or where
    /// something is done for all.
    Everybodys,
    /// Of no organization.
    Nobodys,
}

impl From<OrganizationId> for Whose {
    fn from(id: OrganizationId) -> Self {
        Self::Organization(id)
    }
}

impl Whose {
    /// What a transaction sets for itself. The role is set although most connections have it: the
    /// policies would not hold for another one.
    pub(crate) fn settings(self) -> String {
        match self {
            Self::Organization(id) => {
                format!("SET LOCAL ROLE allot_app; SET LOCAL allot.organization = '{id}'")
            }
            Self::Everybodys => "SET LOCAL ROLE allot_operator".to_owned(),
            Self::Nobodys => "SET LOCAL ROLE allot_app".to_owned(),
        }
    }
}
