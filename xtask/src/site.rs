//! What browsers load: the WASM, the script that starts it, the style sheet, and public files.
//!
//! Names carry a hash of the content, so that browsers may keep them for ever, and each file lies
//! beside its compressed forms, so that the server never compresses them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use crate::process;
use crate::toolchain::{self, WasmStd};
use crate::workspace::{digest, digest_of, files, root, target};

/// The name that `LeptosOptions::output_name` gives to the server.
pub(crate) const OUTPUT_NAME: &str = "allot";

/// For whom the site is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// For those who wait for the build.
    Dev,
    /// For those who wait for the download.
    Release,
}

impl Variant {
    pub(crate) fn of(release: bool) -> Self {
        if release { Self::Release } else { Self::Dev }
    }

    /// The folder that the server serves: one for each variant, so that neither undoes the other.
    pub(crate) fn site(self) -> PathBuf {
        target().join(match self {
            Self::Dev => "site",
            Self::Release => "site-release",
        })
    }

    fn profile(self) -> &'static str {
        match self {
            Self::Dev => "wasm-dev",
            Self::Release => "wasm-release",
        }
    }
}

/// Builds the site, as far as something changed since the last time.
pub(crate) fn build(variant: Variant, std: WasmStd) -> Result<()> {
    let folder = target().join("wasm");
    let mut cargo = std.cargo_build(&folder);
    process::run(cargo.args(["-p", "frontend", "--profile", variant.profile()]))?;
    let wasm = folder.join("wasm32-unknown-unknown").join(variant.profile()).join("frontend.wasm");

    let site = variant.site();
    let stamp_file = site.with_extension("stamp");
    let stamp = stamp(&wasm)?;
    if site.is_dir() && fs::read_to_string(&stamp_file).is_ok_and(|last| last == stamp) {
        println!("The site in {} is up to date", site.display());
        return Ok(());
    }
    fs::remove_file(&stamp_file).ok();
    let work = site.with_extension("work");
    fs::remove_dir_all(&work).ok();
    assemble(variant, &wasm, &work, &site)?;
    fs::remove_dir_all(&work)?;
    fs::write(stamp_file, stamp)?;
    Ok(())
}

/// Changes when anything changes that [`assemble`] works on, or how it does.
fn stamp(wasm: &Path) -> Result<String> {
    let metadata = fs::metadata(wasm).with_context(|| format!("reading {}", wasm.display()))?;
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH)?;
    let mut inputs = files(&root().join("style"))?;
    for tool in ["Cargo.lock", "end2end/package-lock.json", "xtask/src/site.rs"] {
        inputs.push(root().join(tool));
    }
    let module = format!("{} {}", modified.as_nanos(), metadata.len());
    Ok(format!("{module}\n{}\n", digest_of(&inputs)?))
}

fn assemble(variant: Variant, wasm: &Path, work: &Path, site: &Path) -> Result<()> {
    bindgen(variant, wasm, work)?;
    let script = fs::read(work.join(format!("{OUTPUT_NAME}.js")))?;
    let mut module = work.join(format!("{OUTPUT_NAME}_bg.wasm"));
    if variant == Variant::Release {
        module = optimize(&module)?;
    }
    let style = grass::from_path(
        root().join("style/main.scss"),
        &grass::Options::default().style(grass::OutputStyle::Compressed),
    )
    .map_err(|error| anyhow!("the style sheet does not compile: {error}"))?;

    let mut publisher = Publisher { variant, folder: site.join("pkg"), kept: Vec::new() };
    let hashes = [
        ("js", publisher.hashed("js", &script)?),
        ("wasm", publisher.hashed("wasm", &fs::read(module)?)?),
        ("css", publisher.hashed("css", style.as_bytes())?),
    ];
    // Scripts that crates carry along; the main one loads them by these names.
    publisher.copy(&work.join("snippets"), "snippets")?;
    publisher.remove_others()?;
    let mut public = Publisher { variant, folder: site.to_owned(), kept: Vec::new() };
    public.copy(&root().join("style/public"), "")?;
    // Leptos reads this to know the names.
    let lines: String =
        hashes.iter().map(|(kind, hash)| [kind, ": ", hash, "\n"].concat()).collect();
    fs::write(site.join("hash.txt"), lines)?;
    Ok(())
}

/// Writes the script, and the module as the script needs it.
fn bindgen(variant: Variant, wasm: &Path, work: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(wasm)
        .out_name(OUTPUT_NAME)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(variant == Variant::Release)
        .remove_producers_section(variant == Variant::Release)
        .generate(work)
        .context("wasm-bindgen")
}

/// Makes the module smaller. With features beyond the usual ones `wasm-opt` would write imports
/// in a form that browsers refuse, so it gets no other option.
fn optimize(module: &Path) -> Result<PathBuf> {
    toolchain::node_modules()?;
    let smaller = module.with_extension("small.wasm");
    let mut wasm_opt = Command::new("node");
    wasm_opt.arg(root().join("end2end/node_modules/binaryen/bin/wasm-opt"));
    process::run(wasm_opt.arg("-Oz").arg(module).arg("-o").arg(&smaller))?;
    Ok(smaller)
}

/// The compressed size of the module in a site.
pub(crate) fn compressed_module_size(site: &Path) -> Result<u64> {
    let module = files(&site.join("pkg"))?
        .into_iter()
        .find(|path| path.to_string_lossy().ends_with(".wasm.br"))
        .context("the site has no compressed WASM")?;
    Ok(fs::metadata(module)?.len())
}

/// Puts files into a folder of the site.
struct Publisher {
    variant: Variant,
    folder: PathBuf,
    kept: Vec<PathBuf>,
}

impl Publisher {
    /// Adds a file whose name says what is in it; returns its hash.
    fn hashed(&mut self, extension: &str, content: &[u8]) -> Result<String> {
        let hash = digest(content);
        let name = format!("{OUTPUT_NAME}.{hash}.{extension}");
        self.write(self.folder.join(name), content)?;
        Ok(hash)
    }

    /// Adds all files of a folder under their own names.
    fn copy(&mut self, from: &Path, to: &str) -> Result<()> {
        for path in files(from)? {
            let name = path.strip_prefix(from)?;
            self.write(self.folder.join(to).join(name), &fs::read(&path)?)?;
        }
        Ok(())
    }

    fn write(&mut self, path: PathBuf, content: &[u8]) -> Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let compressed = [("br", self.brotli(content)?), ("gz", self.gzip(content)?)];
        for (extension, bytes) in compressed {
            let mut name = path.clone().into_os_string();
            name.push(".");
            name.push(extension);
            fs::write(&name, bytes)?;
            self.kept.push(name.into());
        }
        fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
        self.kept.push(path);
        Ok(())
    }

    /// Removes what an earlier build left.
    fn remove_others(&self) -> Result<()> {
        for path in files(&self.folder)? {
            if !self.kept.contains(&path) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn brotli(&self, content: &[u8]) -> Result<Vec<u8>> {
        let quality = if self.variant == Variant::Release { 11 } else { 4 };
        let parameters = brotli::enc::BrotliEncoderParams { quality, ..Default::default() };
        let mut compressed = Vec::new();
        brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)?;
        Ok(compressed)
    }

    fn gzip(&self, content: &[u8]) -> Result<Vec<u8>> {
        let level = if self.variant == Variant::Release { 9 } else { 1 };
        let mut encoder =
            flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
        encoder.write_all(content)?;
        Ok(encoder.finish()?)
    }
}
