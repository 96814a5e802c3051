//! Which part of a query is being resolved, and what may not stand in it.

use super::{Fault, Resolver, Result};

/// What bars a set-returning function from the arguments of another one.
pub(super) const NESTED_SETS: &str = "a set-returning function in the arguments of another one";

/// A part of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    /// The SELECT list and ORDER BY, where everything may stand.
    Select,
    /// ORDER BY and DISTINCT ON.
    Order,
    Where,
    /// ON of a join.
    Join,
    GroupBy,
    Having,
    Limit,
    Offset,
    Values,
    /// Arguments of a function in FROM.
    From,
    /// A subquery in FROM that sees its neighbours.
    Lateral,
    Filter,
    /// PARTITION BY and ORDER BY of a window.
    Window,
    /// Arguments of an aggregate.
    Aggregate,
    /// Arguments of a window function.
    WindowCall,
}

impl Clause {
    /// The clause in PostgreSQL's messages.
    fn name(self) -> &'static str {
        match self {
            Self::Select | Self::Aggregate | Self::WindowCall => "SELECT",
            Self::Order => "ORDER BY",
            Self::Where => "WHERE",
            Self::Join => "JOIN conditions",
            Self::GroupBy => "GROUP BY",
            Self::Having => "HAVING",
            Self::Limit => "LIMIT",
            Self::Offset => "OFFSET",
            Self::Values => "VALUES",
            Self::From => "functions in FROM",
            Self::Lateral => "FROM clause of their own query level",
            Self::Filter => "FILTER",
            Self::Window => "window definitions",
        }
    }

    /// Whether an aggregate or a window function may stand here.
    pub(super) fn allows_aggregate(self, windowed: bool) -> Result<()> {
        let message = match (self, windowed) {
            (Self::Select | Self::Order, _) | (Self::Having | Self::Window | Self::WindowCall, false) => return Ok(()),
            (Self::Aggregate, false) => "aggregate function calls cannot be nested".to_owned(),
            (Self::Aggregate, true) => "aggregate function calls cannot contain window function calls".to_owned(),
            (Self::WindowCall, true) => "window function calls cannot be nested".to_owned(),
            (_, false) => format!("aggregate functions are not allowed in {}", self.name()),
            (_, true) => format!("window functions are not allowed in {}", self.name()),
        };
        Err(Fault::new("syntax", message))
    }

    /// Whether a set-returning function may stand here.
    pub(super) fn allows_sets(self) -> Result<()> {
        let hint = "you might be able to move the set-returning function into a LATERAL FROM item";
        match self {
            Self::Select => Ok(()),
            Self::Order | Self::GroupBy => {
                Err(Fault::unsupported(format!("a set-returning function in {}", self.name())))
            }
            Self::Aggregate => {
                let message = "aggregate function calls cannot contain set-returning function calls";
                Err(Fault::new("syntax", message).help(hint))
            }
            Self::WindowCall => {
                let message = "window function calls cannot contain set-returning function calls";
                Err(Fault::new("syntax", message).help(hint))
            }
            _ => Err(Fault::new("syntax", format!("set-returning functions are not allowed in {}", self.name()))),
        }
    }
}

impl Resolver<'_> {
    /// Resolves something as a part of a query.
    pub(super) fn within<T>(&mut self, clause: Clause, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let around = (std::mem::replace(&mut self.clause, clause), self.sets_barred.take());
        let collations = std::mem::take(&mut self.collations);
        let result = f(self);
        self.collations = collations;
        (self.clause, self.sets_barred) = around;
        result
    }

    /// Resolves something in which no set-returning function may stand.
    pub(super) fn without_sets<T>(
        &mut self,
        construct: &'static str,
        f: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let around = self.sets_barred.replace(construct);
        let result = f(self);
        self.sets_barred = around;
        result
    }

    /// Whether a set-returning function may stand here.
    pub(super) fn allow_set(&self) -> Result<()> {
        match self.sets_barred {
            Some(construct) if construct == NESTED_SETS => Err(Fault::unsupported(NESTED_SETS)),
            Some(construct) => {
                Err(Fault::new("syntax", format!("set-returning functions are not allowed in {construct}"))
                    .help("you might be able to move the set-returning function into a LATERAL FROM item"))
            }
            None => self.clause.allows_sets(),
        }
    }
}
