use domain::ids::OperatorId;
use std::net::IpAddr;

/// Someone who runs the installation, and may do all that it takes. Only this crate makes one:
/// from an operator's session or key, or for the command line.
#[derive(Clone, Copy, Debug)]
pub struct Operator {
    /// `None` is the command line: whoever can start it has the database.
    pub(crate) id: Option<OperatorId>,
    pub(crate) ip: Option<IpAddr>,
}

impl Operator {
    /// Whoever uses the command line.
    pub fn command_line() -> Self {
        Self { id: None, ip: None }
    }

    pub(crate) fn new(id: OperatorId) -> Self {
        Self { id: Some(id), ip: None }
    }

    /// The same operator, calling from `ip`.
    #[must_use]
    pub fn from_ip(self, ip: Option<IpAddr>) -> Self {
        Self { ip, ..self }
    }
}
