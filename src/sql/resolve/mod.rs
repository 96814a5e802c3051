//! Names, scopes and types: from the parser's tree to the typed form.
//!
//! * [`scope`]: what a name can mean in a place.
//! * [`query`]: queries; [`with`]: common tables; [`set_operation`]: UNION and its like; [`select`]: SELECT.
//! * [`from`]: FROM clauses; [`full_join`]: what PostgreSQL can join so; [`sorting`]: keys of ORDER BY and GROUP BY.
//! * [`outer`]: aggregates of a query in its subqueries. [`window`]: windows, ordered sets; [`grouping`]: GROUPING SETS; [`lateral`]: subqueries that see their neighbours.
//! * [`expr`], [`operator`] ([`arithmetic`], [`comparison`], [`pattern`]), [`function`], [`aggregate`]: expressions.
//! * [`catalog`]: the functions that their argument types decide.
//! * [`clause`]: what may stand where. [`collation`]: COLLATE.
//! * [`sets`]: functions that return sets; [`records`]: those in FROM that declare their columns. [`subscript`]: parts.
//! * [`cast`]: conversions, the types of literals, common types; [`modifier`]: lengths and precisions of types.
//! * [`naming`]: the names of output columns.

mod aggregate;
mod arithmetic;
mod cast;
pub mod catalog;
mod clause;
mod collation;
mod comparison;
mod cost;
mod expr;
mod from;
mod full_join;
mod function;
mod grouping;
mod jsonpath;
mod lateral;
mod modifier;
mod naming;
mod operator;
mod outer;
mod pattern;
mod query;
mod records;
mod scope;
mod select;
mod set_operation;
mod sets;
mod sorting;
mod subscript;
mod window;
mod with;

use crate::model::diagnostic::Diagnostic;
use crate::model::pgtype::PgType;
use crate::model::source::SqlText;
use crate::sql::ir::{Cte, Expr, Query, Rel};
use crate::sql::parse;
use crate::sql::schema::Schema;
use scope::Scope;
use sqlparser::tokenizer::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What a query turned out to be.
pub struct Resolved {
    /// The typed form.
    pub query: Query,
    /// The highest number of a relation in it.
    pub last: u32,
    /// Types of `$1`, `$2` ...; unknown where nothing fixes them.
    pub params: Vec<PgType>,
    /// The tables that are read, with the columns that are used.
    pub reads: BTreeMap<String, BTreeSet<String>>,
    /// How often each common table is read, or more.
    pub uses: BTreeMap<u32, usize>,
}

/// Resolves a parsed query.
pub fn resolve(sql: &SqlText, query: &sqlparser::ast::Query, schema: &dyn Schema) -> Result<Resolved, Box<Diagnostic>> {
    let mut resolver = Resolver {
        schema,
        next: 0,
        params: Vec::new(),
        reads: BTreeMap::new(),
        lenient: 0,
        sets: Vec::new(),
        views: Vec::new(),
        undecided: false,
        depth: 0,
        outermost: true,
        ties: false,
        windows: Vec::new(),
        uses: BTreeMap::new(),
        aggregates: 0,
        clause: clause::Clause::Select,
        clauses: Vec::new(),
        outer: Vec::new(),
        collations: Vec::new(),
        sets_barred: None,
    };
    let ctes = Ctes::default();
    match resolver.query(query, None, &ctes) {
        Ok(query) => Ok(Resolved {
            last: resolver.next,
            query,
            params: resolver.params.into_iter().map(|p| p.unwrap_or(PgType::Text)).collect(),
            reads: resolver.reads,
            uses: resolver.uses,
        }),
        Err(fault) => {
            let range = fault.span.and_then(|s| parse::range(&sql.text, s));
            let mut diagnostic = parse::place(Diagnostic::error(fault.message).code(fault.code), sql, range);
            diagnostic.help = fault.help;
            Err(Box::new(diagnostic))
        }
    }
}

/// How deep expressions and queries may nest, chains of operators included; AND and OR do not count.
const DEPTH: usize = 400;

/// Why a query cannot be resolved.
#[derive(Debug)]
struct Fault {
    code: &'static str,
    message: String,
    span: Option<Span>,
    help: Vec<String>,
}

type Result<T, E = Fault> = std::result::Result<T, E>;

impl Fault {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), span: None, help: Vec::new() }
    }

    /// What PostgreSQL can do and this cannot.
    fn unsupported(construct: impl Into<String>) -> Self {
        Self::new("unsupported-sql", format!("{} is not supported on the inventory", construct.into()))
            .help(parse::WAY_OUT)
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Keeps the innermost place.
    fn at(mut self, span: Span) -> Self {
        if self.span.is_none() && span.start.line > 0 {
            self.span = Some(span);
        }
        self
    }
}

impl From<crate::sql::error::PgError> for Fault {
    fn from(error: crate::sql::error::PgError) -> Self {
        Self::new("invalid-literal", error.0)
    }
}

/// The common table expressions that are visible: name, identity, columns.
#[derive(Clone, Default)]
struct Ctes(Vec<(String, Cte, Rc<Columns>)>);

/// Names and types of the columns of a relation.
type Columns = Vec<(String, PgType)>;

struct Resolver<'a> {
    schema: &'a dyn Schema,
    next: u32,
    params: Vec<Option<PgType>>,
    reads: BTreeMap<String, BTreeSet<String>>,
    /// Above zero inside WHERE and ON, where casts give NULL instead of an error: the two engines evaluate conditions
    /// in different orders, and another condition may guard the cast.
    lenient: usize,
    /// Set-returning functions of the SELECT lists being resolved.
    sets: Vec<Sets>,
    /// Views being expanded, to stop at a view of itself.
    views: Vec<String>,
    /// Whether the next SELECT is a part of a set operation, whose other parts decide the types of its bare literals.
    undecided: bool,
    /// How many expressions and queries are around the one being resolved.
    depth: usize,
    /// Whether the next SELECT is the statement itself, or a side of a set operation that is.
    outermost: bool,
    /// Whether the next SELECT ends with FETCH ... WITH TIES.
    ties: bool,
    /// The WINDOW clauses of the SELECTs being resolved.
    windows: Vec<Vec<(String, sqlparser::ast::WindowSpec)>>,
    /// How often each common table is read.
    uses: BTreeMap<u32, usize>,
    /// How many aggregates were met so far.
    aggregates: usize,
    /// The part of a query that is being resolved.
    clause: clause::Clause,
    /// The part of each query around in which the subquery stands, the outermost query first.
    clauses: Vec<clause::Clause>,
    /// Aggregates that subqueries have of the queries around them.
    outer: Vec<outer::OuterAggregate>,
    /// The collation that each expression around was given so far by its parts.
    collations: Vec<Option<String>>,
    /// The construct around, in which no set-returning function may stand.
    sets_barred: Option<&'static str>,
}

/// The set-returning functions of one SELECT list, expanded in lock-step.
struct Sets {
    rel: Rel,
    /// Whether there are several, which then are read as parts of one list.
    zipped: bool,
    arrays: Vec<Expr>,
}

impl Resolver<'_> {
    fn rel(&mut self) -> Rel {
        self.next += 1;
        Rel(self.next)
    }

    fn cte(&mut self) -> Cte {
        self.next += 1;
        Cte(self.next)
    }

    /// Enters an expression or a query; SQLite takes expressions up to a depth of 1,000.
    fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Fault::unsupported(format!("an expression that nests deeper than {DEPTH} levels")));
        }
        Ok(())
    }

    /// Resolves something with casts that give NULL where they fail.
    fn leniently<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.lenient += 1;
        let result = f(self);
        self.lenient -= 1;
        result
    }

    fn boolean(&mut self, expr: &sqlparser::ast::Expr, scope: &Scope<'_>, what: &str) -> Result<Expr> {
        use sqlparser::ast::Spanned as _;
        let resolved = self.expr(expr, scope)?;
        match resolved.ty {
            PgType::Bool => Ok(resolved),
            PgType::Unknown => self.coerce(resolved, &PgType::Bool),
            other => Err(Fault::new("type", format!("argument of {what} must be type boolean, not type {other}"))
                .at(expr.span())),
        }
    }
}
