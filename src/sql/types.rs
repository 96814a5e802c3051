//! Names of PostgreSQL's types as far as the parser has to know them.

/// Types of PostgreSQL that no value of an inventory has.
const UNSUPPORTED: &str = "
aclitem bit box cid circle datemultirange daterange int4multirange int4range int8multirange int8range line lseg macaddr
macaddr8 nummultirange numrange path pg_lsn point polygon regclass regcollation regconfig regdictionary regnamespace
regoper regoperator regproc regprocedure regrole tid tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector
varbit xid xml
";

/// Types of PostgreSQL whose typed literals (`inet '10.0.0.1'`) the stock parser takes for something else.
const LITERAL: &str = "
bpchar cidr circle daterange inet int4range int8range jsonpath ltree macaddr macaddr8 money name numrange oid point
polygon regclass regtype timetz tsquery tsrange tstzrange tsvector varbit
";

/// Whether PostgreSQL has a type of that name and the inventory does not.
pub fn is_unsupported(name: &str) -> bool {
    has(UNSUPPORTED, name)
}

/// Whether a quoted text behind this word is a literal of that type.
pub fn is_type_name(word: &str) -> bool {
    has(LITERAL, word)
}

fn has(list: &str, name: &str) -> bool {
    list.split_ascii_whitespace().any(|n| n.eq_ignore_ascii_case(name))
}
