//! What functions and the command are built for.

use clap::ValueEnum;

/// A processor's architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Architecture {
    /// AWS's own
    Arm64,
    /// Intel's and AMD's
    #[value(name = "x86_64")]
    X86_64,
}

/// What makes the functions smaller, beside their profile. All of Lambda's arm64 processors are a
/// Neoverse N1 or later, so that what older ones need is left out; code that the outliner has
/// moved about packs badly, and relocations are a tenth of what is loaded.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html>
const SMALL: [&str; 6] = [
    "-C",
    "target-cpu=neoverse-n1",
    "-C",
    "llvm-args=-enable-machine-outliner=never",
    "-C",
    "link-arg=-no-pie",
];

impl Architecture {
    pub(crate) const ALL: [Self; 2] = [Self::Arm64, Self::X86_64];

    /// As Lambda and the app call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }

    /// As targets of Rust, and programs that are downloaded, call it.
    pub(crate) const fn processor(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64",
            Self::X86_64 => "x86_64",
        }
    }

    /// The target of the functions: what Lambda's Linux has.
    pub(crate) const fn gnu(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86_64 => "x86_64-unknown-linux-gnu",
        }
    }

    /// The target of the command: one file that needs nothing of the system.
    pub(crate) const fn musl(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-musl",
            Self::X86_64 => "x86_64-unknown-linux-musl",
        }
    }

    /// What the compiler is told for the functions.
    pub(super) fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Arm64 => &SMALL,
            // The linker's alone: which processors are the oldest, Lambda does not say.
            Self::X86_64 => &SMALL[4..],
        }
    }

    /// A folder under `target`, of which arm64 has the plain name.
    pub(super) fn folder(self, name: &str) -> String {
        match self {
            Self::Arm64 => name.to_owned(),
            Self::X86_64 => format!("{name}-{}", self.name()),
        }
    }
}
