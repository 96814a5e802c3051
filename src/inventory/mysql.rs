//! MySQL and MariaDB servers, queried in their own dialect.

use super::backend::{Backend, Connection, Limits, QueryError};
use super::sqlite::guard::ResultSize;
use super::stop::{only_queries, watched};
use crate::model::pgtype::PgType;
use crate::model::source::SqlText;
use crate::model::value::{Arg, Column, ResultSet, Value};
use mysql::consts::{ColumnFlags, ColumnType};
use mysql::prelude::Queryable as _;
use mysql::{Conn, Opts, OptsBuilder, SslOpts, Value as My};
use percent_encoding::percent_decode_str;
use std::time::Duration;

/// A server that mods written for MySQL query, untranslated and read-only.
pub struct MysqlBackend {
    options: Opts,
    name: String,
}

impl MysqlBackend {
    /// Makes a backend of `mysql://user:password@tcp(host:port)/db` or `mysql://user:password@host:port/db`;
    /// `?tls=true` encrypts, `?tls=skip-verify` without looking at the server's certificate.
    ///
    /// # Errors
    ///
    /// The connection string cannot be read.
    pub fn new(url: &str, name: &str) -> Result<Self, QueryError> {
        let options = options(url).map_err(|why| QueryError::Connect(format!("{name}: {why}")))?;
        Ok(Self { options, name: name.to_owned() })
    }

    fn open(&self) -> Result<Conn, QueryError> {
        let failed = |e: mysql::Error| QueryError::Connect(format!("cannot connect to {}: {}", self.name, reason(&e)));
        let mut conn = Conn::new(self.options.clone()).map_err(failed)?;
        conn.query_drop("SET time_zone = '+00:00'").map_err(failed)?;
        conn.query_drop("SET SESSION TRANSACTION READ ONLY").map_err(failed)?;
        Ok(conn)
    }
}

/// How long to wait for a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

fn options(url: &str) -> Result<Opts, String> {
    let rest = url.strip_prefix("mysql:").unwrap_or(url).trim_start_matches("//");
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (login, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    let (address, db) = place.rsplit_once('/').unwrap_or((place, ""));
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (user, password) = match login.split_once(':') {
        Some((user, password)) => (decode(user), Some(decode(password))),
        None => (decode(login), None),
    };
    let mut builder = OptsBuilder::new()
        .user(Some(user).filter(|u| !u.is_empty()))
        .pass(password)
        .db_name(Some(decode(db)).filter(|d| !d.is_empty()))
        .prefer_socket(false)
        .tcp_connect_timeout(Some(CONNECT_TIMEOUT));
    if let Some(socket) = address.strip_prefix("unix(").and_then(|a| a.strip_suffix(')')) {
        builder = builder.socket(Some(socket));
    } else {
        let address = address.strip_prefix("tcp(").and_then(|a| a.strip_suffix(')')).unwrap_or(address);
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') || host.ends_with(']') => {
                (host, port.parse::<u16>().map_err(|_| format!("{port} is not a port number"))?)
            }
            _ => (address, 3306),
        };
        let host = if host.is_empty() { "localhost" } else { host };
        builder = builder.ip_or_hostname(Some(host)).tcp_port(port);
    }
    for (key, value) in query.split('&').filter_map(|p| p.split_once('=')) {
        match (key, value) {
            ("tls", "true") => builder = builder.ssl_opts(SslOpts::default()),
            ("tls", "skip-verify" | "preferred") => {
                let trusting =
                    SslOpts::default().with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true);
                builder = builder.ssl_opts(trusting);
            }
            ("tls", "false") => {}
            // How Go's driver reads times: no matter here.
            ("parseTime" | "loc" | "charset" | "collation", _) => {}
            _ => {
                return Err(format!("the parameter {key}={value} is not supported; tls=true, skip-verify or false is"));
            }
        }
    }
    Ok(builder.into())
}

impl Backend for MysqlBackend {
    fn connect(&self) -> Result<Box<dyn Connection>, QueryError> {
        Ok(Box::new(MysqlConnection { conn: self.open()?, options: self.options.clone() }))
    }

    fn tables_of(&self, _: &SqlText) -> Vec<String> {
        Vec::new()
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

struct MysqlConnection {
    conn: Conn,
    options: Opts,
}

impl Connection for MysqlConnection {
    fn query(&mut self, sql: &SqlText, args: &[Arg], limits: &Limits) -> Result<ResultSet, QueryError> {
        only_queries(&sql.text)?;
        let (text, order) = positional(&sql.text);
        let mut bound = Vec::with_capacity(order.len());
        for number in order {
            let arg = number.checked_sub(1).and_then(|n| args.get(n)).ok_or_else(|| {
                QueryError::Execution(format!("the query has a parameter ${number}, but got {} arguments", args.len()))
            })?;
            bound.push(encode(arg));
        }
        let id = self.conn.connection_id();
        let options = self.options.clone();
        let stop = move || {
            // The query is stopped through a connection of its own; one that cannot be made leaves it to the server.
            if let Ok(mut other) = Conn::new(options) {
                let _ = other.query_drop(format!("KILL QUERY {id}"));
            }
        };
        let conn = &mut self.conn;
        watched(limits, stop, || {
            let failed = |e: mysql::Error| QueryError::Execution(reason(&e));
            conn.query_drop("START TRANSACTION READ ONLY").map_err(failed)?;
            let result = answer(conn, &text, bound);
            conn.query_drop("ROLLBACK").map_err(failed)?;
            result
        })
    }
}

fn answer(conn: &mut Conn, text: &str, bound: Vec<My>) -> Result<ResultSet, QueryError> {
    let failed = |e: mysql::Error| QueryError::Execution(reason(&e));
    let params = if bound.is_empty() { mysql::Params::Empty } else { mysql::Params::Positional(bound) };
    let mut rows = conn.exec_iter(text, params).map_err(failed)?;
    let kinds: Vec<Kind> = rows.columns().as_ref().iter().map(Kind::of).collect();
    let mut result = ResultSet::default();
    for (column, kind) in rows.columns().as_ref().iter().zip(&kinds) {
        result.columns.push(Column { name: column.name_str().into_owned(), pg_type: kind.pg_type() });
    }
    let mut size = ResultSize::default();
    for row in rows.by_ref() {
        let row = row.map_err(failed)?.unwrap();
        let values: Vec<Value> = row.into_iter().zip(&kinds).map(|(value, kind)| decode(value, *kind)).collect();
        for value in &values {
            size.add(value)?;
        }
        result.rows.push(values);
    }
    Ok(result)
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Float,
    Decimal,
    Bits,
    Date,
    Time,
    /// `datetime`: without a zone.
    DateTime,
    /// `timestamp`: in UTC, which is the session's zone.
    Timestamp,
    Json,
    Binary,
    Text,
}

impl Kind {
    fn of(column: &mysql::Column) -> Self {
        use ColumnType as T;
        /// The number of the character set that is none.
        const BINARY: u16 = 63;
        match column.column_type() {
            T::MYSQL_TYPE_TINY
            | T::MYSQL_TYPE_SHORT
            | T::MYSQL_TYPE_INT24
            | T::MYSQL_TYPE_LONG
            | T::MYSQL_TYPE_LONGLONG
            | T::MYSQL_TYPE_YEAR => Self::Int,
            T::MYSQL_TYPE_FLOAT | T::MYSQL_TYPE_DOUBLE => Self::Float,
            T::MYSQL_TYPE_DECIMAL | T::MYSQL_TYPE_NEWDECIMAL => Self::Decimal,
            T::MYSQL_TYPE_BIT => Self::Bits,
            T::MYSQL_TYPE_DATE | T::MYSQL_TYPE_NEWDATE => Self::Date,
            T::MYSQL_TYPE_TIME | T::MYSQL_TYPE_TIME2 => Self::Time,
            T::MYSQL_TYPE_DATETIME | T::MYSQL_TYPE_DATETIME2 => Self::DateTime,
            T::MYSQL_TYPE_TIMESTAMP | T::MYSQL_TYPE_TIMESTAMP2 => Self::Timestamp,
            T::MYSQL_TYPE_JSON => Self::Json,
            _ if column.character_set() == BINARY && column.flags().contains(ColumnFlags::BINARY_FLAG) => Self::Binary,
            _ => Self::Text,
        }
    }

    fn pg_type(self) -> PgType {
        match self {
            Self::Int | Self::Bits => PgType::Int8,
            Self::Float => PgType::Float8,
            Self::Decimal => PgType::Numeric,
            Self::Date => PgType::Date,
            Self::Time => PgType::Time,
            Self::DateTime => PgType::Timestamp,
            Self::Timestamp => PgType::Timestamptz,
            Self::Json => PgType::Json,
            Self::Binary | Self::Text => PgType::Text,
        }
    }
}

fn decode(value: My, kind: Kind) -> Value {
    let micros = |n: u32| if n == 0 { String::new() } else { format!(".{n:06}").trim_end_matches('0').to_owned() };
    match value {
        My::NULL => Value::Null,
        My::Int(n) => Value::Int(n),
        My::UInt(n) => i64::try_from(n).map_or_else(|_| Value::Numeric(n.to_string()), Value::Int),
        // Through its shortest text: 0.1 stays 0.1.
        My::Float(n) => Value::Float(n.to_string().parse().unwrap_or(f64::from(n))),
        My::Double(n) => Value::Float(n),
        My::Date(year, month, day, ..) if kind == Kind::Date => Value::Date(format!("{year:04}-{month:02}-{day:02}")),
        My::Date(year, month, day, hour, minute, second, fraction) => {
            let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{}", micros(fraction));
            if kind == Kind::Timestamp { Value::Timestamptz(text) } else { Value::Timestamp(text) }
        }
        My::Time(negative, days, hours, minutes, seconds, fraction) => {
            let (sign, hours) = (if negative { "-" } else { "" }, days * 24 + u32::from(hours));
            Value::Text(format!("{sign}{hours:02}:{minutes:02}:{seconds:02}{}", micros(fraction)))
        }
        My::Bytes(bytes) => match kind {
            Kind::Bits => Value::Int(bytes.iter().fold(0, |n, b| (n << 8) | i64::from(*b))),
            Kind::Binary => {
                let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
                Value::Text(format!("\\x{hex}"))
            }
            _ => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                match kind {
                    Kind::Decimal => Value::Numeric(text),
                    Kind::Json => Value::Json(text),
                    Kind::Int => text.parse().map_or_else(|_| Value::Text(text.clone()), Value::Int),
                    Kind::Float => text.parse().map_or_else(|_| Value::Text(text.clone()), Value::Float),
                    _ => Value::Text(text),
                }
            }
        },
    }
}

fn encode(arg: &Arg) -> My {
    match arg {
        Arg::Null => My::NULL,
        Arg::Text(text) | Arg::Object(text) => My::Bytes(text.clone().into_bytes()),
        Arg::Int(number) => My::Int(*number),
        Arg::Float(number) => My::Double(*number),
        Arg::Bool(flag) => My::Int(i64::from(*flag)),
        Arg::List(_) => My::Bytes(arg.to_json().to_string().into_bytes()),
    }
}

/// Writes `?` for `$n`, outside of texts, names and comments, and returns the numbers in the order of the text. Without
/// any `$n`, the `?` that are there count from 1.
fn positional(sql: &str) -> (String, Vec<usize>) {
    let mut out = String::with_capacity(sql.len());
    let (mut order, mut marks) = (Vec::new(), 0);
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let skip = match c {
            '\'' | '"' | '`' => quoted(rest, c),
            '-' if rest.starts_with("-- ") || rest.starts_with("--\n") => line(rest),
            '#' => line(rest),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |i| i + 2),
            '$' => {
                let digits = rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
                if let Some(number) = rest.get(1..=digits).and_then(|d| d.parse().ok()) {
                    order.push(number);
                    out.push('?');
                    rest = rest.get(digits + 1..).unwrap_or_default();
                    continue;
                }
                1
            }
            _ => {
                marks += usize::from(c == '?');
                c.len_utf8()
            }
        };
        let (taken, behind) = rest.split_at_checked(skip).unwrap_or((rest, ""));
        out.push_str(taken);
        rest = behind;
    }
    if order.is_empty() {
        order = (1..=marks).collect();
    }
    (out, order)
}

fn line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// How long a quoted piece is; a quote in it is doubled or has a backslash in front.
fn quoted(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1);
    while let Some((i, c)) = chars.next() {
        if c == '\\' && quote != '`' {
            chars.next();
        } else if c == quote {
            return i + 1;
        }
    }
    text.len()
}

/// Says what went wrong, without the driver's decoration.
fn reason(error: &mysql::Error) -> String {
    match error {
        mysql::Error::MySqlError(e) => e.message.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_parameters() {
        for (sql, wanted, order) in [
            ("select $2, $1", "select ?, ?", vec![2, 1]),
            ("select '$1', \"$1\", `$1`, $1", "select '$1', \"$1\", `$1`, ?", vec![1]),
            (
                "select 'it''s \\' $1' -- $1\n, $12 # $3\n/* $4 */",
                "select 'it''s \\' $1' -- $1\n, ? # $3\n/* $4 */",
                vec![12],
            ),
            ("select ?, '?', ?", "select ?, '?', ?", vec![1, 2]),
            ("select 1 --$1", "select 1 --?", vec![1]),
            ("select '$.a', $x", "select '$.a', $x", vec![]),
        ] {
            assert_eq!(positional(sql), (wanted.to_owned(), order), "{sql}");
        }
    }

    #[test]
    fn connection_strings() {
        let read = |url: &str| options(url).unwrap();
        let go = read("mysql://root:p%40ss@tcp(db.example:3307)/shop?parseTime=true");
        assert_eq!((go.get_user(), go.get_pass()), (Some("root"), Some("p@ss")));
        assert_eq!((go.get_ip_or_hostname().as_ref(), go.get_tcp_port()), ("db.example", 3307));
        assert_eq!(go.get_db_name(), Some("shop"));
        let plain = read("mysql://root@localhost/shop");
        assert_eq!((plain.get_ip_or_hostname().as_ref(), plain.get_tcp_port()), ("localhost", 3306));
        assert!(read("mysql://root@tcp(h)/d?tls=true").get_ssl_opts().is_some());
        assert!(options("mysql://h:port/d").unwrap_err().contains("port"));
        assert!(options("mysql://h/d?x=y").unwrap_err().contains("x=y"));
    }
}
