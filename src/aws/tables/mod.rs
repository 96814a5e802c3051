//! Rows of Steampipe's tables from answers of the AWS API.
//!
//! - [`Answers`]: the documents of one account, looked up by operation;
//! - [`RowBuilder`]: one row, in which what AWS did not send is absent (SQL NULL);
//! - one module for each family of tables, each with a function from answers to rows.
//!
//! Tables are made from whichever answers are there: users, roles, groups and policies from
//! `GetAccountAuthorizationDetails` where that was asked, from the lists otherwise. Whether a column that is NULL here
//! was asked for at all is not decided here.

mod account;
mod answers;
mod credential_report;
mod ec2;
mod identities;
mod keys;
mod policies;
mod regional;
mod resources;
mod row;

pub use answers::{Answers, report_rows};
pub use ec2::region_of;
pub use row::RowBuilder;

use super::documents::{Document, Scope};
use crate::inventory::Row;
use std::collections::BTreeMap;

/// Rows made from documents.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Built {
    /// Rows by table; a table without any answer that could have rows for it is absent.
    pub rows: BTreeMap<String, Vec<Row>>,
    /// What a reader should know, one sentence each.
    pub notes: Vec<String>,
}

impl Built {
    fn put(&mut self, table: &str, rows: Option<Vec<Row>>) {
        if let Some(rows) = rows {
            self.rows.insert(table.to_string(), rows);
        }
    }
}

/// Makes the rows of all tables that the documents of one account allow.
pub fn build(scope: &Scope, documents: &[Document]) -> Built {
    let answers = Answers::new(scope, documents);
    let mut built = Built::default();
    account::build(&answers, &mut built);
    credential_report::build(&answers, &mut built);
    identities::build(&answers, &mut built);
    keys::build(&answers, &mut built);
    policies::build(&answers, &mut built);
    resources::build(&answers, &mut built);
    regional::build(&answers, &mut built);
    ec2::build(&answers, &mut built);
    built
}
