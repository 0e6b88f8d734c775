//! A topic of Amazon SNS.

use ecr_sweep_core::Place;

use crate::call::Call;
use crate::sessions::clients::client;
use crate::{AwsError, Sessions};

/// Publishes a message to a topic, as it is: within the limits of SNS.
///
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
pub async fn publish(
    sessions: &Sessions,
    topic_arn: &str,
    subject: &str,
    message: &str,
) -> Result<(), AwsError> {
    let place: &Place = sessions.home();
    let call = Call::new("sns", "Publish", place).about(topic_arn);
    let published = client!(aws_sdk_sns, sessions.client_config(), place, "sns")
        .publish()
        .topic_arn(topic_arn)
        .subject(subject)
        .message(message)
        .send()
        .await
        .map_err(|error| call.failed(error))?;
    call.sent_text("MessageId", published.message_id())?;
    Ok(())
}
