//! What Slack says of a message.

use serde::Deserialize;

use super::answer::Answer;
use super::undelivered::{Undelivered, UndeliveredKind};

/// Where messages go with a token.
///
/// <https://docs.slack.dev/reference/methods/chat.postMessage>
pub(super) const API: &str = "https://slack.com/api/chat.postMessage";

/// What a method answers, as far as it matters.
#[derive(Debug, Deserialize)]
struct Said {
    ok: bool,
    error: Option<String>,
}

/// What `chat.postMessage` answered.
pub(super) fn api_answer(answer: &Answer) -> Result<(), Undelivered> {
    if answer.status != 200 {
        return Err(Undelivered::by_status(answer, None));
    }
    // Whether it was posted nobody knows: once more could be twice.
    let Ok(said) = serde_json::from_slice::<Said>(&answer.body) else {
        return Err(Undelivered::refused("its answer cannot be read: it is not one of Slack's"));
    };
    match said {
        Said { ok: true, .. } => Ok(()),
        Said { ok: false, error } => {
            Err(by_code(answer, error.as_deref().and_then(code).unwrap_or("it does not say why")))
        }
    }
}

/// What an incoming webhook answered.
///
/// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors>
pub(super) fn webhook_answer(answer: &Answer) -> Result<(), Undelivered> {
    let said = std::str::from_utf8(&answer.body).ok().map(str::trim).filter(|it| is_known(it));
    match (answer.status, said) {
        (200, Some("ok")) => Ok(()),
        (200, _) => {
            Err(Undelivered::refused("its answer cannot be read: it is not one of Slack's"))
        }
        (400..=499, Some(code)) if answer.status != 429 => Err(by_code(answer, code)),
        _ => Err(Undelivered::by_status(answer, said.map(|code| (code, mends(code))))),
    }
}

/// Whether a webhook may say so: who answers there may be anybody, with a part of the address.
fn is_known(code: &str) -> bool {
    let others = ["ok", "rollup_error", "team_disabled", "too_many_attachments", "user_not_found"];
    others.contains(&code) || !mends(code).is_empty()
}

/// A code of Slack's, and nothing else of what an answer holds.
fn code(text: &str) -> Option<&str> {
    let is_of_code = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    (!text.is_empty() && text.len() <= 60 && text.chars().all(is_of_code)).then_some(text)
}

fn by_code(answer: &Answer, code: &str) -> Undelivered {
    let kind = match code {
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => {
            UndeliveredKind::Throttled(answer.retry_after)
        }
        "internal_error"
        | "fatal_error"
        | "service_unavailable"
        | "request_timeout"
        | "rollup_error"
        | "team_added_to_org" => UndeliveredKind::Unavailable,
        _ => UndeliveredKind::Refused,
    };
    let mends = mends(code);
    let then = if mends.is_empty() { "" } else { "; " };
    Undelivered::new(kind, format!("Slack says {code}{then}{mends}"))
}

/// What can be done about it.
fn mends(code: &str) -> &'static str {
    match code {
        "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "account_inactive"
        | "invalid_token" => "install the app again, and store its bot token in the secret",
        "missing_scope" => "give the app the scope chat:write, and install it again",
        "channel_not_found" => {
            "name a channel that is there, by its id, and invite the app if it is private"
        }
        "not_in_channel" => "invite the app to the channel",
        "is_archived" | "channel_is_archived" => "name another channel, or bring this one back",
        "no_service" | "no_service_id" | "no_team" | "no_active_hooks" => {
            "make a new webhook, and store its address in the secret"
        }
        "restricted_action"
        | "restricted_action_read_only_channel"
        | "restricted_action_thread_only_channel"
        | "posting_to_general_channel_denied"
        | "action_prohibited"
        | "team_access_not_granted"
        | "ekm_access_denied"
        | "access_denied"
        | "org_login_required" => "ask an administrator of the workspace",
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => "it is tried again",
        "msg_too_long"
        | "msg_blocks_too_long"
        | "invalid_blocks"
        | "invalid_payload"
        | "no_text" => "report it: this is a fault of ecr-sweep",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: Some(Duration::from_secs(7)), body: body.into() }
    }

    #[test]
    fn what_the_api_says_is_read_by_name() {
        assert_eq!(api_answer(&answer(200, r#"{"ok":true,"ts":"1.2"}"#)), Ok(()));
        let throttled = UndeliveredKind::Throttled(Some(Duration::from_secs(7)));
        for (code, kind, mends) in [
            ("ratelimited", throttled, "tried again"),
            ("internal_error", UndeliveredKind::Unavailable, ""),
            ("channel_not_found", UndeliveredKind::Refused, "by its id"),
            ("not_in_channel", UndeliveredKind::Refused, "invite the app"),
            ("invalid_auth", UndeliveredKind::Refused, "bot token"),
            ("something_new", UndeliveredKind::Refused, ""),
        ] {
            let body = format!(r#"{{"ok":false,"error":"{code}","needed":"x"}}"#);
            let error = api_answer(&answer(200, &body)).unwrap_err();
            assert_eq!(error.kind(), kind, "{code}");
            let text = error.to_string();
            assert!(text.contains(code) && text.contains(mends), "{text}");
        }
    }

    #[test]
    fn nothing_of_an_answer_is_told_but_a_code() {
        for body in [r#"{"ok":false,"error":"https://hooks.slack.com/services/T/B/x"}"#, "<html>x"]
        {
            let error = api_answer(&answer(200, body)).unwrap_err();
            assert!(!error.to_string().contains("hooks") && !error.may_pass(), "{error}");
        }
        let error = webhook_answer(&answer(404, "GET https://hooks.slack.com/x")).unwrap_err();
        assert!(!error.to_string().contains("hooks"), "{error}");
    }

    #[test]
    fn a_webhook_takes_a_message_only_with_ok() {
        assert_eq!(webhook_answer(&answer(200, "ok")), Ok(()));
        webhook_answer(&answer(200, "<html>sign in</html>")).unwrap_err();
        let gone = webhook_answer(&answer(404, "no_service")).unwrap_err();
        assert!(!gone.may_pass() && gone.to_string().contains("new webhook"), "{gone}");
        assert!(webhook_answer(&answer(429, "rate_limited")).unwrap_err().may_pass());
        assert!(webhook_answer(&answer(500, "rollup_error")).unwrap_err().may_pass());
        assert!(!webhook_answer(&answer(302, "")).unwrap_err().may_pass());
    }
}
