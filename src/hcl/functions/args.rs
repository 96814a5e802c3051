//! The arguments of a call, read as what the function needs.

use crate::hcl::eval::Names;
use crate::hcl::fault::{Eval, Fault};
use crate::hcl::unify::unify;
use crate::hcl::value::{Val, whole};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The arguments of a call.
pub(super) struct Args<'a> {
    pub name: &'a str,
    pub values: &'a [Val],
    pub names: &'a dyn Names,
}

impl Args<'_> {
    /// Makes a fault that names the function.
    pub fn fault(&self, message: impl std::fmt::Display) -> Box<Fault> {
        Fault::new(format!("{}(): {message}", self.name))
    }

    fn wrong(&self, i: usize, wanted: &str) -> Box<Fault> {
        let got = self.values.get(i).map_or("nothing", Val::type_name);
        self.fault(format_args!("argument {} must be {wanted}, not {got}", i + 1)).argument(i)
    }

    /// Returns an argument as it is.
    pub fn value(&self, i: usize) -> Eval<&Val> {
        self.values.get(i).ok_or_else(|| self.wrong(i, "given"))
    }

    /// Returns the arguments from one on.
    pub fn from(&self, i: usize) -> &[Val] {
        self.values.get(i..).unwrap_or_default()
    }

    pub fn text(&self, i: usize) -> Eval<Arc<str>> {
        self.value(i)?.to_text().ok_or_else(|| self.wrong(i, "a string"))
    }

    pub fn number(&self, i: usize) -> Eval<f64> {
        self.value(i)?.to_number().ok_or_else(|| self.wrong(i, "a number"))
    }

    pub fn whole(&self, i: usize) -> Eval<i64> {
        whole(self.number(i)?).ok_or_else(|| self.wrong(i, "a whole number"))
    }

    pub fn size(&self, i: usize) -> Eval<usize> {
        usize::try_from(self.whole(i)?).map_err(|_| self.wrong(i, "zero or more"))
    }

    pub fn list(&self, i: usize) -> Eval<Arc<Vec<Val>>> {
        match self.value(i)? {
            Val::List(items) | Val::Set(items) => Ok(Arc::clone(items)),
            _ => Err(self.wrong(i, "a list")),
        }
    }

    pub fn texts(&self, i: usize) -> Eval<Vec<Arc<str>>> {
        self.list(i)?.iter().map(|v| v.to_text().ok_or_else(|| self.wrong(i, "a list of strings"))).collect()
    }

    pub fn numbers(&self, i: usize) -> Eval<Vec<f64>> {
        self.list(i)?.iter().map(|v| v.to_number().ok_or_else(|| self.wrong(i, "a list of numbers"))).collect()
    }

    pub fn map(&self, i: usize) -> Eval<Arc<BTreeMap<String, Val>>> {
        match self.value(i)? {
            Val::Map(map) => Ok(Arc::clone(map)),
            _ => Err(self.wrong(i, "a map")),
        }
    }
}

/// Brings the elements of a list to one type.
pub(super) fn unified(a: &Args<'_>, items: &[Val]) -> Eval<Vec<Val>> {
    unify(items).ok_or_else(|| a.fault("the elements have no type in common"))
}

/// Makes a list.
pub(super) fn list_of(items: Vec<Val>) -> Val {
    Val::List(Arc::new(items))
}

/// Makes a list of strings.
pub(super) fn texts_of<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> Val {
    list_of(items.into_iter().map(Val::str).collect())
}

/// Makes a number of a count.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
pub(super) fn count(n: usize) -> Val {
    Val::Num(n as f64)
}
