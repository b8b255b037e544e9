//! `allot config check`: what is configured, and whether it works.

use super::{Cli, answer, check, columns};
use crate::config::{DatabaseConfig, ServeConfig};
use anyhow::Result;
use clap::{Arg, Command, CommandFactory as _, FromArgMatches as _, Subcommand};
use serde::Serialize;
use std::{env, ffi::OsString, process::ExitCode};
use url::Url;

/// What can be asked of the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Say what is set in the environment, and try all of it; exit code 0 if it works, else 1.
    Check,
}

/// Variables that no flag has: `private-postgres` reads them.
pub(crate) const WITHOUT_FLAG: [&str; 1] = ["ALLOT_PG_BIN"];
/// Variables of those who build and test Allot, which an installation does not look at.
const OF_DEVELOPMENT: [&str; 8] = [
    "ALLOT_BIN",
    "ALLOT_CHROMIUM",
    "ALLOT_EVERYONE_MINUTES",
    "ALLOT_EVERYONE_SEED",
    "ALLOT_FAULTS",
    "ALLOT_HISTORIES",
    "ALLOT_URL",
    "ALLOT_WASM_STD",
];
/// How much a name has to be like another to be taken for it.
const ALIKE: f64 = 0.75;

/// A variable, and what it is set to.
#[derive(Serialize)]
struct Setting {
    variable: String,
    /// `None`: nothing.
    value: Option<String>,
    source: &'static str,
}

/// A variable that Allot does not know.
#[derive(Serialize)]
struct Unknown {
    variable: String,
    /// The one that was meant, perhaps.
    like: Option<String>,
}

/// What was found.
#[derive(Serialize)]
struct Report {
    ok: bool,
    settings: Vec<Setting>,
    checks: Vec<check::Check>,
    unknown: Vec<Unknown>,
}

impl ConfigCommand {
    pub(super) async fn run(self, database: &DatabaseConfig, as_json: bool) -> Result<ExitCode> {
        let Self::Check = self;
        let arguments = arguments();
        let settings = arguments.iter().map(|argument| setting(argument, database)).collect();
        let (config, mut checks) = read(&arguments)?;
        checks.extend(check::all(database, &config).await);
        let unknown = unknown(&arguments);
        let ok = unknown.is_empty() && checks.iter().all(|check| check.ok);
        let report = Report { ok, settings, checks, unknown };
        answer(as_json, &report, || report.text())?;
        Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Report {
    fn text(&self) -> String {
        let settings: Vec<[String; 3]> = self
            .settings
            .iter()
            .map(|of| {
                let value = of.value.clone().unwrap_or_else(|| "not set".to_owned());
                [of.variable.clone(), value, of.source.to_owned()]
            })
            .collect();
        let checks: Vec<[String; 3]> = self
            .checks
            .iter()
            .map(|of| {
                let verdict = if of.ok { "ok" } else { "WRONG" };
                [verdict.to_owned(), of.what.clone(), of.detail.clone()]
            })
            .collect();
        let mut parts = vec![columns(&settings), columns(&checks)];
        parts.extend(self.unknown.iter().map(|Unknown { variable, like }| {
            let meant = like.as_ref().map(|like| format!(" Did you mean {like}?"));
            format!("WRONG  Allot knows no variable {variable}.{}", meant.unwrap_or_default())
        }));
        let verdict = if self.ok { "All of it works." } else { "Something is wrong, see above." };
        parts.push(verdict.to_owned());
        parts.join("\n\n")
    }
}

/// All arguments of the server that a variable sets, those of the database first.
pub(crate) fn arguments() -> Vec<Arg> {
    let command = Cli::command();
    let of_server = command.find_subcommand("serve").into_iter().flat_map(Command::get_arguments);
    let all = command.get_arguments().chain(of_server);
    all.filter(|argument| argument.get_env().is_some()).cloned().collect()
}

fn variable(argument: &Arg) -> String {
    argument.get_env().unwrap_or_default().to_string_lossy().into_owned()
}

fn setting(argument: &Arg, database: &DatabaseConfig) -> Setting {
    let name = variable(argument);
    let from_environment = env::var_os(&name).map(|value| value.to_string_lossy().into_owned());
    // These two have flags that count for every command.
    let from_flag = match name.as_str() {
        "DATABASE_URL" => database.database_url.clone(),
        "ALLOT_DATA_DIR" => Some(database.data_dir.to_string_lossy().into_owned()),
        _ => None,
    };
    let default = argument.get_default_values().first();
    let default = default.map(|value| value.to_string_lossy().into_owned());
    let (value, source) = match (from_flag, from_environment, default) {
        (Some(flag), Some(environment), _) if flag == environment => (Some(flag), "environment"),
        (Some(flag), None, Some(default)) if flag == default => (Some(flag), "default"),
        (Some(flag), ..) => (Some(flag), "flag"),
        (None, Some(environment), _) => (Some(environment), "environment"),
        (None, None, default) => (default, "default"),
    };
    let secret = argument.is_hide_env_values_set();
    let value = value.map(|value| if secret { masked(&value) } else { value });
    Setting { variable: name, value, source }
}

/// A secret as it may be shown: of a URL all but its password, of anything else nothing.
fn masked(secret: &str) -> String {
    let url = Url::parse(secret).ok().filter(Url::has_host);
    let Some(mut url) = url else { return "(set)".to_owned() };
    if url.password().is_some() && url.set_password(Some("***")).is_err() {
        return "(set)".to_owned();
    }
    // A password may be among the parameters, too.
    url.set_query(None);
    url.into()
}

/// Reads each variable of the server by itself, so that one that is wrong hides no other. What is wrong
/// counts as not set.
fn read(arguments: &[Arg]) -> Result<(ServeConfig, Vec<check::Check>)> {
    let mut command = Cli::command();
    command.build();
    let serve = command.find_subcommand("serve").cloned().unwrap_or_default();
    // Variables are given as flags here, one by one.
    let serve = serve.mut_args(|argument| argument.env(None::<&str>));
    let (mut good, mut wrong) = (vec![OsString::from("serve")], Vec::new());
    for argument in arguments {
        let (name, Some(long)) = (variable(argument), argument.get_long()) else { continue };
        let Some(value) = env::var_os(&name) else { continue };
        let mut flag = OsString::from(format!("--{long}="));
        flag.push(value);
        let read = serve.clone().try_get_matches_from([OsString::from("serve"), flag.clone()]);
        match read {
            Ok(_) => good.push(flag),
            Err(error) => {
                let text = error.to_string();
                let text = text.lines().next().unwrap_or_default();
                let detail = text.strip_prefix("error: ").unwrap_or(text).to_owned();
                // What is secret is not said.
                let detail = if argument.is_hide_env_values_set() {
                    "can't be read".to_owned()
                } else {
                    detail
                };
                wrong.push(check::Check { what: name, ok: false, detail });
            }
        }
    }
    let matches = serve.try_get_matches_from(good)?;
    Ok((ServeConfig::from_arg_matches(&matches)?, wrong))
}

/// Variables that look like Allot's and are not.
fn unknown(arguments: &[Arg]) -> Vec<Unknown> {
    let known: Vec<String> =
        arguments.iter().map(variable).chain(WITHOUT_FLAG.map(str::to_owned)).collect();
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let names = names.filter(|name| name.starts_with("ALLOT_"));
    let unknown =
        names.filter(|name| !known.contains(name) && !OF_DEVELOPMENT.contains(&name.as_str()));
    let mut unknown: Vec<Unknown> = unknown
        .map(|variable| {
            let like = known
                .iter()
                .map(|name| (strsim::normalized_damerau_levenshtein(name, &variable), name))
                .filter(|(alike, _)| *alike >= ALIKE)
                .max_by(|(one, _), (other, _)| one.total_cmp(other));
            Unknown { like: like.map(|(_, name)| name.clone()), variable }
        })
        .collect();
    unknown.sort_by(|one, other| one.variable.cmp(&other.variable));
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn passwords_are_not_shown() {
        let shown = [
            (
                "postgres://allot:s3cret@db.test:5432/allot?password=s3cret",
                "postgres://allot:***@db.test:5432/allot",
            ),
            ("smtps://ann%40x:s3cret@mail.test", "smtps://ann%40x:***@mail.test"),
            ("postgres://db.test/allot", "postgres://db.test/allot"),
            ("s3cret", "(set)"),
            ("s3cret:s3cret", "(set)"),
        ];
        for (secret, expected) in shown {
            assert_eq!(masked(secret), expected);
        }
    }

    /// The rows of the table of variables: flag and default by variable.
    fn documented() -> BTreeMap<String, (String, String)> {
        let text = include_str!("../../../docs/OPERATIONS.md");
        let (_, table) = text.split_once("| variable | flag | default | meaning |\n").unwrap();
        let rows = table.lines().take_while(|line| line.starts_with('|')).skip(1);
        rows.map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let [_, variable, flag, default, ..] = cells[..] else { panic!("{row}") };
            (variable.replace('`', ""), (flag.replace('`', ""), default.replace('`', "")))
        })
        .collect()
    }

    #[test]
    fn every_variable_is_documented_with_its_flag_and_default() {
        let mut documented = documented();
        for name in WITHOUT_FLAG {
            assert!(documented.remove(name).is_some(), "{name} is not documented");
        }
        for argument in arguments() {
            let name = variable(&argument);
            let (flag, default) =
                documented.remove(&name).unwrap_or_else(|| panic!("{name} is not documented"));
            assert_eq!(flag, format!("--{}", argument.get_long().unwrap()), "{name}");
            // Where folders are depends on who asks.
            let fixed = !["ALLOT_DATA_DIR", "ALLOT_SITE"].contains(&name.as_str());
            if let (true, Some(value)) = (fixed, argument.get_default_values().first()) {
                assert_eq!(default, value.to_string_lossy(), "{name}");
            }
        }
        assert!(documented.is_empty(), "nothing reads {documented:?}");
    }
}
