//! A function as the archive that Lambda takes.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use miette::{IntoDiagnostic, WrapErr};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// What Lambda starts.
const NAME: &str = "bootstrap";

/// Zopfli's effort: more takes longer and gains no more than a hundredth of a percent.
const LEVEL: i64 = 14;

/// So many bytes are packed at a time, as by the original Zopfli: it splits each piece in a few
/// blocks, so that larger pieces get larger.
const PIECE: usize = 1_000_000;

/// Packs the function in a folder. The same function gives the same archive, byte by byte.
pub(super) fn pack(folder: &Path, archive: &Path) -> miette::Result<()> {
    write(folder, archive, CompressionMethod::Deflated, Some(LEVEL))
}

/// The same without packing it, which takes no time.
#[cfg(test)]
pub(crate) fn store(folder: &Path, archive: &Path) -> miette::Result<()> {
    write(folder, archive, CompressionMethod::Stored, None)
}

fn write(
    folder: &Path,
    archive: &Path,
    method: CompressionMethod,
    level: Option<i64>,
) -> miette::Result<()> {
    let function = folder.join(NAME);
    let bytes = fs::read(&function)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read {}", function.display()))?;
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .compression_level(level)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let write = || -> Result<(), zip::result::ZipError> {
        let mut zip = ZipWriter::new(File::create(archive)?);
        zip.start_file(NAME, options)?;
        for piece in bytes.chunks(PIECE) {
            zip.write_all(piece)?;
        }
        zip.finish()?.sync_all()?;
        Ok(())
    };
    write().into_diagnostic().wrap_err_with(|| format!("cannot write {}", archive.display()))
}
