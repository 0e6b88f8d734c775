//! Who somebody is, as STS says, and what somebody shows for it.

use std::collections::BTreeMap;
use std::fmt;

use ecr_sweep_core::Digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RunId;

/// A caller, as STS names it.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    /// Its ARN: of a user, or of a role's session.
    pub arn: Box<str>,
    /// Its unique id, which no other user or role has ever had.
    pub user_id: Box<str>,
}

/// The headers of a request to STS that somebody has signed. STS says of whoever presents it who has
/// signed it, for some minutes; nothing else can be done with it, as one of the headers says what it is
/// for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct IdentityProof(pub BTreeMap<Box<str>, Box<str>>);

impl fmt::Debug for IdentityProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityProof(..)")
    }
}

/// What the proof of whoever starts an execution is for.
#[must_use]
pub fn starting(execution: &str) -> String {
    format!("ecr-sweep start {execution}")
}

/// What the proof of whoever approves a run's plan is for.
#[must_use]
pub fn approving(run: &RunId, plan: &Digest) -> String {
    format!("ecr-sweep approve {run} {plan}")
}

/// The roles whose sessions IAM Identity Center names after the person that signs in. Nobody else can
/// take them.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
const IDENTITY_CENTER: &str = "AWSReservedSSO_";

/// A person, as far as a caller's ARN tells.
#[derive(Debug, PartialEq, Eq)]
enum Person {
    /// A user of IAM, by its unique id.
    User(Box<str>),
    /// Whoever a session is named after, in lower case.
    Session(String),
}

/// Why two callers are not known to be two persons.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTwoPersons {
    /// They are one.
    #[error("{0} would approve what the same person has started")]
    Same(Box<str>),
    /// Of this caller, it cannot be told.
    #[error(
        "who {0} is cannot be told: it is neither a user nor a session that is named after a person"
    )]
    Unknown(Box<str>),
    /// A user and a session may be the same person's.
    #[error(
        "whether {0} and {1} are the same person cannot be told: one is a user, and one a session"
    )]
    OfTwoKinds(Box<str>, Box<str>),
}

impl Caller {
    /// Whether it can be told which person this is. `personal` are the roles whose sessions are named
    /// after persons as well, by whoever signs them in and not by who takes them; `*` at the end of a name
    /// stands for the rest of it.
    pub fn check_is_person(&self, personal: &[Box<str>]) -> Result<(), NotTwoPersons> {
        self.person(personal).map(drop).ok_or_else(|| NotTwoPersons::Unknown(self.arn.clone()))
    }

    /// Whether this is somebody else. What cannot be told is no.
    pub fn check_differs(&self, from: &Self, personal: &[Box<str>]) -> Result<(), NotTwoPersons> {
        let person = |caller: &Self| {
            let person = caller.person(personal);
            person.ok_or_else(|| NotTwoPersons::Unknown(caller.arn.clone()))
        };
        match (person(self)?, person(from)?) {
            (one, other) if one == other => Err(NotTwoPersons::Same(self.arn.clone())),
            (Person::User(_), Person::User(_)) | (Person::Session(_), Person::Session(_)) => Ok(()),
            _ => Err(NotTwoPersons::OfTwoKinds(self.arn.clone(), from.arn.clone())),
        }
    }

    /// The root of an account is nobody in particular, and who takes a role names the session.
    fn person(&self, personal: &[Box<str>]) -> Option<Person> {
        let mut parts = self.arn.splitn(6, ':');
        let [_, _, service, _, _, resource] = std::array::from_fn(|_| parts.next().unwrap_or(""));
        match (service, resource.split_once('/')?) {
            ("iam", ("user", name)) if !name.is_empty() && !self.user_id.is_empty() => {
                Some(Person::User(self.user_id.clone()))
            }
            ("sts", ("assumed-role", session)) => {
                let (role, name) = session.split_once('/')?;
                let is_named = role.starts_with(IDENTITY_CENTER)
                    || personal.iter().any(|pattern| matches(pattern, role));
                (is_named && !name.is_empty()).then(|| Person::Session(name.to_lowercase()))
            }
            _ => None,
        }
    }
}

fn matches(pattern: &str, role: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => role.starts_with(start),
        None => pattern == role,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(arn: &str) -> Caller {
        Caller { arn: arn.into(), user_id: arn.rsplit('/').next().unwrap().into() }
    }

    fn session(role: &str, name: &str) -> Caller {
        caller(&format!("arn:aws:sts::111122223333:assumed-role/{role}/{name}"))
    }

    fn user(name: &str) -> Caller {
        caller(&format!("arn:aws:iam::111122223333:user/{name}"))
    }

    const SSO: [&str; 2] = ["AWSReservedSSO_Starter_1", "AWSReservedSSO_Approver_2"];

    #[test]
    fn two_users_are_two_persons_and_one_is_not() {
        assert_eq!(user("ada").check_differs(&user("bob"), &[]), Ok(()));
        let same = user("ada").check_differs(&user("ada"), &[]);
        assert!(matches!(same, Err(NotTwoPersons::Same(_))), "{same:?}");
    }

    #[test]
    fn a_person_who_signs_in_by_another_permission_set_is_the_same_person() {
        let [starter, approver] = SSO;
        let ada = session(starter, "ada@example.com");
        let same = session(approver, "Ada@example.com").check_differs(&ada, &[]);
        assert!(matches!(same, Err(NotTwoPersons::Same(_))), "{same:?}");
        assert_eq!(session(approver, "bob@example.com").check_differs(&ada, &[]), Ok(()));
    }

    #[test]
    fn who_names_a_session_as_they_like_is_not_told() {
        let bob = session(SSO[0], "bob@example.com");
        for unknown in [
            session("Platform", "ada@example.com"),
            caller("arn:aws:iam::111122223333:root"),
            caller("arn:aws:sts::111122223333:federated-user/ada"),
            caller("arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Starter_1/"),
            caller("arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Starter_1"),
            caller("ada"),
        ] {
            for (one, other) in [(&unknown, &bob), (&bob, &unknown)] {
                let told = one.check_differs(other, &[]);
                assert_eq!(told, Err(NotTwoPersons::Unknown(unknown.arn.clone())));
            }
        }
    }

    #[test]
    fn roles_that_are_said_to_be_personal_are_by_name_or_by_how_it_starts() {
        let personal = ["Okta-*".into(), "Platform".into()];
        let ada = session("Okta-Starter", "ada");
        assert_eq!(session("Platform", "bob").check_differs(&ada, &personal), Ok(()));
        assert!(session("Platform2", "bob").check_differs(&ada, &personal).is_err());
        assert_eq!(ada.check_is_person(&personal), Ok(()));
        assert!(ada.check_is_person(&[]).is_err());
    }

    #[test]
    fn a_user_and_a_session_may_be_the_same_person() {
        let told = user("ada").check_differs(&session(SSO[0], "bob@example.com"), &[]);
        assert!(matches!(told, Err(NotTwoPersons::OfTwoKinds(..))), "{told:?}");
    }
}
