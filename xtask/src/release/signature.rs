//! The signature of the checksums, by a key of SSH: `ssh-keygen` is wherever Git is.

use std::path::Path;
use std::process::Command;

use miette::WrapErr;

use crate::run::run;

/// What the signature is for, which whoever verifies it has to name.
const NAMESPACE: &str = "ecr-sweep";

/// Writes the signature of a file beside it, as `<file>.sig`.
pub(super) fn sign(file: &Path, key: &Path) -> miette::Result<()> {
    let mut sign = Command::new("ssh-keygen");
    sign.args(["-Y", "sign", "-n", NAMESPACE, "-f"]).arg(key).arg(file);
    run(&mut sign, 0).wrap_err_with(|| format!("cannot sign by {}", key.display()))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn a_signature_verifies_what_was_signed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (key, sums) = (path("key"), path("SHA256SUMS"));
        let mut make = Command::new("ssh-keygen");
        run(make.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key), 0).unwrap();
        fs::write(&sums, "as released").unwrap();
        sign(&sums, &key).unwrap();

        let public = fs::read_to_string(path("key.pub")).unwrap();
        fs::write(path("allowed"), format!("releases {public}")).unwrap();
        let is_good = || {
            let mut verify = Command::new("ssh-keygen");
            verify.args(["-Y", "verify", "-n", NAMESPACE, "-I", "releases", "-f"]);
            verify.arg(path("allowed")).arg("-s").arg(path("SHA256SUMS.sig"));
            verify.stdin(File::open(&sums).unwrap()).status().unwrap().success()
        };
        assert!(is_good());
        fs::write(&sums, "as changed").unwrap();
        assert!(!is_good());
    }
}
