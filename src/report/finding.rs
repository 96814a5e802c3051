//! Results one by one, for formats that know no tree: each control once, in the order of the run.

use crate::model::run::{ControlRun, ResultRow, Run};
use crate::model::status::Status;
use sha2::{Digest as _, Sha256};

/// One row of a control, or the fault of a control that gave none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finding<'r> {
    pub control: &'r ControlRun,
    /// None for a control that failed as a whole.
    pub row: Option<&'r ResultRow>,
}

impl<'r> Finding<'r> {
    /// Returns the findings of a control: its fault, or its rows.
    pub fn of(control: &'r ControlRun) -> impl Iterator<Item = Self> {
        let fault = (!control.error.is_empty()).then_some(Self { control, row: None });
        let rows = if fault.is_some() { &[][..] } else { &control.results[..] };
        fault.into_iter().chain(rows.iter().map(move |row| Self { control, row: Some(row) }))
    }

    /// Returns the findings of a run.
    pub fn all(run: &'r Run) -> impl Iterator<Item = Self> {
        run.controls.values().flat_map(Self::of)
    }

    pub fn status(&self) -> Status {
        self.row.map_or(Status::Error, |row| row.status)
    }

    /// Returns the reason; that of a failed control is its error.
    pub fn reason(&self) -> &'r str {
        self.row.map_or(&self.control.error, |row| &row.reason)
    }

    pub fn resource(&self) -> &'r str {
        self.row.map_or("", |row| &row.resource)
    }

    /// Returns the dimensions that have a value.
    pub fn dimensions(&self) -> impl Iterator<Item = (&'r str, &'r str)> {
        let columns = self.control.dimension_columns.iter().map(|c| c.name.as_str());
        let values = self.row.map_or(&[][..], |row| &row.dimensions[..]);
        columns.zip(values.iter().map(String::as_str)).filter(|(_, value)| !value.is_empty())
    }

    /// Returns the value of a dimension; empty when there is none.
    pub fn dimension(&self, name: &str) -> &'r str {
        self.dimensions().find(|(n, _)| *n == name).map_or("", |(_, value)| value)
    }

    /// Returns the account that the row belongs to, or the only one of the run; empty when unknown.
    pub fn account(&self, run: &'r Run) -> &'r str {
        let own = self.dimension("account_id");
        match run.provenance.accounts.as_slice() {
            [only] if own.is_empty() => &only.id,
            _ => own,
        }
    }

    /// Returns 64 hexadecimal digits that stay the same from run to run as long as control, resource and dimensions do,
    /// whatever the status and the reason are.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update(text.len().to_be_bytes());
            hash.update(text.as_bytes());
        };
        part(&self.control.name);
        part(self.resource());
        let mut dimensions: Vec<(&str, &str)> = self.dimensions().collect();
        dimensions.sort_unstable();
        for (name, value) in dimensions {
            part(name);
            part(value);
        }
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// A cloud that controls speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cloud {
    Aws,
    Azure,
    Gcp,
}

impl Cloud {
    /// Returns the cloud of a control, by the tags that mods give, or by the account ids of its rows.
    pub fn of(control: &ControlRun) -> Option<Self> {
        let tag = |name: &str| control.tags.get(name).map_or("", String::as_str);
        let service = tag("service").split('/').next().unwrap_or_default();
        match (tag("plugin"), service) {
            ("aws", _) | ("", "AWS") => Some(Self::Aws),
            ("azure", _) | ("", "Azure") => Some(Self::Azure),
            ("gcp", _) | ("", "GCP") => Some(Self::Gcp),
            ("", _) if control.dimension_columns.iter().any(|c| c.name == "account_id") => Some(Self::Aws),
            _ => None,
        }
    }
}

/// Returns the title of a control, or its name.
pub(crate) fn title(control: &ControlRun) -> &str {
    if control.title.is_empty() { &control.short_name } else { &control.title }
}

/// Cuts a text to a number of characters.
pub(crate) fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}
