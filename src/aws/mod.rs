//! Collects AWS data into the inventory with as few calls as the API allows.
//!
//! - [`documents`]: one answer of the API in the AWS CLI's JSON shape;
//! - [`credential_report`]: reads the credential report's CSV;
//! - [`collect`]: the live collector: plan, calls, limits, errors.

pub mod collect;
pub mod credential_report;
pub mod documents;
