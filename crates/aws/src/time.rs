//! Times: from the SDK's to ours.

use aws_smithy_types::DateTime;
use jiff::Timestamp;

use crate::AwsError;
use crate::call::Call;

/// The same instant. A time that no calendar has is an unreadable answer.
pub(crate) fn timestamp(
    call: &Call<'_>,
    field: &str,
    time: Option<&DateTime>,
) -> Result<Option<Timestamp>, AwsError> {
    let Some(time) = time else { return Ok(None) };
    i32::try_from(time.subsec_nanos())
        .ok()
        .and_then(|nanos| Timestamp::new(time.secs(), nanos).ok())
        .map(Some)
        .ok_or_else(|| call.unreadable(format!("{field} is no time: {time:?}")))
}
