//! The templates of the app, synthesized without an account: nothing of them needs the CDK, or an
//! account that is bootstrapped.

use std::fs;
use std::path::Path;

use ecr_sweep_ministack::Cdk;
use miette::{IntoDiagnostic, WrapErr};

use super::Architecture;
use crate::run::{root, target};

/// The stacks, as they are without deletion and with it, by the name of the file.
const TEMPLATES: [(&str, &str, &str); 4] = [
    ("false", "EcrSweep", "EcrSweep-dry-run.template.json"),
    ("false", "EcrSweepReadRole", "EcrSweepReadRole.template.json"),
    ("true", "EcrSweep", "EcrSweep-deletion.template.json"),
    ("true", "EcrSweepDeleteRole", "EcrSweepDeleteRole.template.json"),
];

/// Writes the templates, whose functions are these archives, into the package.
pub(super) fn synthesize(
    architecture: Architecture,
    archives: &Path,
    package: &Path,
) -> miette::Result<()> {
    let functions = archives.display().to_string();
    let cdk = Cdk::install(&root().join("infra"), &target("tmp")).into_diagnostic()?;
    for deletion in ["false", "true"] {
        let assembly = target(&architecture.folder("package-assembly")).join(deletion);
        let context = [
            ("plain", "true"),
            ("deletion", deletion),
            // A sweep of what is deployed so asks first.
            ("approval", deletion),
            ("functionsDirectory", &*functions),
            ("architecture", architecture.name()),
        ];
        cdk.synth(&assembly, &context).into_diagnostic()?;
        for (with, stack, to) in TEMPLATES {
            if with == deletion {
                let template = assembly.join(format!("{stack}.template.json"));
                fs::copy(&template, package.join(to))
                    .into_diagnostic()
                    .wrap_err_with(|| format!("cannot copy {}", template.display()))?;
            }
        }
    }
    Ok(())
}
