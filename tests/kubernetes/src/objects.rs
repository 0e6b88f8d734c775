//! Calls that make and change objects.

use serde_json::{Value, json};

use crate::server::Call;

/// What changes go by in the record of who wrote which field.
const MANAGER: &str = "test";

impl Call {
    /// Any call.
    #[must_use]
    pub fn new(method: &'static str, path: &str, form: &'static str, body: &str) -> Self {
        Self { method, path: path.to_owned(), form, body: body.to_owned() }
    }

    /// A call that reads.
    #[must_use]
    pub fn get(path: &str) -> Self {
        Self::new("GET", path, "", "")
    }

    /// A call that makes an object; of a field that it does not know the server says no.
    #[must_use]
    pub fn post(path: &str, object: &Value) -> Self {
        let path = format!("{path}?fieldValidation=Strict");
        Self::new("POST", &path, "application/json", &object.to_string())
    }

    /// A call that changes a part of an object.
    #[must_use]
    pub fn patch(path: &str, part: &Value) -> Self {
        Self::new("PATCH", path, "application/strategic-merge-patch+json", &part.to_string())
    }

    /// What `kubectl apply --server-side` calls for a document of a manifest.
    #[must_use]
    pub fn apply(path: &str, document: &str) -> Self {
        let path = format!("{path}?fieldManager={MANAGER}&fieldValidation=Strict");
        Self::new("PATCH", &path, "application/apply-patch+yaml", document)
    }

    /// A call that asks whether somebody may list a resource.
    #[must_use]
    pub fn review(user: &str, group: &str, resource: &str) -> Self {
        let attributes = json!({ "verb": "list", "group": group, "resource": resource });
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": { "user": user, "resourceAttributes": attributes },
        });
        Self::post("/apis/authorization.k8s.io/v1/subjectaccessreviews", &review)
    }
}
