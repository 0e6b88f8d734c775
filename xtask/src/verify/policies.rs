//! What IAM Access Analyzer says of every policy, as `docs/roles.md` has them.

use miette::{IntoDiagnostic, WrapErr, miette};

use super::aws::Aws;
use crate::run::root;

/// How each kind of document is validated, by the words in front of it.
const KINDS: [(&str, &[&str]); 5] = [
    (
        "Taken by:",
        &[
            "RESOURCE_POLICY",
            "--validate-policy-resource-type",
            "AWS::IAM::AssumeRolePolicyDocument",
        ],
    ),
    ("It may:", &["IDENTITY_POLICY"]),
    ("Where `deletion` is not enabled, it may instead:", &["IDENTITY_POLICY"]),
    ("Who has it may:", &["IDENTITY_POLICY"]),
    ("It says:", &["RESOURCE_POLICY"]),
];

/// The documents of the page, each with how it is validated.
pub(super) fn documents(page: &str) -> miette::Result<Vec<(&'static [&'static str], &str)>> {
    let mut documents = Vec::new();
    let mut parts = page.split("\n```json\n");
    let mut before = parts.next().unwrap_or_default();
    for part in parts {
        let (document, after) =
            part.split_once("\n```").ok_or_else(|| miette!("a document does not end"))?;
        let words = before.trim_end().lines().next_back().unwrap_or_default();
        let kind = KINDS.iter().find(|(it, _)| *it == words);
        let (_, kind) = kind.ok_or_else(|| miette!("what is a document after {words:?}?"))?;
        documents.push((*kind, document));
        before = after;
    }
    Ok(documents)
}

pub(super) fn validate(aws: &Aws) -> miette::Result<()> {
    let path = root().join("docs/roles.md");
    let page = std::fs::read_to_string(&path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read {}", path.display()))?;
    let mut problems = Vec::new();
    for (kind, document) in documents(&page)? {
        let mut arguments =
            vec!["accessanalyzer", "validate-policy", "--policy-document", document];
        arguments.push("--policy-type");
        arguments.extend(kind);
        for finding in aws.list(&arguments, "/findings")? {
            let (kind, details) = (&finding["findingType"], &finding["findingDetails"]);
            println!("{kind}: {details}");
            if kind == "ERROR" || kind == "SECURITY_WARNING" {
                problems.push(format!("{details} in {document}"));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(miette!("{}", problems.join("\n"))) }
}
