//! What functions run on whose code is an archive: a runtime of Lambda's own, or an image that an
//! account publishes as one.

use aws_sdk_lambda::types as sdk;

use crate::AwsError;
use crate::call::Call;
use crate::sources::probe::Look;
use crate::sources::table::{Evidence, LAMBDA_RUNTIMES};
use crate::sources::{Scan, ScanError, UsageSource as _};

/// The runtime of a function that names one that an account publishes.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html>
const PUBLISHED: &str = "custom";

/// Whose the runtime of a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Publisher {
    Lambda,
    AnAccount,
}

impl Publisher {
    /// Of the runtime of a function whose code is an archive. One that nobody knows may be an image; a
    /// language that Lambda has is Lambda's in whatever version. There is always one.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html>
    pub(super) fn of(
        call: &Call<'_>,
        function: &str,
        runtime: Option<&sdk::Runtime>,
    ) -> Result<Self, AwsError> {
        let call = &call.about(function);
        match call.sent("Runtime", runtime)?.as_str() {
            PUBLISHED => Ok(Self::AnAccount),
            runtime if is_lambdas(runtime) => Ok(Self::Lambda),
            runtime => Err(call.unreadable(format!("`{runtime}` is no known runtime"))),
        }
    }
}

fn is_lambdas(runtime: &str) -> bool {
    let language = |text: &'_ str| {
        let digit = text.find(|letter: char| letter.is_ascii_digit());
        digit.map(|at| text[..at].to_owned())
    };
    let is_it = |known: &str| {
        known == runtime || language(runtime).is_some_and(|it| language(known) == Some(it))
    };
    sdk::Runtime::values().iter().any(|known| is_it(known))
}

/// What names the images of the runtimes that the account publishes. None: the endpoint knows of
/// none, so nobody publishes any in its Region.
pub(super) async fn published_runtimes(
    scan: &Scan<'_>,
) -> Result<Option<Vec<Evidence>>, ScanError> {
    match LAMBDA_RUNTIMES.read(scan).await {
        Err(error) if knows_no_runtimes(&error) => Ok(None),
        read => read.map(|(evidence, _)| Some(evidence)),
    }
}

/// The first runtimes that the account publishes, if there are any.
pub(super) fn first_runtimes<'a>(scan: &'a Scan<'a>) -> Look<'a> {
    Box::pin(async move {
        match LAMBDA_RUNTIMES.probe(scan).await {
            Err(error) if knows_no_runtimes(&error) => Ok(None),
            found => found,
        }
    })
}

fn knows_no_runtimes(error: &ScanError) -> bool {
    matches!(error, ScanError::Aws(error)
        if error.operation == "ListRuntimes" && error.is_unknown_operation())
}

#[cfg(test)]
mod tests {
    use ecr_sweep_core::Place;

    use super::*;

    #[test]
    fn a_runtime_that_nobody_knows_is_not_taken_for_lambdas_own() {
        let place = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        let call = Call::new("lambda", "ListFunctions", &place);
        let of = |text: &str| Publisher::of(&call, "f", Some(&text.into()));
        for lambdas in ["nodejs", "python3.12", "provided.al2023", "java8.al2", "python3.99"] {
            assert_eq!(of(lambdas).unwrap(), Publisher::Lambda, "{lambdas}");
        }
        assert_eq!(of("custom").unwrap(), Publisher::AnAccount);
        for unknown in ["", "image", "3.12", "pythonic3", "custom2"] {
            assert!(of(unknown).unwrap_err().to_string().contains("no known runtime"), "{unknown}");
        }
        let none = Publisher::of(&call, "f", None).unwrap_err().to_string();
        assert!(none.contains("`Runtime` is missing"), "{none}");
    }
}
