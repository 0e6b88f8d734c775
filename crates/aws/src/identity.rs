//! Who somebody is: a request to STS that one signs and another presents. STS answers whoever presents it
//! with who has signed it, so that nobody's word has to be taken. EKS and others know their users so.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_sts::error::SdkError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextMut, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use ecr_sweep_protocol::documents::{Caller, IdentityProof, sha256};

use crate::call::Call;
use crate::sessions::clients::client;
use crate::{AwsError, Sessions};

/// What the request is for: its signature is over this header, too.
const FOR: &str = "x-ecr-sweep-for";

/// What is signed besides, by the SDK. Anything else might ask for something else.
const SIGNED: [&str; 10] = [
    FOR,
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "content-length",
    "content-type",
    "host",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-user-agent",
];

/// Why it is not known who somebody is.
#[derive(Debug, thiserror::Error)]
pub enum NotProven {
    /// It proves nothing, or something else.
    #[error("{0}")]
    Proof(String),
    /// STS did not answer. It may, another time.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl Sessions {
    /// Signs what shows who the caller is, for one purpose. It holds for some minutes.
    pub async fn prove(&self, purpose: &str) -> Result<IdentityProof, AwsError> {
        let call = Call::anywhere("sts", "GetCallerIdentity", Some(&self.home().region));
        let (kept, digest) = (Kept::default(), sha256(purpose.as_bytes()).to_string());
        client!(aws_sdk_sts, self.client_config(), &self.home().region, "sts")
            .get_caller_identity()
            .customize()
            .mutate_request(move |request| {
                request.headers_mut().insert(FOR, digest.clone());
            })
            .interceptor(kept.clone())
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let headers = kept.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        headers.map(IdentityProof).ok_or_else(|| call.unreadable("it was not signed"))
    }

    /// Asks STS who has signed a proof, which has to be for this purpose.
    pub async fn who_proves(
        &self,
        proof: &IdentityProof,
        purpose: &str,
    ) -> Result<Caller, NotProven> {
        check(proof, &sha256(purpose.as_bytes()).to_string()).map_err(NotProven::Proof)?;
        let call = Call::anywhere("sts", "GetCallerIdentity", Some(&self.home().region));
        let answer = client!(aws_sdk_sts, self.client_config(), &self.home().region, "sts")
            .get_caller_identity()
            .customize()
            .interceptor(Presented(proof.clone()))
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let is_refused = matches!(&error, SdkError::ServiceError(it) if it.raw().status().as_u16() == 403);
                let error = call.failed(error);
                return Err(if is_refused {
                    NotProven::Proof(format!("STS does not take what shows who that is: {error}"))
                } else {
                    error.into()
                });
            }
        };
        Ok(Caller {
            arn: call.sent_text("Arn", answer.arn())?,
            user_id: call.sent_text("UserId", answer.user_id())?,
        })
    }
}

/// Whether all that a proof has is signed, is what the SDK signs, and is for this.
fn check(IdentityProof(headers): &IdentityProof, purpose: &str) -> Result<(), String> {
    let authorization = headers.get("authorization").ok_or("it is not signed")?;
    let signed = signed(authorization).ok_or("its signature does not say what it is of")?;
    for name in ["host", "x-amz-date", FOR] {
        if !signed.contains(&name) {
            return Err(format!("`{name}` is not signed"));
        }
    }
    for name in headers.keys().filter(|name| &***name != "authorization") {
        if !SIGNED.contains(&&**name) || !signed.contains(&&**name) {
            return Err(format!("`{name}` is not what is signed to show who one is"));
        }
    }
    match headers.get(FOR) {
        Some(is) if **is == *purpose => Ok(()),
        _ => Err("it was signed for something else".to_owned()),
    }
}

/// The headers that a signature is over.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
fn signed(authorization: &str) -> Option<Vec<&str>> {
    let rest = authorization.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let names = rest.split(',').find_map(|part| part.trim().strip_prefix("SignedHeaders="))?;
    Some(names.split(';').collect())
}

/// Headers by their names.
type Headers = BTreeMap<Box<str>, Box<str>>;

/// Keeps what a request was signed with.
#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Option<Headers>>>);

#[dyn_dispatch_hint]
impl Intercept for Kept {
    fn name(&self) -> &'static str {
        "Kept"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request().headers();
        let Some(authorization) = headers.get("authorization") else { return Ok(()) };
        let names = signed(authorization).ok_or("the request was not signed as AWS signs")?;
        // Whoever presents it asks the same host by itself.
        let kept = headers.iter().filter(|(name, _)| {
            (names.contains(name) && *name != "host") || *name == "authorization"
        });
        let kept = kept.map(|(name, value)| (name.into(), value.into())).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        Ok(())
    }
}

/// Puts somebody's signature in the place of one's own.
#[derive(Debug)]
struct Presented(IdentityProof);

#[dyn_dispatch_hint]
impl Intercept for Presented {
    fn name(&self) -> &'static str {
        "Presented"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        for own in ["authorization", "x-amz-date", "x-amz-security-token"] {
            headers.remove(own);
        }
        for (name, value) in &self.0.0 {
            headers.try_insert(name.to_string(), value.to_string())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aws_config::retry::RetryConfig;
    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_types::body::SdkBody;
    use ecr_sweep_core::Place;

    use super::*;

    const PURPOSE: &str = "sha256:00";

    /// STS, which says who everybody is, and keeps what it was asked.
    #[derive(Debug, Clone, Default)]
    struct Sts(Arc<Mutex<Vec<HttpRequest>>>);

    impl HttpConnector for Sts {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            self.0.lock().unwrap().push(request);
            let said = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ada</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
            let answer = HttpResponse::new(200.try_into().unwrap(), SdkBody::from(said));
            HttpConnectorFuture::ready(Ok(answer))
        }
    }

    fn sessions(sts: &Sts, key: &str) -> Sessions {
        let (sts, token) = (sts.clone(), Some("a-token".to_owned()));
        let credentials = Credentials::new(key, "secret", token, None, "tests");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(sts.clone())))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .build();
        let home = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        Sessions::with_config(config, home)
    }

    #[tokio::test]
    async fn what_is_presented_is_what_was_signed() {
        let sts = Sts::default();
        let proof = sessions(&sts, "ADA").prove("approve").await.unwrap();
        let caller = sessions(&sts, "FUNCTION").who_proves(&proof, "approve").await.unwrap();
        assert_eq!(&*caller.arn, "arn:aws:iam::111122223333:user/ada");

        let asked = std::mem::take(&mut *sts.0.lock().unwrap());
        let [signed_by_ada, presented] = &asked[..] else { panic!("{asked:?}") };
        let authorization = signed_by_ada.headers().get("authorization").unwrap();
        assert!(authorization.contains("Credential=ADA/"), "{authorization}");
        assert_eq!(presented.headers().get("authorization"), Some(authorization));
        let names = signed(authorization).unwrap();
        for name in ["x-amz-date", "x-amz-security-token", FOR] {
            assert!(names.contains(&name), "{names:?}");
        }
        for name in names {
            let of = |request: &HttpRequest| request.headers().get(name).map(str::to_owned);
            assert_eq!(of(presented), of(signed_by_ada), "{name}");
        }
        let rest = |it: &HttpRequest| {
            (it.method().to_owned(), it.uri().to_owned(), it.body().bytes().map(<[u8]>::to_vec))
        };
        assert_eq!(rest(presented), rest(signed_by_ada));
        assert_eq!(presented.uri(), "https://sts.eu-west-1.amazonaws.com/");
        let refused = sessions(&sts, "FUNCTION").who_proves(&proof, "start").await;
        assert!(matches!(refused, Err(NotProven::Proof(_))), "{refused:?}");
        assert_eq!(sts.0.lock().unwrap().len(), 0, "STS is not asked");
    }

    fn proof(signed: &str, headers: &[(&str, &str)]) -> IdentityProof {
        let signature = format!(
            "AWS4-HMAC-SHA256 Credential=A/20261120/eu-west-1/sts/aws4_request, SignedHeaders={signed}, Signature=ab"
        );
        let mut all = BTreeMap::from([("authorization".into(), signature.as_str().into())]);
        all.extend(headers.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        IdentityProof(all)
    }

    #[test]
    fn what_is_signed_for_this_is_presented() {
        let good = proof("host;x-amz-date;x-ecr-sweep-for", &[("x-amz-date", "d"), (FOR, PURPOSE)]);
        assert_eq!(check(&good, PURPOSE), Ok(()));
    }

    #[test]
    fn what_is_not_signed_or_for_something_else_is_never_presented() {
        let all = "host;x-amz-date;x-ecr-sweep-for";
        for (signed, headers, problem) in [
            (all, &[(FOR, "sha256:11")][..], "something else"),
            (all, &[], "something else"),
            ("host;x-amz-date", &[(FOR, PURPOSE)], "`x-ecr-sweep-for` is not signed"),
            ("x-amz-date;x-ecr-sweep-for", &[(FOR, PURPOSE)], "`host` is not signed"),
            (all, &[(FOR, PURPOSE), ("x-amz-target", "t")], "`x-amz-target` is not what"),
            (
                all,
                &[(FOR, PURPOSE), ("x-amz-security-token", "t")],
                "`x-amz-security-token` is not",
            ),
        ] {
            let said = check(&proof(signed, headers), PURPOSE).unwrap_err();
            assert!(said.contains(problem), "{said}");
        }
        assert!(check(&IdentityProof(BTreeMap::new()), PURPOSE).is_err());
    }
}
