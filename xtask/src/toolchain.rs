//! What has to be on the machine besides Rust: found, or installed after saying so.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use nix::unistd::geteuid;
use private_postgres::PostgresError;

use crate::process;
use crate::workspace::{cargo, digest, root, target};

const WASM: &str = "wasm32-unknown-unknown";

/// Debian's compiler, the sources of its standard library, and a linker. The compiler is as new
/// as Debian's Chromium and Firefox need it, and always the same version as the sources.
const DEBIAN_WASM: [&str; 3] = ["rustc-web", "rust-web-src", "lld-19"];

/// Where the standard library for WASM comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WasmStd {
    /// Rust's own, installed by rustup.
    Rustup,
    /// Built from Debian's sources by Debian's compiler: `ALLOT_WASM_STD=debian`, for machines
    /// that reach no server but those of package registries.
    Debian,
}

/// Makes sure that WASM can be built.
pub(crate) fn wasm() -> Result<WasmStd> {
    match env::var("ALLOT_WASM_STD").as_deref() {
        Ok("debian") => {
            let missing: Vec<&str> =
                DEBIAN_WASM.into_iter().filter(|package| !package_installed(package)).collect();
            if !missing.is_empty() {
                install("building WASM", &missing)?;
            }
            Ok(WasmStd::Debian)
        }
        Ok(other) if !other.is_empty() => bail!("ALLOT_WASM_STD is `{other}`: only `debian` works"),
        _ => rustup_target().map(|()| WasmStd::Rustup),
    }
}

impl WasmStd {
    /// A `cargo build` for WASM. It has a target folder of its own, because its flags would make
    /// the server's build start over.
    pub(crate) fn cargo_build(self, target: &Path) -> Command {
        let mut build = cargo();
        build.args(["build", "--target", WASM, "--target-dir"]).arg(target);
        if self == Self::Debian {
            build
                .env("RUSTC", "/usr/bin/rustc")
                // `-Z` on a stable compiler: Debian builds its browsers in the same way.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19")
                .arg("-Zbuild-std=std,panic_abort");
        }
        build
    }
}

fn rustup_target() -> Result<()> {
    let list = Command::new("rustup").args(["target", "list", "--installed"]).output();
    let Ok(list) = list else {
        // Without rustup the standard library is where the compiler looks for it, or missing.
        return check_libraries();
    };
    if String::from_utf8_lossy(&list.stdout).lines().any(|line| line == WASM) {
        return Ok(());
    }
    println!("Installing Rust's standard library for WASM: rustup target add {WASM}");
    process::run(Command::new("rustup").args(["target", "add", WASM])).context(
        "cannot install it; where rustup's server is out of reach, Debian's packages do: \
         ALLOT_WASM_STD=debian cargo xtask …",
    )
}

fn check_libraries() -> Result<()> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", WASM]);
    let folder = process::capture(&mut rustc)?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    bail!("the compiler has no standard library for {WASM}: install it, or rustup")
}

/// Makes sure that a Postgres server can be started.
pub(crate) fn postgres() -> Result<()> {
    match private_postgres::find_binaries() {
        Err(PostgresError::NotInstalled) if apt_get() => install("the database", &["postgresql"]),
        found => Ok(found.map(drop)?),
    }
}

/// The browser that tests drive: `ALLOT_CHROMIUM`, or the one on `PATH`.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(chosen) = env::var_os("ALLOT_CHROMIUM").filter(|value| !value.is_empty()) {
        let chosen = PathBuf::from(chosen);
        if chosen.is_file() {
            return Ok(chosen);
        }
        bail!("ALLOT_CHROMIUM is {}, which is no file", chosen.display());
    }
    let known = ["chromium", "chromium-browser", "google-chrome"];
    if let Some(found) = known.into_iter().find_map(on_path) {
        return Ok(found);
    }
    install("browser tests", &["chromium"])?;
    on_path("chromium").context("Chromium was installed, but is not on PATH")
}

/// Makes sure that the tools written in JavaScript are there: the browser tests' and `wasm-opt`.
pub(crate) fn node_modules() -> Result<()> {
    let missing: Vec<&str> = [("node", "nodejs"), ("npm", "npm")]
        .into_iter()
        .filter(|(program, _)| on_path(program).is_none())
        .map(|(_, package)| package)
        .collect();
    if !missing.is_empty() {
        install("tools written in JavaScript", &missing)?;
    }
    let folder = root().join("end2end");
    let wanted = digest(&fs::read(folder.join("package-lock.json"))?);
    let stamp = folder.join("node_modules/.allot-installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("Installing what end2end/package-lock.json lists: npm ci");
    let mut npm = Command::new("npm");
    // Tests use the browser of the system: nothing here may download one of its own.
    npm.arg("ci").current_dir(&folder).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::run(&mut npm)?;
    fs::write(stamp, wanted)?;
    Ok(())
}

/// A Python of our own with what `end2end/requirements.txt` lists.
pub(crate) fn python() -> Result<PathBuf> {
    let list = root().join("end2end/requirements.txt");
    let wanted = digest(&fs::read(&list)?);
    let folder = target().join("python");
    let (python, stamp) = (folder.join("bin/python"), folder.join("allot-installed"));
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let can = Command::new("python3").args(["-c", "import ensurepip, venv"]).status();
    if !can.is_ok_and(|status| status.success()) {
        install("tests of the API", &["python3-venv"])?;
    }
    println!("Installing what end2end/requirements.txt lists: pip install");
    process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&list);
    process::run(&mut pip)?;
    fs::write(stamp, wanted)?;
    Ok(python)
}

/// Installs packages of Debian as root, and tells anyone else how to.
fn install(what_for: &str, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if !apt_get() {
        bail!("{what_for} needs these (by their names in Debian), please install them: {list}");
    }
    if !geteuid().is_root() {
        bail!("{what_for} needs more packages, please run:\n  sudo apt-get install {list}");
    }
    println!("Installing for {what_for}: apt-get install {list}");
    let apt_get = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq").stdout(Stdio::null());
        command
    };
    process::run(apt_get().arg("update"))?;
    process::run(apt_get().args(["install", "-y", "--no-install-recommends"]).args(packages))
}

fn apt_get() -> bool {
    on_path("apt-get").is_some()
}

fn package_installed(package: &str) -> bool {
    let query =
        Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", package]).output();
    query.is_ok_and(|output| output.stdout == b"installed")
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
