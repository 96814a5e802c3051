//! The typed form between PostgreSQL's tree and SQLite's text.
//!
//! Names are resolved, every expression has its PostgreSQL type, and everything that is PostgreSQL's own has become a
//! call of a registered function. Printing it (`render`) needs no further decisions.

use crate::model::pgtype::PgType;

/// A relation in a FROM clause; printed as an alias of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rel(pub u32);

/// A common table expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cte(pub u32);

/// A typed expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Its PostgreSQL type.
    pub ty: PgType,
}

/// How a relation's column is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// A column of a stored table.
    Named(String),
    /// A column of a query, by place.
    Nth(usize),
    /// The element of a set-returning function.
    Element,
    /// Its number, from 1.
    Ordinality,
    /// A part of an element that is itself a list (`key` and `value` of `jsonb_each`).
    Part(usize),
    /// The row's identity; NULL in rows that an outer join made up.
    RowId,
}

/// The kinds of expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A column.
    Column(Rel, Field),
    /// NULL.
    Null,
    /// An integer, or a boolean as 0 and 1.
    Int(i64),
    /// A float.
    Real(f64),
    /// A text, or any value that is held as text.
    Text(String),
    /// A quoted literal whose type its context decides.
    Unknown(String),
    /// `$n`.
    Param(usize),
    /// A call of a function.
    Call(&'static str, Vec<Expr>),
    /// An aggregate or window function.
    Aggregate(Box<Aggregate>),
    /// `a op b` as SQLite has it.
    Infix(&'static str, Box<Expr>, Box<Expr>),
    /// `op a`.
    Prefix(&'static str, Box<Expr>),
    /// `a IS [NOT] NULL`.
    IsNull(Box<Expr>, bool),
    /// AND of all.
    All(Vec<Expr>),
    /// OR of all.
    Any(Vec<Expr>),
    /// `CASE`.
    Case(Vec<(Expr, Expr)>, Option<Box<Expr>>),
    /// `a [NOT] IN (list)`.
    InList(Box<Expr>, Vec<Expr>, bool),
    /// `(a, ...) [NOT] IN (query)`.
    InQuery(Vec<Expr>, Box<Query>, bool),
    /// `EXISTS (query)`.
    Exists(Box<Query>),
    /// A query used as a value.
    Scalar(Box<Query>),
    /// `ARRAY(query)`.
    ArrayOf(Box<Query>),
    /// `a op ANY|ALL (...)`: the test on each element of a source.
    Quantified {
        /// Where the elements come from.
        source: Box<From>,
        /// Present for an array: the whole is NULL when this is.
        array: Option<Box<Expr>>,
        /// The test on one element.
        test: Box<Expr>,
        /// ALL instead of ANY.
        all: bool,
    },
    /// `CAST(a AS integer|real|text)`, SQLite's own.
    NativeCast(Box<Expr>, &'static str),
    /// A whole row: name and expression of each column, and what is NULL where an outer join made the row up.
    Row(Vec<(String, Expr)>, Option<Box<Expr>>),
}

/// An aggregate, or with `over` a window function.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// SQLite's or our own function.
    pub function: &'static str,
    /// Arguments; none means `*`.
    pub args: Vec<Expr>,
    /// DISTINCT.
    pub distinct: bool,
    /// ORDER BY inside the call.
    pub order: Vec<Order>,
    /// FILTER.
    pub filter: Option<Expr>,
    /// OVER.
    pub over: Option<Window>,
}

/// A window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Window {
    /// PARTITION BY.
    pub partition: Vec<Expr>,
    /// ORDER BY.
    pub order: Vec<Order>,
    /// The frame, as SQLite writes it.
    pub frame: String,
}

/// One sort key.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// What to sort by.
    pub expr: Expr,
    /// DESC.
    pub descending: bool,
    /// NULLS FIRST.
    pub nulls_first: bool,
}

/// A query with everything around its body.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// WITH.
    pub ctes: Vec<CteQuery>,
    /// The body.
    pub body: Body,
    /// Names and types of the result.
    pub columns: Vec<(String, PgType)>,
}

/// A common table expression with its query.
#[derive(Debug, Clone, PartialEq)]
pub struct CteQuery {
    /// Its identity.
    pub cte: Cte,
    /// Its query.
    pub query: Query,
    /// Whether it refers to itself.
    pub recursive: bool,
}

/// The body of a query.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a statement has few of them")]
pub enum Body {
    /// SELECT.
    Select(Box<Select>),
    /// UNION, INTERSECT, EXCEPT of queries whose columns have the same types.
    Set {
        /// `UNION ALL` and so on.
        op: &'static str,
        /// Left side with the relation its columns are read through, and what they are converted to.
        left: (Box<Query>, Vec<Expr>, Rel),
        /// Right side.
        right: (Box<Query>, Vec<Expr>, Rel),
        /// The relation that ORDER BY reads.
        rel: Rel,
        /// ORDER BY of the whole.
        order: Vec<Order>,
        /// LIMIT.
        limit: Option<Expr>,
        /// OFFSET.
        offset: Option<Expr>,
    },
    /// VALUES.
    Values(Vec<Vec<Expr>>),
}

/// A SELECT.
#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    /// DISTINCT.
    pub distinct: bool,
    /// DISTINCT ON.
    pub distinct_on: Vec<Expr>,
    /// The output columns.
    pub items: Vec<Expr>,
    /// FROM, with set-returning functions of the SELECT list at its end.
    pub from: Option<From>,
    /// WHERE.
    pub filter: Option<Expr>,
    /// GROUP BY.
    pub group: Vec<Expr>,
    /// HAVING.
    pub having: Option<Expr>,
    /// ORDER BY.
    pub order: Vec<Order>,
    /// LIMIT.
    pub limit: Option<Expr>,
    /// OFFSET.
    pub offset: Option<Expr>,
    /// FETCH ... WITH TIES: the rows that sort like the last one belong to it.
    pub ties: bool,
}

impl Select {
    /// A SELECT of items from something.
    pub fn of(items: Vec<Expr>, from: Option<From>) -> Self {
        Self {
            distinct: false,
            distinct_on: Vec::new(),
            items,
            from,
            filter: None,
            group: Vec::new(),
            having: None,
            order: Vec::new(),
            limit: None,
            offset: None,
            ties: false,
        }
    }
}

/// An item of a FROM clause.
#[derive(Debug, Clone, PartialEq)]
pub enum From {
    /// A stored table.
    Table(Rel, String),
    /// A common table expression.
    Cte(Rel, Cte),
    /// A subquery.
    Query(Rel, Box<Query>),
    /// A set: an expression that gives a JSON array.
    Elements(Rel, Box<Expr>),
    /// A join.
    Join {
        /// `JOIN`, `LEFT JOIN`, `CROSS JOIN` and so on.
        kind: &'static str,
        /// Left side.
        left: Box<From>,
        /// Right side.
        right: Box<From>,
        /// ON.
        on: Option<Expr>,
    },
}

impl Expr {
    /// Makes an expression.
    pub fn new(kind: Kind, ty: PgType) -> Self {
        Self { kind, ty }
    }

    /// A call.
    pub fn call(function: &'static str, args: Vec<Self>, ty: PgType) -> Self {
        Self::new(Kind::Call(function, args), ty)
    }

    /// A text that is no literal of the user's: an option of a function.
    pub fn option(text: impl Into<String>) -> Self {
        Self::new(Kind::Text(text.into()), PgType::Text)
    }

    /// An integer that is no literal of the user's.
    pub fn int(number: i64) -> Self {
        Self::new(Kind::Int(number), PgType::Int4)
    }

    /// A boolean constant.
    pub fn boolean(value: bool) -> Self {
        Self::new(Kind::Int(i64::from(value)), PgType::Bool)
    }

    /// `a op b`.
    pub fn infix(op: &'static str, left: Self, right: Self, ty: PgType) -> Self {
        Self::new(Kind::Infix(op, Box::new(left), Box::new(right)), ty)
    }

    /// Whether it is written out, not computed.
    pub fn is_constant(&self) -> bool {
        matches!(self.kind, Kind::Null | Kind::Int(_) | Kind::Real(_) | Kind::Text(_) | Kind::Unknown(_))
    }

    /// Whether it is the same value as another one. A cast that changes nothing but the type (`int` to `bigint`) leaves the
    /// value as it is. Constants are never the same: that one is a key does not make a key of another one.
    pub fn is_same_value(&self, other: &Self) -> bool {
        self.kind == other.kind && !self.is_constant()
    }

    /// NOT.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::new(Kind::Prefix("NOT ", Box::new(self)), PgType::Bool)
    }
}
