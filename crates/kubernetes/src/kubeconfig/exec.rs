//! Exec plugins: programs that give a token.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>

use std::process::{Command, Stdio};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use super::file::{Cluster, Exec};
use crate::connection::{Token, Tokens};
use crate::error::BoxError;

/// How long before its end a token is asked for anew.
const EARLY: SignedDuration = SignedDuration::from_secs(60);

/// Asks a program for tokens, and keeps each as long as it is good.
#[derive(Debug)]
pub(super) struct ExecTokens {
    exec: Exec,
    cluster: Option<Cluster>,
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug, Clone)]
struct Kept {
    token: Token,
    until: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Credential {
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<Box<str>>,
    expiration_timestamp: Option<Timestamp>,
}

impl ExecTokens {
    pub(super) fn new(exec: Exec, cluster: Option<Cluster>) -> Self {
        Self { exec, cluster, kept: Mutex::default() }
    }

    fn command(&self) -> Command {
        let Exec { api_version, command, args, env, .. } = &self.exec;
        let mut spec = json!({ "interactive": false });
        if let Some(cluster) = &self.cluster {
            spec["cluster"] = json!({
                "server": cluster.server,
                "certificate-authority-data": cluster.certificate_authority_data,
                "tls-server-name": cluster.tls_server_name,
            });
        }
        let info = json!({ "apiVersion": api_version, "kind": "ExecCredential", "spec": spec });
        let mut program = Command::new(command);
        program.args(args.iter().flatten().map(|it| &**it)).stdin(Stdio::null());
        program.env("KUBERNETES_EXEC_INFO", info.to_string());
        for variable in env.iter().flatten() {
            program.env(&*variable.name, &*variable.value.0);
        }
        program
    }

    async fn ask(&self) -> Result<Kept, BoxError> {
        let name = self.exec.command.display().to_string();
        let mut command = self.command();
        let output = tokio::task::spawn_blocking(move || command.output()).await?;
        let output = output.map_err(|error| format!("the exec plugin `{name}`: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.trim();
            return Err(
                format!("the exec plugin `{name}` ended with {}: {said}", output.status).into()
            );
        }
        // What serde says of a value may be a secret.
        let read: Result<Credential, _> = serde_json::from_slice(&output.stdout);
        let status = read.ok().and_then(|credential| credential.status);
        let Some(Status { token: Some(token), expiration_timestamp }) = status else {
            return Err(format!("the exec plugin `{name}` gave no token").into());
        };
        Ok(Kept { token: Token::new(&token), until: expiration_timestamp })
    }
}

impl Tokens for ExecTokens {
    fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>> {
        Box::pin(async move {
            let mut kept = self.kept.lock().await;
            let is_good = |it: &Kept| it.until.is_none_or(|until| until - EARLY > Timestamp::now());
            if let Some(kept) = kept.as_ref().filter(|it| is_good(it)) {
                return Ok(kept.token.clone());
            }
            let new = self.ask().await?;
            *kept = Some(new.clone());
            Ok(new.token)
        })
    }
}
