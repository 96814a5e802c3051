//! Gets the credential report: asks AWS to make one, waits for it, reads it.
//!
//! AWS makes at most one report in four hours and answers with that one meanwhile.

use super::json::{Object, iso};
use super::plan::Need;
use super::session::Ask;
use super::work::Work;
use crate::aws::credential_report;
use crate::aws::documents::Operation;
use crate::aws::failure::{ApiFailure, FailureKind};
use aws_sdk_iam::types::ReportStateType;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::time::{Duration, Instant};

/// How the wait grows, in multiples of the first one; the last one repeats.
const WAITS: &[u32] = &[1, 2, 3, 5];

/// What became of the request for a new report.
enum Generated {
    /// There is a report, or there may be one: read it.
    Perhaps,
    /// AWS did not make one; an older one may still be there.
    Refused(ApiFailure),
}

struct Waiting {
    deadline: Instant,
    first: Duration,
    timeout: Duration,
    count: usize,
}

impl Waiting {
    /// Waits before the next question.
    async fn wait(&mut self, work: &Work) -> Result<(), ApiFailure> {
        let factor = WAITS.get(self.count).or(WAITS.last()).copied().unwrap_or(1);
        let pause = self.first * factor;
        self.count += 1;
        if Instant::now() + pause > self.deadline {
            let seconds = self.timeout.as_secs();
            let message = format!("AWS did not finish the credential report within {seconds} seconds; try again later");
            return Err(ApiFailure::local(FailureKind::Other, message));
        }
        work.tell_waiting();
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

impl Work {
    /// Gets the credential report and reads it.
    pub async fn credential_report(&self) {
        let ask = Ask::new(Operation::GetCredentialReport);
        let timeout = self.options.report_timeout;
        let mut waiting =
            Waiting { deadline: Instant::now() + timeout, first: self.options.report_poll, timeout, count: 0 };
        match self.fetch_report(&mut waiting).await {
            Ok((csv, body)) => match credential_report::parse(&csv) {
                Ok(rows) => {
                    let rows = rows.into_iter().map(|row| (row.user().to_string(), row)).collect();
                    // There is one report, so that it is set once.
                    let _ = self.report.set(rows);
                    if let Some(time) = body.get("GeneratedTime").and_then(Value::as_str) {
                        self.note(format!(
                            "the credential report of account {} is of {time}",
                            self.session.account_id()
                        ));
                    }
                    self.session.keep(ask, body);
                    self.outcomes(|o| o.succeed(Need::Report));
                }
                Err(error) => self.fail(Need::Report, ask, ApiFailure::local(FailureKind::Other, error.to_string())),
            },
            Err((operation, failure)) => self.fail(Need::Report, Ask::new(operation), failure),
        }
    }

    async fn fetch_report(&self, waiting: &mut Waiting) -> Result<(Vec<u8>, Value), (Operation, ApiFailure)> {
        let mut generated = self.generate_report(waiting).await?;
        let mut again = true;
        loop {
            let failure = match self.get_report().await {
                Ok(report) => return Ok(report),
                Err(failure) => failure,
            };
            match (failure.code.as_str(), &generated) {
                ("ReportInProgress", _) => {
                    waiting.wait(self).await.map_err(|f| (Operation::GetCredentialReport, f))?;
                }
                ("ReportNotPresent" | "ReportExpired", Generated::Refused(refusal)) => {
                    return Err((Operation::GenerateCredentialReport, refusal.clone()));
                }
                // It expired between the two calls.
                ("ReportNotPresent" | "ReportExpired", Generated::Perhaps) if again => {
                    again = false;
                    waiting.wait(self).await.map_err(|f| (Operation::GetCredentialReport, f))?;
                    generated = self.generate_report(waiting).await?;
                }
                _ => return Err((Operation::GetCredentialReport, failure)),
            }
        }
    }

    async fn generate_report(&self, waiting: &mut Waiting) -> Result<Generated, (Operation, ApiFailure)> {
        let operation = Operation::GenerateCredentialReport;
        loop {
            let answer = self.session.request(Ask::new(operation), || async {
                let request = self.session.clients.iam.generate_credential_report();
                request.send().await.map_err(|e| ApiFailure::from_sdk(&e))
            });
            match answer.await {
                Ok(answer) if answer.state == Some(ReportStateType::Complete) => return Ok(Generated::Perhaps),
                Ok(_) => waiting.wait(self).await.map_err(|f| (operation, f))?,
                // An older report may be there, and it is good for four hours.
                Err(failure) if failure.kind == FailureKind::Denied || failure.is_worth_retrying() => {
                    return Ok(Generated::Refused(failure));
                }
                // Somebody else asks for reports too; theirs will do.
                Err(failure) if failure.code == "LimitExceeded" => {
                    waiting.wait(self).await.map_err(|f| (operation, f))?;
                    return Ok(Generated::Perhaps);
                }
                Err(failure) => return Err((operation, failure)),
            }
        }
    }

    /// Reads the report and returns its CSV and the answer in the CLI's shape.
    async fn get_report(&self) -> Result<(Vec<u8>, Value), ApiFailure> {
        self.session
            .request(Ask::new(Operation::GetCredentialReport), || async {
                let request = self.session.clients.iam.get_credential_report();
                let answer = request.send().await.map_err(|e| ApiFailure::from_sdk(&e))?;
                let csv = answer.content.map(aws_smithy_types::Blob::into_inner).unwrap_or_default();
                let body = Object::new()
                    .text("Content", Some(&STANDARD.encode(&csv)))
                    .text("ReportFormat", answer.report_format.as_ref().map(|format| format.as_str()))
                    .value("GeneratedTime", answer.generated_time.as_ref().and_then(iso).map(Value::from))
                    .done();
                Ok((csv, body))
            })
            .await
    }
}
