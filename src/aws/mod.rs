//! Collects AWS data into the inventory with as few calls as the API allows.
//!
//! - [`documents`]: one answer of the API in the AWS CLI's JSON shape;
//! - [`credential_report`]: reads the credential report's CSV;
//! - [`tables`]: makes rows from documents; [`policy`]: the canonical form of policy documents;
//! - [`exports`]: documents and tables from the AWS CLI's output;
//! - [`collect`]: the live collector: plan, calls, limits, errors;
//! - `bucket`: files published in S3, in a build with the feature `s3`;
//! - `client`, `query_client`, `xml`: the way to AWS; `failure`: what can go wrong on it; `limiter`: how fast to go.

#[cfg(feature = "s3")]
pub mod bucket;
#[cfg(feature = "aws-iam")]
mod client;
pub mod collect;
pub mod credential_report;
pub mod documents;
pub mod exports;
#[cfg(feature = "aws-iam")]
mod failure;
#[cfg(feature = "aws-iam")]
mod limiter;
pub mod policy;
#[cfg(all(feature = "aws-iam", feature = "aws-ec2"))]
mod query_client;
mod shapes;
pub mod tables;
#[cfg(all(feature = "aws-iam", feature = "aws-ec2"))]
mod xml;
