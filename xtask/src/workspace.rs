//! Where things are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The whole workspace as it runs on this machine. `frontend` is for browsers alone: here it
/// would give `app` both sides' features at once.
pub(crate) const NATIVE: [&str; 3] = ["--workspace", "--exclude", "frontend"];

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// Where cargo builds, and where we do.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The cargo that runs us, in the root.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(program);
    cargo.current_dir(root());
    cargo
}

/// The first 16 hexadecimal digits of the content's SHA-256.
pub(crate) fn digest(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    let number = digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:016x}")
}

/// All files under a folder, sorted, or none where there is no such folder.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A digest of names and contents, to see whether anything changed.
pub(crate) fn digest_of(paths: &[PathBuf]) -> Result<String> {
    let mut all = Vec::new();
    for path in paths {
        let content = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        all.extend_from_slice(path.as_os_str().as_encoded_bytes());
        all.extend_from_slice(digest(&content).as_bytes());
    }
    Ok(digest(&all))
}
