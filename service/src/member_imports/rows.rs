//! A list of members as CSV, row by row.

use crate::NewMember;
use csv::{ReaderBuilder, Trim};
use domain::{
    access::Role,
    credits::CreditCap,
    ids::SubtenantId,
    input::{Code, Email, ExternalId, Invalid, Name},
    members::{JobRole, parse_roles},
    views::{MemberStatus, members::ImportError},
};
use std::{
    collections::{HashMap, HashSet},
    str::FromStr,
};
use store::subtenants::Subtenant;

/// The largest list, in bytes.
const LARGEST: usize = 1024 * 1024;
/// The most rows of a list.
pub(super) const MOST: usize = 5_000;
/// The columns that a list can have; the first two it must have.
const COLUMNS: [&str; 8] =
    ["email", "name", "job_role", "subtenant", "roles", "external_id", "limit", "status"];
const REQUIRED: usize = 2;

/// A row of a list: its line, and its cells in the order of [`COLUMNS`].
pub(super) struct Record {
    line: u64,
    /// A row that has more or fewer cells than the header has columns.
    uneven: bool,
    cells: [String; COLUMNS.len()],
}

impl Record {
    /// What stands in a column; `None` where nothing does.
    fn get(&self, column: &str) -> Option<&str> {
        let index = COLUMNS.iter().position(|name| *name == column)?;
        Some(self.cells[index].as_str()).filter(|cell| !cell.is_empty())
    }
}

/// Reads a list. Refuses one as a whole that is too large or whose header is wrong.
pub(super) fn read(content: &str) -> Result<Vec<Record>, Invalid> {
    let refused = |message: String| Err(Invalid::new("csv", message));
    if content.len() > LARGEST {
        return refused(format!(
            "is larger than 1 MiB. Split the list: at most {MOST} rows can be imported at once"
        ));
    }
    // Forms end lines with two characters, of which the reader counts one to the line after.
    let content = content.trim_start_matches('\u{feff}').trim_start().replace("\r\n", "\n");
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(&content))
        .flexible(true)
        .trim(Trim::All)
        .from_reader(content.as_bytes());
    let unreadable = |_| Invalid::new("csv", "is not readable as CSV");
    let header = reader.headers().map_err(unreadable)?.clone();
    let places = places(header.iter())?;
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        if records.len() == MOST {
            return refused(format!(
                "has more than {MOST} rows. Split the list, and import one part after the other"
            ));
        }
        let cell = |place: Option<usize>| place.and_then(|place| record.get(place));
        records.push(Record {
            line: record.position().map_or(0, csv::Position::line),
            uneven: record.len() != header.len(),
            cells: places.map(|place| cell(place).unwrap_or_default().to_owned()),
        });
    }
    if records.is_empty() {
        return refused("has no rows below its header".to_owned());
    }
    Ok(records)
}

/// Spreadsheets write commas, semicolons or, when cells are copied, tabs.
fn delimiter(content: &str) -> u8 {
    let header = content.lines().next().unwrap_or_default();
    let most = [b',', b';', b'\t'].into_iter().rev();
    most.max_by_key(|delimiter| header.bytes().filter(|byte| byte == delimiter).count())
        .unwrap_or(b',')
}

/// Where in a row each of [`COLUMNS`] stands.
fn places<'a>(
    header: impl Iterator<Item = &'a str>,
) -> Result<[Option<usize>; COLUMNS.len()], Invalid> {
    let refused = |message: String| Err(Invalid::new("csv", message));
    let mut places = [None; COLUMNS.len()];
    for (place, name) in header.enumerate() {
        let name: String = name.chars().take(64).collect();
        let column = COLUMNS.iter().position(|column| name.eq_ignore_ascii_case(column));
        match column {
            None => {
                let columns = COLUMNS.join(", ");
                return refused(format!(
                    "has a column “{name}” in its first line. The columns are {columns}"
                ));
            }
            Some(column) if places[column].is_some() => {
                return refused(format!("has the column {name} twice"));
            }
            Some(column) => places[column] = Some(place),
        }
    }
    match (0..REQUIRED).find(|column| places[*column].is_none()) {
        Some(missing) => refused(format!("needs a column {} in its first line", COLUMNS[missing])),
        None => Ok(places),
    }
}

/// Emails and external ids of a list, for a look at who has them already.
pub(super) fn names(records: &[Record]) -> (Vec<String>, Vec<String>) {
    let of = |column| records.iter().filter_map(move |record| record.get(column));
    (of("email").map(str::to_lowercase).collect(), of("external_id").map(str::to_owned).collect())
}

/// What rows can name, and what belongs to others already.
pub(super) struct Known {
    job_roles: Vec<JobRole>,
    subtenants: HashMap<String, SubtenantId>,
    emails: HashSet<String>,
    external_ids: HashSet<String>,
}

impl Known {
    pub(super) fn new(
        job_roles: Vec<JobRole>,
        subtenants: Vec<Subtenant>,
        (emails, external_ids): (Vec<String>, Vec<String>),
    ) -> Self {
        Self {
            job_roles,
            subtenants: subtenants.into_iter().map(|one| (one.name, one.id)).collect(),
            emails: emails.into_iter().collect(),
            external_ids: external_ids.into_iter().collect(),
        }
    }

    pub(super) fn job_role_name(&self, code: &Code) -> String {
        let role = self.job_roles.iter().find(|role| role.code == *code);
        role.map_or_else(|| code.to_string(), |role| role.name.clone())
    }

    pub(super) fn subtenant_name(&self, id: SubtenantId) -> String {
        let subtenant = self.subtenants.iter().find(|(_, known)| **known == id);
        subtenant.map(|(name, _)| name.clone()).unwrap_or_default()
    }

    fn job_role(&self, code: &str) -> Result<Code, Invalid> {
        let role = self.job_roles.iter().find(|role| role.code.as_str() == code);
        role.map(|role| role.code.clone()).ok_or_else(|| {
            let codes: Vec<&str> = self.job_roles.iter().map(|role| role.code.as_str()).collect();
            Invalid::new("job_role", format!("must be one of {}", codes.join(", ")))
        })
    }

    fn subtenant(&self, name: &str) -> Result<SubtenantId, Invalid> {
        let message = "is not the name of a subtenant";
        self.subtenants.get(name).copied().ok_or_else(|| Invalid::new("subtenant", message))
    }
}

/// A list that was held against what is known.
pub(super) struct Checked {
    /// How many rows it has.
    pub(super) rows: usize,
    /// Those without an error, with their lines.
    pub(super) members: Vec<(u64, NewMember)>,
    /// What is wrong with the others.
    pub(super) errors: Vec<ImportError>,
}

/// Holds every row against what is known and against the rows before it.
pub(super) fn check(records: &[Record], known: &Known) -> Checked {
    let mut checked = Checked { rows: records.len(), members: Vec::new(), errors: Vec::new() };
    let mut emails = HashMap::new();
    let mut external_ids = HashMap::new();
    for record in records {
        let mut row = Row { record, errors: Vec::new() };
        let member = row.member(known);
        let email = record.get("email").map(str::to_lowercase);
        row.once("email", email, &known.emails, &mut emails);
        let external_id = record.get("external_id").map(str::to_owned);
        row.once("external_id", external_id, &known.external_ids, &mut external_ids);
        match member.filter(|_| row.errors.is_empty()) {
            Some(member) => checked.members.push((record.line, member)),
            None => checked.errors.append(&mut row.errors),
        }
    }
    checked
}

/// A row that is being read, and what is wrong with it.
struct Row<'a> {
    record: &'a Record,
    errors: Vec<ImportError>,
}

impl Row<'_> {
    fn member(&mut self, known: &Known) -> Option<NewMember> {
        if self.record.uneven {
            self.refuse("row", "has more or fewer cells than the header");
            return None;
        }
        let (email, name) = (self.required::<Email>("email"), self.required::<Name>("name"));
        let job_role = self.read("job_role", |code| known.job_role(code));
        let subtenant = self.read("subtenant", |name| known.subtenant(name));
        let roles = self.read("roles", |codes| parse_roles(codes.split(';').map(str::trim)));
        let external_id = self.read("external_id", str::parse::<ExternalId>);
        let limit = self.read("limit", str::parse::<CreditCap>);
        let status = self.read("status", status);
        Some(NewMember {
            email: email?,
            name: name?,
            external_id,
            subtenant,
            job_role: job_role.unwrap_or_else(Code::no_job_role),
            status: status.unwrap_or(MemberStatus::Active),
            roles: roles.unwrap_or_else(|| vec![Role::Member]),
            limit,
        })
    }

    fn required<T: FromStr<Err = Invalid>>(&mut self, column: &'static str) -> Option<T> {
        if self.record.get(column).is_none() {
            self.refuse(column, "must not be empty");
        }
        self.read(column, str::parse)
    }

    /// Reads a cell; `None` where it is empty or wrong.
    fn read<T>(
        &mut self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        match parse(self.record.get(column)?) {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.refuse(column, &invalid.message);
                None
            }
        }
    }

    /// Refuses what a member or an earlier row has already.
    fn once(
        &mut self,
        column: &'static str,
        value: Option<String>,
        taken: &HashSet<String>,
        lines: &mut HashMap<String, u64>,
    ) {
        let Some(value) = value else { return };
        if taken.contains(&value) {
            self.refuse(column, "belongs to a member already");
        } else if let Some(line) = lines.insert(value, self.record.line) {
            self.refuse(column, &format!("stands in line {line}, too"));
        }
    }

    fn refuse(&mut self, column: &str, message: &str) {
        let (column, message) = (column.to_owned(), message.to_owned());
        self.errors.push(ImportError { line: self.record.line, column, message });
    }
}

fn status(code: &str) -> Result<MemberStatus, Invalid> {
    match code.parse() {
        Ok(status @ (MemberStatus::Active | MemberStatus::Invited)) => Ok(status),
        _ => Err(Invalid::new("status", "must be active or invited")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn known() -> Known {
        let sales = JobRole { code: "sales".parse().unwrap(), name: "Sales".to_owned() };
        let id = SubtenantId(Uuid::from_u128(1));
        let north = Subtenant { id, name: "North".to_owned(), archived_at: None, version: 1 };
        let taken = (vec!["ann@acme.test".to_owned()], vec!["x1".to_owned()]);
        Known::new(vec![sales], vec![north], taken)
    }

    fn errors(content: &str) -> Vec<(u64, String, String)> {
        let checked = check(&read(content).unwrap(), &known());
        checked.errors.into_iter().map(|e| (e.line, e.column, e.message)).collect()
    }

    #[test]
    fn columns_come_in_any_order_and_most_may_be_missing() {
        let list = "\u{feff}Name,limit,EMAIL,roles,subtenant,job_role,status,external_id\r\n\
            \"Bo, the first\",20%,Bo@Acme.test,member;quota_administrator,North,sales,invited,e1\r\n\
            =SUM(A1),,cy@acme.test,,,,,\r\n";
        let checked = check(&read(list).unwrap(), &known());
        assert_eq!((checked.rows, checked.errors.len()), (2, 0));
        let (line, bo) = &checked.members[0];
        assert_eq!(
            (*line, bo.name.as_str(), bo.email.as_str()),
            (2, "Bo, the first", "bo@acme.test")
        );
        assert_eq!(bo.roles, [Role::QuotaAdministrator, Role::Member]);
        assert_eq!(bo.status, MemberStatus::Invited);
        assert_eq!(bo.limit.unwrap().to_string(), "20%");
        assert_eq!(bo.subtenant, Some(SubtenantId(Uuid::from_u128(1))));
        let (_, cy) = &checked.members[1];
        assert_eq!((cy.name.as_str(), cy.status), ("=SUM(A1)", MemberStatus::Active));
        assert_eq!((cy.roles.as_slice(), cy.job_role.as_str()), (&[Role::Member][..], "other"));
    }

    #[test]
    fn semicolons_and_tabs_separate_as_well() {
        for list in ["email;name\na@b.test;A", "email\tname\na@b.test\tA\n"] {
            assert_eq!(check(&read(list).unwrap(), &known()).members.len(), 1, "{list:?}");
        }
    }

    #[test]
    fn every_error_names_its_line_and_column() {
        let list = "email,name,job_role,subtenant,roles,external_id,limit,status\n\
            nobody,,wizard,South,king,,101%,inactive\n\
            ann@acme.test,Ann,,,,x1,,\n\
            bo@acme.test,Bo,,,,x2,,\n\
            BO@acme.test,Bo,,,,x2,,\n\
            short,row\n";
        let found = errors(list);
        let places: Vec<(u64, &str)> =
            found.iter().map(|(line, column, _)| (*line, column.as_str())).collect();
        assert_eq!(
            places,
            [
                (2, "email"),
                (2, "name"),
                (2, "job_role"),
                (2, "subtenant"),
                (2, "roles"),
                (2, "limit"),
                (2, "status"),
                (3, "email"),
                (3, "external_id"),
                (5, "email"),
                (5, "external_id"),
                (6, "row"),
            ]
        );
        assert!(found.iter().any(|(_, _, message)| message == "stands in line 4, too"));
    }

    #[test]
    fn a_list_is_refused_as_a_whole_for_its_header_and_its_size() {
        let refused = |list: &str| read(list).err().unwrap().message;
        assert!(refused("email\na@b.test").contains("column name"));
        assert!(refused("email,name,age\na@b.test,A,5").contains("“age”"));
        assert!(refused("email,name,email\na@b.test,A,b@b.test").contains("twice"));
        assert!(refused("email,name\n\n").contains("no rows"));
        assert!(refused("").contains("column email"));
        let many = |rows: usize| {
            (0..rows).fold("email,name\n".to_owned(), |list, n| list + &format!("m{n}@b.test,M\n"))
        };
        assert_eq!(read(&many(MOST)).unwrap().len(), MOST);
        assert!(refused(&many(MOST + 1)).contains("5000"));
        assert!(refused(&many(100_000)).contains("1 MiB"));
    }
}
