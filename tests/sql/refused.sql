-- TABLESAMPLE is not supported on the inventory | aws_iam_user | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select * from aws_iam_user tablesample system (10);
-- SELECT INTO is not supported on the inventory | select 1 into t | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select 1 into t;
-- INSERT is not a query | insert | only queries can be run: the data is never changed
insert into aws_iam_user values (1);
-- DELETE is not a query | delete | only queries can be run: the data is never changed
delete from aws_iam_user;
-- DELETE is not a query | delete from aws_iam_user returning * | only queries can be run: the data is never changed
with gone as (delete from aws_iam_user returning *) select * from gone;
-- CREATE is not a query | create | only queries can be run: the data is never changed
create table t (a int);
-- DROP is not a query | drop | only queries can be run: the data is never changed
drop table aws_iam_user;
-- COPY is not a query | copy | only queries can be run: the data is never changed
copy aws_iam_user to '/tmp/x';
-- DO is not a query | do | only queries can be run: the data is never changed
do $$ begin null; end $$;
-- cannot run more than one statement | select
select 1; select 2;
-- FOR UPDATE is not supported on the inventory | select * from aws_iam_user | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select * from aws_iam_user for update;
-- column "user_nam" does not exist | user_nam | did you mean "user_name"?
select user_nam from aws_iam_credential_report;
-- column r.user_nam does not exist | r.user_nam | did you mean "user_name"?
select r.user_nam from aws_iam_credential_report r;
-- missing FROM-clause entry for table "x" | x.arn | did you mean "u"?
select x.arn from aws_iam_user u;
-- relation "aws_iam_usr" does not exist | aws_iam_usr | did you mean "aws_iam_user"?
select * from aws_iam_usr;
-- function jsonb_array_lenght(jsonb) does not exist | jsonb_array_lenght(tags | did you mean jsonb_array_length?
select jsonb_array_lenght(tags) from aws_iam_user;
-- operator does not exist: text + integer | name + 1 | no operator matches the given argument types; you might need to add explicit type casts
select name + 1 from aws_iam_user;
-- argument of WHERE must be type boolean, not type jsonb | tags
select tags ->> name from aws_iam_user where tags;
-- operator does not exist: timestamp with time zone > integer | create_date > 5 | no operator matches the given argument types; you might need to add explicit type casts
select name from aws_iam_user where create_date > 5;
-- column "aws_iam_user.name" must appear in the GROUP BY clause or be used in an aggregate function | select arn, name from aws_iam_user group by arn
select arn, name from aws_iam_user group by arn;
-- column reference "name" is ambiguous | name
select name from aws_iam_user, aws_iam_role;
-- rank WITHIN GROUP is not supported on the inventory | rank(3) within group (order by x | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select rank(3) within group (order by x) from generate_series(1, 3) x;
-- a RANGE frame of months is not supported on the inventory | '1 month' | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select sum(x) over (order by d range between interval '1 month' preceding and current row) from (values (1, date '2024-01-01')) v(x, d);
-- window "w" does not exist | w
select count(*) over w from aws_iam_user;
-- window function row_number requires an OVER clause | row_number
select row_number() from aws_iam_user;
-- XMLTABLE in FROM is not supported on the inventory | s | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select * from xmltable('/a' passing '<a/>' columns b int);
-- syntax error at or near "PERCENT" | select x from generate_series(1, 3) x order by x fetch first 10
select x from generate_series(1, 3) x order by x fetch first 10 percent rows only;
-- FETCH ... WITH TIES of a combined or DISTINCT query is not supported on the inventory | select distinct x from generate_series(1, 3) x order by x fetch first 1 | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select distinct x from generate_series(1, 3) x order by x fetch first 1 rows with ties;
-- invalid input syntax for type integer: "abc" | 'abc'
select 'abc'::int;
-- syntax error at or near "," | , | expected end of statement
select 1 limit 1, 2;
-- a reference to "t" inside a subquery of its recursive term is not supported on the inventory | select 1 union all select n + 1 from t where exists (select 1 from t | run the query on a PostgreSQL or Steampipe database: --database postgres://...
with recursive t(n) as (select 1 union all select n + 1 from t where exists (select 1 from t)) select * from t;
-- relation "t" does not exist | t
with recursive t(n) as (select n from t union all select 1) select * from t;
-- EXPLAIN is not a query | explain | only queries can be run: the data is never changed
explain select 1;
-- relation "where" does not exist | where
select from where;
-- syntax error at end of input | 2 | expected )
select (1 + 2;
-- syntax error at or near "selct" | selct | expected an SQL statement
selct 1;
-- UPDATE is not a query | update aws_iam_user set name = 'x' returning * | only queries can be run: the data is never changed
with gone as (update aws_iam_user set name = 'x' returning *) select * from gone;
-- operator does not exist: == | ==
select 1 == 1;
-- trailing junk after numeric literal at or near "0" | 0
select 0b101;
-- trailing junk after numeric literal at or near "1" | 1
select 1a;
-- syntax error at or near "'b'" | 'b'
select 'a' 'b';
-- syntax error: JOIN needs ON or USING | aws_iam_group g
select * from aws_iam_user u join aws_iam_group g;
-- syntax error: PostgreSQL has no hints of tables | aws_iam_user
select name from aws_iam_user with (nolock);
-- syntax error: PostgreSQL has no IGNORE NULLS or RESPECT NULLS | first_value
select first_value(x) ignore nulls over (order by x) from generate_series(1, 3) x;
-- aggregate functions are not allowed in WHERE | count
select name from aws_iam_user where count(*) > 1;
-- aggregate function calls cannot be nested | sum(x
select sum(sum(x)) from generate_series(1, 3) x;
-- window functions are not allowed in HAVING | rank
select x from generate_series(1, 3) x group by x having rank() over () > 1;
-- aggregate function calls cannot contain window function calls | rank
select sum(rank() over ()) from generate_series(1, 3) x;
-- set-returning functions are not allowed in CASE | generate_series(1, 2 | you might be able to move the set-returning function into a LATERAL FROM item
select case when true then generate_series(1, 2) end;
-- set-returning functions are not allowed in WHERE | unnest(array[true
select 1 where unnest(array[true]);
-- function count(integer, integer) does not exist | count(x, x | no function matches the given name and argument types; you might need to add explicit type casts
select count(x, x) from generate_series(1, 3) x;
-- ORDER BY specified, but lower is not an aggregate function | lower('a' order by 1
select lower('a' order by 1);
-- DISTINCT is not implemented for window functions | count(distinct x
select count(distinct x) over () from generate_series(1, 3) x;
-- frame starting from current row cannot have preceding rows | sum(x
select sum(x) over (rows between current row and 1 preceding) from generate_series(1, 3) x;
-- frame starting offset must not be negative | 1
select sum(x) over (order by x rows between -1 preceding and current row) from generate_series(1, 3) x;
-- EXCLUDE in a window frame is not supported on the inventory | exclude | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select sum(x) over (order by x rows between 1 preceding and 1 following exclude current row) from generate_series(1, 3) x;
-- a window function in a recursive term is not supported on the inventory | select 1 union all select n + row_number() over ()::int from t where n < 3 | run the query on a PostgreSQL or Steampipe database: --database postgres://...
with recursive t(n) as (select 1 union all select n + row_number() over ()::int from t where n < 3) select * from t;
-- for SELECT DISTINCT, ORDER BY expressions must appear in select list | arn
select distinct name from aws_iam_user order by arn;
-- SELECT DISTINCT ON expressions must match initial ORDER BY expressions | select distinct on (account_id) account_id, name from aws_iam_user
select distinct on (account_id) account_id, name from aws_iam_user order by name;
-- ORDER BY "x" is ambiguous | x
select name as x, arn as x from aws_iam_user order by x;
-- non-integer constant in ORDER BY | 'x'
select name from aws_iam_user order by 'x';
-- ORDER BY position -1 is not in select list | 1
select name from aws_iam_user order by -1;
-- non-integer constant in GROUP BY | 'x'
select count(*) from aws_iam_user group by 'x';
-- invalid UNION/INTERSECT/EXCEPT ORDER BY clause | lower(name | add the expression to every SELECT, or move the UNION into a FROM clause
select name from aws_iam_user union select name from aws_iam_role order by lower(name);
-- column "aws_iam_user.arn" must appear in the GROUP BY clause or be used in an aggregate function | select name from aws_iam_user group by name
select name from aws_iam_user group by name order by arn;
-- could not identify an equality operator for type json | select distinct '{"a":1}'
select distinct '{"a":1}'::json;
-- argument of LIMIT must not contain variables | x
select x from generate_series(1, 3) x limit x;
-- table name "u" specified more than once | u
select 1 from aws_iam_user u join aws_iam_role u on true;
-- table "v" has 2 columns available but 3 columns specified | v
select * from (values (1, 2)) v(a, b, c);
-- WITH query name "a" specified more than once | a
with a as (select 1 x), a as (select 2 x) select * from a;
-- WITH query "a" has 1 columns available but 2 columns specified | a
with a(x, y) as (select 1) select * from a;
-- an array of rows is not supported on the inventory | row(1, 2 | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select array[row(1, 2)];
-- type int4range is not supported on the inventory | '[1,5)' | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select '[1,5)'::int4range;
-- the collation "en_US" is not supported on the inventory | name collate "en_US" | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select name from aws_iam_user order by name collate "en_US";
-- a column definition list is required for functions returning "record" | jsonb_to_record | jsonb_to_record(...) AS t(name text, size int)
select * from jsonb_to_record('{}') t;
-- operator does not exist: text = integer | name in (1, 2 | no operator matches the given argument types; you might need to add explicit type casts
select name in (1, 2) from aws_iam_user;
-- relation "information_schema.tables" does not exist | information_schema.tables
select * from information_schema.tables;
-- LIMIT by a column of an outer query is not supported on the inventory | v.n | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select l.x from (values (1), (2)) v(n), lateral (select x from generate_series(1, 5) x order by x limit v.n) l;
-- relation "nosuch.aws_iam_user" does not exist | nosuch.aws_iam_user | write "aws_iam_user" alone, or in a schema of Steampipe: public, aws, aws_...
select * from nosuch.aws_iam_user;
-- relation "nosuch.nothing" does not exist | nosuch.nothing
select * from nosuch.nothing;
-- relation "pg_catalog.aws_iam_user" does not exist | pg_catalog.aws_iam_user | write "aws_iam_user" alone, or in a schema of Steampipe: public, aws, aws_...
select * from pg_catalog.aws_iam_user;
-- cross-database references are not implemented: "other.aws.aws_iam_user" | other.aws.aws_iam_user
select * from other.aws.aws_iam_user;
-- invalid reference to FROM-clause entry for table "aws_iam_user" | nosuch.aws_iam_user.name | write aws_iam_user without a schema
select nosuch.aws_iam_user.name from aws_iam_user;
-- schema "nosuch" does not exist | nosuch.lower('a' | write lower without a schema
select nosuch.lower('a');
-- an aggregate of a query in its subqueries beside GROUPING SETS is not supported on the inventory | select g, (select count(o.x)) from (values (1, 1)) o(g, x) group by rollup (g | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select g, (select count(o.x)) from (values (1, 1)) o(g, x) group by rollup (g);
-- a window function compared with a query beside GROUPING SETS is not supported on the inventory | select rank() over () in (select 1) from (values (1)) o(g) group by rollup (g | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select rank() over () in (select 1) from (values (1)) o(g) group by rollup (g);
-- GROUP BY DISTINCT is not supported on the inventory | rollup | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select a from (values (1)) v(a) group by distinct rollup (a), rollup (a);
-- a computed number in FETCH ... WITH TIES is not supported on the inventory | ( | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select x from generate_series(1, 3) x order by x fetch first (1 + 1) rows with ties;
-- a window function compared with ANY or ALL is not supported on the inventory | select rank() over () = any (select 1) from (values (1)) o(g | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select rank() over () = any (select 1) from (values (1)) o(g);
