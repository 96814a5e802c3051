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
-- column "name" must appear in the GROUP BY clause or be used in an aggregate function | select arn, name from aws_iam_user group by arn
select arn, name from aws_iam_user group by arn;
-- column reference "name" is ambiguous | name
select name from aws_iam_user, aws_iam_role;
-- rank WITHIN GROUP is not supported on the inventory | rank(3) within group (order by x | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select rank(3) within group (order by x) from generate_series(1, 3) x;
-- a RANGE frame with an offset over date is not supported on the inventory | sum(x | run the query on a PostgreSQL or Steampipe database: --database postgres://...
select sum(x) over (order by d range between interval '1 day' preceding and current row) from (values (1, date '2024-01-01')) v(x, d);
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
