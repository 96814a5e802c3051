//! What can go wrong with a call to AWS, and what is to be done about it.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;

/// What a failed call means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Too many requests: slow down, try again.
    Throttled,
    /// A fault of the network or of AWS: try again.
    Transient,
    /// The answer ended before its end: try again.
    Truncated,
    /// The caller lacks a permission.
    Denied,
    /// The credentials themselves are refused: nothing else can work either.
    Credentials,
    /// There are no credentials.
    NoCredentials,
    /// Anything else; the code says what.
    Other,
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", if message.is_empty() { code.clone() } else if code.is_empty() { message.clone() } else { format!("{code}: {message}") })]
pub struct ApiFailure {
    /// What it means.
    pub kind: FailureKind,
    /// AWS's error code as sent; empty where there was no answer.
    pub code: String,
    /// AWS's or the SDK's message.
    pub message: String,
}

/// The answer to a request was not whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("incomplete answer: {0} bytes")]
pub struct IncompleteAnswer(pub usize);

const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
];
const TRANSIENT: &[&str] = &[
    "InternalFailure",
    "InternalError",
    "InternalServerException",
    "ServiceFailure",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Unavailable",
    "RequestTimeout",
    "RequestTimeoutException",
];
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "UnauthorizedException",
    "AuthorizationError",
    "OptInRequired",
    "SubscriptionRequiredException",
];
const CREDENTIALS: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "AuthFailure",
];

impl ApiFailure {
    /// Makes a failure from AWS's error code, its message and the HTTP status.
    pub fn new(code: &str, message: &str, status: Option<u16>) -> Self {
        let kind = if THROTTLED.contains(&code) {
            FailureKind::Throttled
        } else if TRANSIENT.contains(&code) {
            FailureKind::Transient
        } else if DENIED.contains(&code) {
            FailureKind::Denied
        } else if CREDENTIALS.contains(&code) {
            FailureKind::Credentials
        } else {
            match status {
                Some(429) => FailureKind::Throttled,
                Some(500 | 502..=504) => FailureKind::Transient,
                // AWS says yes, and what it says cannot be read.
                Some(200..=299) => FailureKind::Truncated,
                _ => FailureKind::Other,
            }
        };
        Self { kind, code: code.to_string(), message: message.to_string() }
    }

    /// Makes a failure without an answer of AWS.
    pub fn local(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, code: String::new(), message: message.into() }
    }

    /// Whether trying again may help.
    pub fn is_worth_retrying(&self) -> bool {
        matches!(self.kind, FailureKind::Throttled | FailureKind::Transient | FailureKind::Truncated)
    }

    /// Whether AWS says that what was asked about does not exist.
    pub fn is_missing(&self) -> bool {
        matches!(self.code.as_str(), "NoSuchEntity" | "ResourceNotFoundException")
    }

    /// Whether the code is an answer rather than a fault: that something is not there, or not there yet.
    pub fn is_answer(&self) -> bool {
        let codes = ["ReportNotPresent", "ReportExpired", "ReportInProgress", "AWSOrganizationsNotInUseException"];
        self.is_missing() || codes.contains(&self.code.as_str())
    }

    /// Reads the SDK's error.
    pub fn from_sdk<E>(error: &SdkError<E, Response>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        if let Some(service) = error.as_service_error() {
            let code = service.code().unwrap_or_default();
            let message = match service.message() {
                Some(message) => message.to_string(),
                None if code.is_empty() => chain(error),
                None => String::new(),
            };
            let message = match (status, code.is_empty()) {
                (Some(status), true) => format!("HTTP status {status}: {message}"),
                _ => message,
            };
            return Self::new(code, &message, status);
        }
        if let Some(credentials) = find::<aws_credential_types::provider::error::CredentialsError>(error) {
            return Self::local(FailureKind::NoCredentials, chain(credentials));
        }
        if let Some(incomplete) = find::<IncompleteAnswer>(error) {
            return Self::local(FailureKind::Truncated, incomplete.to_string());
        }
        let kind = match error {
            SdkError::ConstructionFailure(_) => FailureKind::Other,
            SdkError::DispatchFailure(failure) if failure.is_user() => FailureKind::Other,
            _ => FailureKind::Transient,
        };
        Self::local(kind, chain(error))
    }
}

/// Finds an error of a type among the sources of an error.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// Returns the messages of an error and of all its sources, those that repeat another left out.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !text.is_empty() && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_decide_what_is_done() {
        let cases: &[(&str, Option<u16>, FailureKind)] = &[
            ("Throttling", Some(400), FailureKind::Throttled),
            ("RequestLimitExceeded", Some(503), FailureKind::Throttled),
            ("ServiceFailure", Some(500), FailureKind::Transient),
            ("", Some(502), FailureKind::Transient),
            ("", Some(429), FailureKind::Throttled),
            ("", Some(200), FailureKind::Truncated),
            ("AccessDenied", Some(403), FailureKind::Denied),
            ("UnauthorizedOperation", Some(403), FailureKind::Denied),
            ("ExpiredToken", Some(403), FailureKind::Credentials),
            ("AuthFailure", Some(401), FailureKind::Credentials),
            ("NoSuchEntity", Some(404), FailureKind::Other),
            ("LimitExceeded", Some(409), FailureKind::Other),
        ];
        for (code, status, kind) in cases {
            assert_eq!(ApiFailure::new(code, "", *status).kind, *kind, "{code} {status:?}");
        }
    }
}
