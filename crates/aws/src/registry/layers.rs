//! Layers: the bytes of what a manifest names.

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream as Body;
use ecr_sweep_core::Digest;
use futures::{StreamExt as _, stream};
use tokio::time::timeout;

use super::RegistryReader;
use crate::AwsError;
use crate::store::{ByteStream, StoreCause};

/// How long the next bytes may be away.
const LONGEST_SILENCE: Duration = Duration::from_mins(1);

impl RegistryReader {
    /// The bytes of a layer or configuration of an image that is there, as they come; they are not
    /// checked. Where they end too early, that is an error.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html>
    pub async fn open_layer(
        &self,
        repository: &str,
        layer: Digest,
    ) -> Result<ByteStream, AwsError> {
        let call = self.call("GetDownloadUrlForLayer").about(repository);
        let get = self
            .client
            .get_download_url_for_layer()
            .repository_name(repository)
            .layer_digest(layer.to_string());
        let answer = self.in_slot(&call, get.send()).await.map_err(|error| call.failed(error))?;
        let url = call.sent("downloadUrl", answer.download_url)?;
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(url).map_err(|_| call.unreadable("`downloadUrl` is no address"))?;
        let response = self.downloads.get(request).await.map_err(|it| call.broke_off(it))?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(call.broke_off(format!("the address of {layer} answers {status}")));
        }
        let (place, repository) = (self.place.clone(), repository.to_owned());
        let bytes = stream::try_unfold(Body::new(response.into_body()), move |mut body| {
            let (place, repository) = (place.clone(), repository.clone());
            async move {
                let call = crate::call::Call::new("ecr", "GetDownloadUrlForLayer", &place);
                let call = call.about(&repository);
                let some = timeout(LONGEST_SILENCE, body.next())
                    .await
                    .map_err(|it| StoreCause::from(call.broke_off(it)))?
                    .transpose()
                    .map_err(|it| StoreCause::from(call.broke_off(it)))?;
                Ok(some.map(|some| (some.to_vec(), body)))
            }
        });
        Ok(bytes.boxed())
    }
}
