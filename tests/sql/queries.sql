-- VALUES
values (1, 'a'), (2, null), (3, 'c');
values (3), (1), (2) order by 1 desc limit 2;
select * from (values (1, 'x'), (2, 'y')) as v(id, name) where id > 1;
select x from (values (1), (2), (3), (4)) v(x) where x in (values (2), (4)) order by x;
select * from (values (1.5), (2), (null)) v(n) order by n desc nulls last;

-- set operations
select 1 union select 1.5 union select 1 order by 1;
select null as a union all select 5;
select null as a union all select null union all select 'x';
select x from (values (1), (1), (2), (3)) v(x) intersect all select x from (values (1), (1), (1), (3)) w(x) order by 1;
select x from (values (1), (1), (1), (2), (3)) v(x) except all select x from (values (1), (3), (3)) w(x) order by 1;
select x from (values (1.0), (1.00), (2)) v(x) except select 1;
(select 1 as a order by 1 limit 1) union all (values (2), (3)) order by a desc;
select 'a' as x, 1 as y union all select 'b', null order by x desc;

-- DISTINCT by value
select distinct n from (values (1.0), (1.00), (2.5)) v(n) order by n;
select count(distinct n) from (values (1.0), (1.00), (2.5)) v(n);
select distinct j from (values ('{"a": 1}'::jsonb), ('{"a":1.0}')) v(j);
select 1.50 in (1.5, 2), 1.5 in (select x from (values (1.50), (3)) v(x));
select n, count(*) from (values (1.0), (1.00), (2.5)) v(n) group by n order by n;
select distinct on (a) a, b from (values (1, 'x'), (1, 'a'), (2, 'z')) v(a, b) order by a, b desc;
select distinct on (a % 2) a from generate_series(1, 6) a order by a % 2, a desc;

-- LIMIT, FETCH
select x from generate_series(1, 10) x order by x offset 3 fetch next 2 rows only;
select x from generate_series(1, 3) x order by x fetch first row only;
select x from (values (1), (2), (2), (2), (3)) v(x) order by x fetch first 2 rows with ties;
select x, y from (values (1, 'a'), (2, 'b'), (2, 'c'), (3, 'd')) v(x, y) order by x desc offset 1 rows fetch first 1 rows with ties;
select x from generate_series(1, 5) x order by x limit null;
select x from generate_series(1, 5) x order by x limit 2 + 1 offset 1;

-- generate_series
select x from generate_series(3, 1, -1) x order by x;
select x::text from generate_series('2024-01-31'::date, '2024-05-01', interval '1 month') x order by 1;
select x from generate_series(timestamp '2024-02-28', timestamp '2024-03-01', '12 hours') x order by 1;
select n, x from (values (1), (3)) v(n), generate_series(1, n) x order by 1, 2;
select x, ordinality from generate_series(10, 12) with ordinality as t(x, ordinality) order by 1;

-- grouping sets
select a, b, count(*), sum(c) from (values ('x', 1, 10), ('x', 2, 20), ('y', 1, 5)) v(a, b, c) group by rollup (a, b) order by a, b;
select a, b, count(*) from (values ('x', 1), ('x', 2), ('y', 1)) v(a, b) group by cube (a, b) order by a, b;
select a, b, count(*), grouping(a), grouping(a, b) from (values ('x', 1), ('x', 2), ('y', 1)) v(a, b) group by grouping sets ((a), (b), (), (a, b)) order by 4, 5, 1, 2;
select a, count(*) from (values (1), (2)) v(a) where a > 5 group by grouping sets ((a), ());
select a, sum(b) from (values (1, 2), (1, 3), (2, 4)) v(a, b) group by rollup (a) having sum(b) > 4 order by 1;
select a, b, sum(c) from (values (1, 1, 1), (1, 2, 2), (2, 1, 3)) v(a, b, c) group by a, rollup (b) order by 1, 2;
select coalesce(a, 'all') as k, count(*) from (values ('x'), ('y'), ('x')) v(a) group by rollup (a) order by grouping(a), k;
select count(*) from (values (1), (2)) v(a) group by ();
select upper(a), count(*) from (values ('x'), ('y')) v(a) group by rollup (a) order by 1;
select a, grouping(a) from (values (1), (2)) v(a) group by a order by a;

-- windows
select x, row_number() over (order by x desc), rank() over (order by x), dense_rank() over (order by x) from (values (1), (2), (2), (3)) v(x) order by 1, 2;
select a, x, sum(x) over (partition by a order by x), count(*) over (partition by a) from (values ('p', 1), ('p', 2), ('q', 5)) v(a, x) order by 1, 2;
select x, sum(x::bigint) over (order by x), avg(x) over (order by x rows between 1 preceding and current row) from generate_series(1, 5) x order by x;
select x, sum(x::numeric) over (order by x rows between 1 preceding and 1 following) from (values (1.5), (2), (3.25)) v(x) order by x;
select x, lag(x) over w, lead(x, 2, -1) over w, first_value(x) over w, last_value(x) over w, nth_value(x, 2) over w from generate_series(1, 4) x window w as (order by x) order by x;
select x, sum(x) over (w rows between unbounded preceding and current row), max(x) over (w) from (values (1), (2), (3)) v(x) window w as (), u as (order by x) order by x;
select x, sum(y) over (order by x range between 1 preceding and current row) from (values (1, 10), (2, 20), (4, 40)) v(x, y) order by x;
select x, count(*) over (order by x groups between 1 preceding and current row) from (values (1), (1), (2), (3)) v(x) order by x;
select x, ntile(2) over (order by x), percent_rank() over (order by x), cume_dist() over (order by x) from generate_series(1, 5) x order by x;
select a, sum(count(*)) over () from (values (1), (1), (2)) v(a) group by a order by a;
select a, string_agg(a::text, ',') over (order by a), array_agg(a) over (order by a desc) from generate_series(1, 3) a order by a;
select a, jsonb_agg(a) over (order by a rows 1 preceding) from generate_series(1, 3) a order by a;
select a, count(*) filter (where a > 1) over (order by a) from generate_series(1, 3) a order by a;
select a, max(n) over (order by a), min(n) over (order by a) from (values (1, 1.5), (2, 0.50), (3, 10)) v(a, n) order by a;
select a from (select a, row_number() over (partition by a % 2 order by a desc) as n from generate_series(1, 6) a) t where n = 1 order by a;
select x, sum(f) over (order by x rows between 1 preceding and current row), avg(f) over () from (values (1, 0.1::float8), (2, 0.2), (3, 0.7)) v(x, f) order by x;

-- ordered sets
select percentile_cont(0.5) within group (order by x), percentile_disc(0.5) within group (order by x), mode() within group (order by x) from (values (1), (2), (2), (10), (null)) v(x);
select a, percentile_cont(0.25) within group (order by x desc) from (values ('p', 1.5), ('p', 2.5), ('q', 7)) v(a, x) group by a order by a;
select percentile_disc(0.9) within group (order by n) from (values ('a'), ('b'), ('c')) v(n);
select mode() within group (order by t desc) from (values ('a'), ('b'), ('a'), ('b')) v(t);
select percentile_cont(0.5) within group (order by x) filter (where x > 5) from generate_series(1, 10) x;
select percentile_cont(1.5) within group (order by x) from generate_series(1, 10) x;
select percentile_cont(0.5) within group (order by x) from generate_series(1, 0) x;

-- recursive
with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select n from t order by n;
with recursive t as (values (1) union all select column1 * 2 from t where column1 < 50) select * from t order by 1;
with recursive edges(a, b) as (values (1, 2), (2, 3), (3, 1), (3, 4)), reach(x) as (select 1 union select e.b from reach r join edges e on e.a = r.x) select x from reach order by x;
with recursive parts(name, path, depth) as (select 'root', 'root', 0 union all select c.name, p.path || '/' || c.name, p.depth + 1 from parts p, (values ('a', 'root'), ('b', 'a')) c(name, parent) where c.parent = p.name) select * from parts order by depth;
with recursive fib(a, b) as (select 0, 1 union all select b, a + b from fib where b < 100) select a from fib order by a limit 8;
with recursive t(n) as (select 1) select * from t;
with recursive t(n) as (select 1 union select 2) select n from t order by n;
with recursive t(n) as (select 1 union all select n + 0.5 from t where n < 3) select n from t;
with recursive t(n, s) as (select 1, '' union all select n + 1, s || n::text from t where n < 4) select s from t order by n;

-- lateral
select v.n, l.x from (values (2), (3)) v(n), lateral (select x from generate_series(1, v.n) x order by x desc limit 2) l order by 1, 2;
select v.n, l.s, l.c from (values (2), (0)) v(n) cross join lateral (select sum(x) as s, count(*) as c from generate_series(1, v.n) x) l order by 1;
select v.n, l.x from (values (1), (0)) v(n) left join lateral (select x from generate_series(1, v.n) x) l on true order by 1;
select v.n, l.doubled, m.more from (values (1.5), (2)) v(n), lateral (select v.n * 2 as doubled) l, lateral (select l.doubled + 1 as more) m order by 1;
select v.j, l.k, l.f from (values ('{"a": [1, 2]}'::jsonb)) v(j), lateral (select e.key as k, 0.1::float8 as f, e.value from jsonb_each(v.j) e) l;
select l.t, l.b, l.ts from (values (1)) v(n), lateral (select 'text ' || v.n as t, v.n = 1 as b, timestamptz '2024-01-01 00:00:00+00' as ts) l;
select t.x from lateral (select 1 as x) t;
select u.name, k.last from (values ('a'), ('b')) u(name) left join lateral (select max(d) as last from (values ('a', 1), ('a', 3)) k(name, d) where k.name = u.name) k on true order by 1;

-- sets in the SELECT list
select a, unnest(array_agg(b)) from (values (1, 'x'), (1, 'y'), (2, 'z')) v(a, b) group by a order by 1, 2;
select generate_series(1, count(*)::int) from (values (1), (2), (3)) v(a);
select unnest(array[1, 2, 3]), unnest(array['a', 'b']);
select row_number() over (order by a), unnest(array[a, a * 10]) from (values (1), (2)) v(a) order by 1, 2;
select distinct unnest(array[1, 1, 2]) order by 1 desc;
select jsonb_object_keys('{"b": 1, "a": 2}') as k, count(*) from (values (1)) v(x) group by k order by k;
select unnest(array[3, 1, 2]) order by 1 limit 2;
select row_to_json(jsonb_each('{"a": 1}'));

-- aggregates
select count(*) filter (where x > 1), sum(x) filter (where x > 1), string_agg(x::text, '-' order by x desc) from generate_series(1, 3) x;
select bool_and(x > 0), bool_or(x > 2), every(x > 1), array_agg(x order by x desc) from generate_series(1, 3) x;
select string_agg(distinct t, ',') from (values ('b'), ('a'), ('b')) v(t);
select jsonb_object_agg(k, x), json_agg(x order by x) from (values ('a', 1), ('b', 2)) v(k, x);
select sum(x), avg(x), min(x), max(x), count(x) from (values (1), (null), (4)) v(x);
select max(t), min(t) from (values ('a'), ('B')) v(t);
select a + 1, count(*) from (values (1), (1), (2)) v(a) group by a + 1 having count(*) > 1;
select (select count(*) from generate_series(1, v.a) g) as n from (values (2), (3)) v(a) order by 1;
select a, (select max(x) from (values (1), (5)) w(x) where x > v.a) from (values (0), (5)) v(a) order by 1;

-- joins
select a.x, b.y from (values (1), (2)) a(x) full join (values (2, 'two'), (3, 'three')) b(x, y) using (x) order by 1, 2;
select x, a.z, b.w from (values (1, 'p'), (2, 'q')) a(x, z) natural join (values (2, 'r')) b(x, w);
select * from (values (1, 'a')) t(id, v) join (values (1, 'b')) u(id, w) using (id);
select a.x, f.v from (values (1)) a(x), jsonb_array_elements_text('["p", "q"]') f(v) join (values ('q')) b(v) on b.v = f.v;
select a.x, b.x from (values (1), (2)) a(x) right join (values (2), (3)) b(x) on a.x = b.x order by 2;
select count(b.*), count(*) from (values (1), (2)) a(x) left join (values (1)) b(x) on a.x = b.x;
select t from (values ('a_b'), ('axb')) v(t) join (values ('a_b')) p(t2) on t like '%' || t2 || '%' order by 1;

-- subqueries, rows
select x from generate_series(1, 3) x where (x, x * 2) in ((1, 2), (3, 5));
select (1, 'a') = (1, 'a'), (1, 2) <> (1, 3), (1, null) = (2, null);
select x from generate_series(1, 5) x where x > all (select y from (values (2), (3)) w(y)) order by x;
select x from generate_series(1, 5) x where x = any (array[1, 4]) order by x;
select exists (select 1 where false), not exists (select from generate_series(1, 1));
select array(select x from generate_series(1, 3) x order by x desc);
select x not in (select y from (values (1), (null)) w(y)) from (values (1), (2)) v(x);
select 'abc' not like any (array['a%', '%c']), 'abc' like all (array['a%', '%c']), 'xyz' not ilike any (array['X%', 'q']);
select case when x between symmetric 3 and 1 then 'in' else 'out' end from generate_series(1, 4) x order by x;
with a as (select 1 as x), b as (select x + 1 as y from a) select * from a, b;
select (select 1 union all select 2);
select * from (select 1 as a, 2 as a) t(p, q);

-- jsonpath
select jsonb_path_query('{"a": [1, 2, {"b": 3}]}', '$.a[*] ? (@ > 1)');
select jsonb_path_query_array('{"a": [1, 2, 3]}', '$.a[*] ? (@ >= $min)', '{"min": 2}'), jsonb_path_query_first('{"a": [1, 2]}', '$.a[last]');
select jsonb_path_exists('{"a": 1}', '$.b'), jsonb_path_exists('{"a": 1}', 'strict $.b', '{}', true), jsonb_path_match('{"a": 1}', '$.a == 1');
select '{"a": [1, 2]}'::jsonb @? '$.a[*] ? (@ > 1)', '{"a": [1, 2]}'::jsonb @@ '$.a[*] > 2', '{"a": "x"}'::jsonb @@ '$.a > 2';
select jsonb_path_exists('{"a": 1}', 'strict $.b');
select v.x, p from (values ('{"g": [{"n": "one"}, {"n": "two"}]}'::jsonb)) v(x), jsonb_path_query(v.x, '$.g[*].n ? (@ like_regex "^t.o$" flag "i")') p;
select jsonb_path_query('[1, "2", {"a": [5]}, null, true]', '$[*].type()');
select jsonb_path_query('{"x": {"k": 1, "long": [2]}}', '$.** ? (@.size() == 1 && @ != null)');
select jsonb_path_query('{"a": 7}', '($.a + 3) / 2'), jsonb_path_query('{"a": 7.5}', '- $.a.floor()');
select jsonb_path_query('{"a": [3, 1]}', '$.a[0 to last] ? (@ starts with "x" || (@ > 2) is unknown || !(@ == 3))');
select jsonb_path_query('{"a": 1}', '$.a[');
select jsonb_path_query('{"a": [1, {"c": [3, 4.5]}]}', '$.** ? (@ == 4.5)'), jsonb_path_query('{"a": {"b": [1]}}', '$.**{1 to 2}');

-- the order that DISTINCT leaves in an aggregate; types as values; errors beside NULL; keys that are constants
select jsonb_agg(distinct v.x) from (values ('"dev"'::jsonb), ('[1]'), ('3'), ('null'), (null), ('[]'), ('"dev"')) v(x);
select jsonb_agg(distinct v.x), array_agg(distinct v.x), string_agg(distinct v.x::text, '/') from (values (10), (9), (null), (2), (9)) v(x);
select sum(distinct v.x), avg(distinct v.x) from (values (1e15::float8), (0.1), (-1e15), (0.1)) v(x);
select pg_typeof(1) = 'int'::regtype, pg_typeof('a'::text) = 'text'::regtype, 'timestamptz'::regtype, 'int[]'::regtype;
select pg_typeof(now()) = 'date';
select 'nothing'::regtype;
select t.a || ' has ' || array_to_string(array(select jsonb_object_keys(t.j)), ',') from (values ('x', '{"k": 1}'::jsonb), (null, '"scalar"')) t(a, j);
select array_to_string(array(select jsonb_object_keys(t.j)), ',') || t.a from (values (null::text, '{"k": 1}'::jsonb), ('x', '{"k": 1}')) t(a, j);
select count(*) from (values (1)) v(x) group by 'x';
select v.x from (values (1)) v(x) order by 1.5;
select v.x from (values (1)) v(x) group by (1) order by (1);
select to_char(1e20, 'FMRN');
select to_char(3000000000, 'RN');
select to_char(1e20::float8, 'FMRN'), to_char(1999.4, 'FMRN'), to_char(0, 'FMRN');
select v.x, 2 = any (string_to_array(v.t, ',')::int[]) as hit, count(*) from (values (1, '1,2'), (1, '3'), (2, '2')) v(x, t) group by cube (v.x, 2 = any (string_to_array(v.t, ',')::int[])) order by 1, 2, 3;
select array(select generate_series(1, v.x)) as l, count(*) from (values (1), (2), (2)) v(x) group by rollup (array(select generate_series(1, v.x))) order by 1, 2;
select pg_typeof(nullif('a'::varchar, 'b')), nullif('a'::varchar(1), 'a');

-- rows
select row(1, 2) = row(1, 2), row(1, 'a') < (1, 'b'), (1, 2) is distinct from (1, null), (2, 5) between (1, 9) and (2, 5);
select x from (values (1), (2), (3)) v(x) where row(x, x) in (row(1, 1), (3, 3)) order by x;

-- what SELECT checks
select distinct lower(t) from (values ('B'), ('a'), ('A')) v(t) order by lower(t);
select distinct on (a, b) a, b, c from (values (1, 1, 'x'), (1, 1, 'y'), (1, 2, 'z')) v(a, b, c) order by b, a, c desc;
select 1 from generate_series(1, 3) having true;
select 'x' from generate_series(1, 0) group by ();
select max(x) from generate_series(1, 3) x having count(*) > 5;
select x from generate_series(1, 3) x order by x limit (select 2);
select v.n, l.x from (values (1), (2)) v(n), lateral (values (v.n), (v.n * 10)) l(x) order by 2;

-- frames
select x, sum(x) over (order by x range between 1.5 preceding and 0.5 following) from (values (1::float8), (2), (4)) v(x) order by x;
select t, count(*) over (order by t range between '1 day' preceding and current row) from (values (timestamp '2024-01-01'), ('2024-01-02'), ('2024-01-05')) v(t) order by t;
select d, count(*) over (order by d desc range between interval '36 hours' preceding and interval '1 day' following) from (values (date '2024-01-01'), ('2024-01-02'), ('2024-01-05'), (null)) v(d) order by d;
select x, array_agg(x) over (order by x range between '1' preceding and current row) from generate_series(1, 3) x order by x;

-- aggregates of documents and reals
select json_agg(t order by a) from (values (1, 'x'), (2, null)) t(a, b);
select json_agg(x) from (values (array[1, 2]), (array[3])) v(x);
select jsonb_agg(distinct a), json_agg(distinct a::text) from (values (10), (9), (10)) t(a);
select sum(x), avg(x), max(x) from (values (1.1::real), (2.2)) v(x);
select 0.1::real + 0.2::real, 1.1::real::float8, 16777217::real, 1.1::real::numeric, 0.1::real = 0.1, 0.1::real = '0.1';

-- functions that declare their columns
select * from jsonb_to_recordset('[{"a": 1, "b": "x"}, {"a": "2"}, {"b": null}]') as t(a int, b text);
select * from json_to_recordset('[{"a": {"k" : 1}, "b": [1, 2]}]') as t(a json, b int[]);
select * from jsonb_to_record('{"t": "2024-01-01", "n": 1.50, "m": ["p", null]}') as t(t timestamptz, n numeric(5, 1), m text[], gone bool);
select v.id, r.n from (values (1, '[{"n": "a"}, {"n": "b"}]'::jsonb), (2, '[]')) v(id, j), jsonb_to_recordset(v.j) as r(n text) order by 1, 2;
select v.id, r.n from (values (1, '[{"n": "a"}]'::jsonb), (2, '[]')) v(id, j) left join lateral jsonb_to_recordset(v.j) as r(n text) on true order by 1;
select * from jsonb_to_recordset('{"a": "x"}') as t(a int);
select * from jsonb_to_record('[1]') as t(a int);
select * from unnest(array[1, 2], array['a', 'b', 'c']) with ordinality as t(n, s, i) order by i;
select * from generate_series(1::numeric, 2, 0.25);
select s, (array['a', 'b', 'c'])[s] from generate_subscripts(array['a', 'b', 'c'], 1, true) s;

-- arrays of several dimensions
select (array[[1, 2], [3, 4]])[2][1], (array[[1, 2], [3, 4]])[1], (array[1, 2])[1][1], array[[1, 2], [3, 4]];

-- literals
select inet '10.0.0.1' <<= '10.0.0.0/8', host(inet '10.0.0.1/8'), cidr '10.0.0.0/24', money '1.5';
select numeric(3, 1) '1.55', varchar(2) 'abc', timestamp(0) '2024-01-01 10:00:00.5', interval '1.567' second(1), '1.567 s'::interval(2);
select int8(1.6), float8(1), int4('7'), bool('t'), cast('abc' as char varying(2)), 1.25::dec(3, 1), cast(1.1 as float(3));
select trim(both from ' a '), trim(trailing from 'a  ') || '|', trim(from ' b ');
select 1 isnull, null isnull, 1 notnull;
select 'a' collate "C" < 'B', to_char(timestamp '2024-02-05', 'TMMonth TMDay') || '|';
select pg_size_pretty(10239::bigint), pg_size_pretty(10240::bigint), pg_size_pretty(-123456789::bigint), pg_size_pretty(20971519::bigint);
select jsonb_path_query_array('[{"x": 1}, {"y": 2}]', 'strict $[*].x', '{}', true);
select (date '2024-01-01', interval '10 days') overlaps (date '2024-01-11', interval '1 day'), format('%5s|%-5s|', 'a', 'b');

-- grouping sets in grouping sets, windows over them
select a, b, count(*) from (values (1, 2, 3), (1, 2, 4)) v(a, b, c) group by grouping sets (rollup (a), cube (b)) order by 1, 2, 3;
select a, b, count(*) from (values (1, 2, 3), (1, 2, 4)) v(a, b, c) group by grouping sets (rollup (a), cube (b), c, (a, b), grouping sets (a, (b, c)), ()) order by 1, 2, 3;
select a, b, count(*) from (values (1, 2), (1, 3)) v(a, b) group by a, grouping sets (rollup (b), ()), cube (a) order by 1, 2, 3;
select a, b, count(*) from (values (1, 2), (1, 3)) v(a, b) group by grouping sets (rollup ((a, b)), cube ((a), (b))) order by 1, 2, 3;
select a, count(*), rank() over (order by count(*) desc), sum(count(*)) over () from (values (1), (1), (2)) v(a) group by rollup (a);
select a, sum(b) filter (where b > 1), rank() over (partition by grouping(a) order by sum(b)), sum(sum(b)) over () from (values (1, 1), (1, 2), (2, 5)) v(a, b) group by rollup (a) order by 1, 2, 3;
select a, lag(a) over (order by a nulls last), count(*) from (values (1), (2), (2)) v(a) group by cube (a) order by rank() over (order by count(*), a), a;
select distinct on (a) a, b, count(*) over () from (values (1, 1), (1, 2)) v(a, b) group by grouping sets (a, (a, b)) order by a, b;
select rank() over (order by 1) from (values (1), (2)) v(a) group by rollup (a);
select rank() over () from (values (1), (2)) v(a) group by grouping sets ((), ());
select a, row_number() over (order by a) from (values (1), (2)) v(a) where false group by rollup (a);
select a, sum(a) over (order by a rows between 1 preceding and current row) as s, first_value(a) over w from (values (1), (2), (3)) v(a) group by grouping sets (a) window w as (order by a desc) order by a;
select exists (select rank() over () from (values (1)) v(x)), count(*) from (values (1)) w(y) group by rollup (y);

-- aggregates of a query in its subqueries
select g from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g having exists (select 1 from (values (1), (2)) i(y) where i.y > 1 and i.y <= count(o.x));
select g, (select max(y) from (values (1), (2)) i(y) where y <= count(o.x)) from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g;
select g, count(*), (select count(o.x) + max(y) from (values (1), (2)) i(y)) from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g order by (select -sum(o.x));
select g + 1, sum(x) from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g + 1 having 2 in (select count(o.g) from (values (1)) i);
select count(*) in (select count(o.x)), 1 from (values (1, 1), (1, 2), (2, 1)) o(g, x);
select (select count(o.x)) from (values (1, 1)) o(g, x) where false;
select g, rank() over (order by (select sum(o.x))) from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g order by g;
select (select (select count(o.x))) from (values (1, 1), (1, 2)) o(g, x);
select (select sum(i.y + (select count(o.x))) from (values (1), (2)) i(y)) from (values (1, 1), (1, 2)) o(g, x);
select a.g from (values (1, 1), (1, 2), (2, 1)) a(g, x) where exists (select 1 from (values (1, 1), (1, 2)) b(g, x) where b.g = a.g group by b.g having count(b.x) > max(a.x));
select distinct on (g) g, (select string_agg(o.x::text, ',' order by o.x)) from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g order by g;
select g, array(select y from generate_series(1, 3) y where y <= count(o.x)) from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g order by 1;
select g, count(o.x) in (select 2), count(o.x) = any (array[1, g]), count(o.x) > all (select 0 from (values (1)) i(y) where i.y = g) from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g order by 1;
select g, count(o.x) in (select o.x) from (values (1, 1)) o(g, x) group by g;
select g, 2 = any (select count(o.x)) from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g order by 1;
select g, (select percentile_cont(0.5) within group (order by o.x)) from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g order by 1;
select g, (select count(*) filter (where o.x > 1)) from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g order by 1;
select x from (values (1), (2)) o(x) where exists (select 1 from (values (1), (5)) i(y) where i.y < count(o.x));
select g from (values (1, 1)) o(g, x) group by g having exists (select 1 from (values (1)) i(y) join (values (1)) j(z) on j.z = count(o.x));
select 1 from (values (1, 1)) o(g, x), lateral (select count(o.x)) l;
select (select sum(count(o.x)) from (values (1)) i(y)) from (values (1, 1), (1, 2)) o(g, x);
select sum((select count(o.x))) from (values (1, 1), (1, 2)) o(g, x);

-- spellings of queries, texts and limits
select (values (1)), 1 in (values (1), (2)), exists (values (1)), array(values (1), (2)), 1 = any (values (1), (2)), 3 > all (values (1), (2));
with v as (values (1, 'x')) select * from (table v) w;
with v as (values (1), (2)) table v order by column1 desc limit 1;
with v as (values (1), (2)) select 1 in (table v), exists (table v), array(table v union all table v order by 1);
with v as (values (1, 2)) select (table v);
select x from generate_series(1, 5) x order by x fetch next (1 + 1) rows only;
select x from generate_series(1, 5) x order by x offset 1 rows fetch first (select count(*) from (values (1), (2)) v) rows only;
select x from generate_series(1, 5) x order by x fetch first -1 rows only;
select x from (select x from generate_series(1, 5) x order by x desc fetch first (1 + 1) row only) y order by x;
select U&'d\0061t\+000061', U&'d!0061t!+000061' UESCAPE '!', u&'a\\b', U&'a!!b' uescape '!', U&'\d83d\de00';
select U&"d\0061t", U&"d!0061t" uescape '!' as U&"\006e" from (values (1)) v(dat);
select U & 1 from (values (3)) v(u);
select U&'\00zz';
select U&'\d83d';
select U&'\0000';
select U&'x' UESCAPE '+';

-- functions
select row_to_json(r, true), row_to_json(r, false), row_to_json(r, null) from (values (1, 'a', array[1, 2], '{"x":  1}'::json)) r(a, b, c, d);
select row_to_json(v, x > 1) from (values (1, 'a'), (2, 'b')) v(x, y) order by x;
select row_to_json(row(1, row(2, 3)), true), array_to_json(array[[1, 2], [3, 4]], true), array_to_json(array[1, 2], false);
select lag(x, 1, 0.5) over (order by x), pg_typeof(lag(x, 1, 0::bigint) over (order by x)), lead(x::bigint, 1, 0) over (order by x) from generate_series(1, 3) x order by x;
select lag(x, null) over (order by x), lag(x, nullif(x, 2), 0) over (order by x), nth_value(x, nullif(1, 1)) over (order by x) from generate_series(1, 3) x order by x;
select lag(x, 1, 'a'::text) over (order by x) from generate_series(1, 3) x;
select lag(x, 1::bigint) over (order by x) from generate_series(1, 3) x;
select nth_value(x, 0) over (order by x) from generate_series(1, 3) x;
select ntile(null) over (order by x), ntile(nullif(1, 1)) over (order by x), ntile(2) over (order by x) from generate_series(1, 3) x order by x;
select ntile(0) over (order by x) from generate_series(1, 3) x;
select ntile(x) over (order by x) from generate_series(2, 4) x order by x;
select ntile(2::bigint) over (order by x) from generate_series(1, 3) x;
select width_bucket(5, array[1, 3, 4, 6]), width_bucket('b'::text, array['a', 'c']), width_bucket(5.5, array[1, 3]), width_bucket(5, '{1,2,9}'), width_bucket(1, array[]::int[]), width_bucket(1, array[3, 1]), width_bucket(interval '1 day', array[interval '1 hour', interval '25 hours']), width_bucket(null::int, array[1]);
select width_bucket(1, array[1, null]);
select width_bucket('a', array[1]);
select quote_literal(1), quote_literal(1.50), quote_literal(true), quote_literal(array[1, 2]), quote_literal(date '2024-01-01'), quote_literal('{"a":1}'::jsonb), quote_nullable(null::int), quote_nullable(1), quote_literal('ab'::char(4));
select (time '10:00', time '12:00') overlaps (time '11:00', time '13:00'), (time '10:00', interval '1 hour') overlaps (time '11:00', time '13:00'), (time '23:00', interval '2 hours') overlaps (time '00:30', interval '30 minutes'), (time '10:00', interval '1 day') overlaps ('11:00', interval '1 day'), (time '10:00', time '12:00') overlaps (null::time, time '11:00');
select (time '10:00', time '12:00') overlaps ('11:00', '13:00');
select (time '10:00', date '2020-01-01') overlaps (time '11:00', time '13:00');
select ('10:00', '12:00') overlaps ('11:00', '13:00');
select length((2::numeric ^ 100000 * 3)::text), length((2::numeric ^ 400000)::text), (10::numeric ^ 131071 * 1) > 0;
select 10::numeric ^ 131071 * 10;

-- what PostgreSQL refuses
select o.g, (select o.x) from (values (1, 1)) o(g, x) group by o.g;
select o.g, exists (select 1 from (values (1)) i(y) where i.y = o.x) from (values (1, 1)) o(g, x) group by o.g;
select count(*), 1 in (select o.x) from (values (1, 1)) o(g, x);
select o.g from (values (1, 1)) o(g, x) group by o.g having exists (select 1 from (values (1)) i(y) where i.y = o.x);
select lower(o.g), (select max(i.y) from (values (1)) i(y) where lower(o.g) = 'a') from (values ('A')) o(g) group by lower(o.g);
select o.g, (select max(i.y) from (values (1), (2)) i(y) where i.y > o.g), (select max(o.x)) from (values (1, 1)) o(g, x) group by o.g;
select o.x from (values (1, 1)) o(g, x) group by o.g order by o.g;
select array[1, 2] = array[1.0, 2];
select array[1, 2] && array[1.0];
select array['a'::text] @> array['a'::varchar];
select array[1, 2] in (array[1.0, 2]);
select array[1, 2] is distinct from array[1.0, 2];
select array[1, 2] in (select array[1.0, 2]);
select nullif(array[1], array[1.5]);
select array[1, 2] || array[1.5], coalesce(array[1], array[1.5]), array[1, 2] = '{1,2}', greatest(array[1], array[1.5]);
select array_agg(x) from (values (array[1, 2]), (array[3])) v(x);
select array_agg(x) from (values (array[1, 2]), (null)) v(x);
select array_agg(x) from (values (array[]::int[])) v(x);
select array_agg(x order by x desc), array_length(array_agg(x), 2), (array_agg(x order by x))[2][1], array_to_json(array_agg(x order by x)) from (values (array[1, 2]), (array[3, 4])) v(x);
select array(select x from (values (array[1, 2]), (array[3])) v(x));
select array(select x from (values (array[1, 2]), (array[3, 4])) v(x) order by x);
select array[a, b] from (values (array[1, 2], array[3])) v(a, b);
select array[a, b] from (values (array[1, 2], null::int[])) v(a, b);
select array[a, b], array_dims(array[a, a]) from (values (null::int[], null::int[])) v(a, b);
select array[[1, 2], [3, 4]]::text[], array[[1.5, 2], [3, 4]]::int[][], '{1,2}'::int[][], array[1, 2]::int[][1], array[[1, 2]] || array[3, 4], array[3, 4] || array[[1, 2]];
select array[[1, 2]] || array[3];
select array[[[1, 2]], [[3]]];
select array[1, 2][1];
select string_to_array('a,b', ',')[1];
select (array[1, 2])[1], (select array[1, 2])[2], '{1,2}'::int[][1], ('{"a": {"b": 1}}'::jsonb)['a']['b'];
select * from (values (1)) a(x) full join (values (2)) b(y) on a.x < b.y;
select * from (values (1)) a(x) full join (values (2)) b(y) on a.x = b.y or a.x = 1;
select * from (values (1)) a(x) full join (values (2)) b(y) on a.x = 1;
select * from (values (1)) a(x) full join (values (2)) b(y) on a.x is not distinct from b.y left join (values (3)) c(z) on true;
select * from (values (1)) a(x) full join (values (2.0)) b(y) on a.x < b.y and a.x = b.y order by 1;
select * from (values (1)) a(x) full join (values (2)) b(y) on a.x - 1 = b.y * 2 full join (values (true)) c(z) on true order by 1;
select * from (values (1)) a(x) full join (values (1)) b(y) on not (a.x <> b.y) and a.x in (b.y) and (a.x, 1) = (b.y, 1);
select * from (values (1)) a(x) full join (values (2)) b(y) on a.x < b.y where a.x = 1 and b.y = 2;
with recursive t(n) as (select 'a'::varchar(3) union all select n || 'b' from t where length(n) < 3) select * from t;
with recursive t(n) as (select 'a'::varchar(3) union all select (n || 'b')::varchar(5) from t where length(n) < 3) select * from t;
with recursive t(n) as (select 'a'::varchar(3) union all select (n || 'b')::varchar(3) from t where length(n) < 3) select * from t;
with recursive t(n) as (select 1.0::numeric(5,2) union all select n + 1 from t where n < 3) select * from t;
with recursive t(n) as (select 'a'::char(3) union all select (n || 'b') from t where length(n) < 3) select * from t;
with recursive t(n) as (select '2024-01-01'::timestamp(0) union all select n + interval '1 day' from t where n < '2024-01-02') select count(*) from t;
with recursive t(n) as (select null union all select 1 from t where false) select * from t;
select 'a' collate "C" < 'b' collate "POSIX";
select concat('a' collate "C" || 'b' collate "POSIX", 'c');
select case when true then 'a' collate "C" else 'b' collate "default" end;
select 'a' collate "C" in ('b' collate "POSIX");
select 'a' collate "C" < 'b' collate "C", length('a' collate "C") + length('b' collate "POSIX"), ('a' collate "C", 'b' collate "POSIX") = ('a', 'b'), row('a' collate "C", 'b' collate "POSIX") < row('a', 'c');
select string_agg(x collate "C", ',' order by x collate "POSIX"), max(x collate "C") from (values ('a')) v(x) group by x collate "C", x collate "POSIX" order by x collate "C";
select '1e-400'::float8;
select '2e-324'::float8;
select '1e-46'::float4;
select '1e39'::text::float4;
select 1e-46::numeric::float4;
select 1e-46::float8::float4;
select 'x'::float4;
select '0e-400'::float8, '0.0e400'::float8, '1e-310'::float8, '4.9e-324'::float8, '1e-45'::float4, '{0}'::float8[];
select x::float8 from (values ('1e-400')) v(x);

-- columns that nothing reads
with a as (select x, t::int as n from (values (1, 'a')) v(x, t)) select x from a;
with a as (select x, t::int as n from (values (1, 'a')) v(x, t)), b as (select x, n + 1 as m from a) select count(x) from b;
with a as (select x, max(t::int) as n from (values (1, 'a')) v(x, t) group by x) select x from a;
with a as (select x, t::int as n, rank() over (order by x) as r from (values (1, 'a')) v(x, t)) select x, r from a;
with a as (select distinct x, t::int as n from (values (1, 'a')) v(x, t)) select x from a;
with a as (select x, t::int as n from (values (1, 'a')) v(x, t) order by n) select x from a;
select y from (values (1)) w(y) left join (select x, t::int as n from (values (1, 'a'), (2, 'b')) v(x, t)) a on a.x = y;
select count(*) from (select max(x) as m from generate_series(1, 3) x) a;
select w.y, l.a from (values (1, 'a'), (2, 'b')) w(y, t), lateral (select w.y + 1 as a, w.t::int as b) l order by 1;
select a.x from (select x, t::int as n from (values (1, 'a'), (2, 'b')) v(x, t) union all select y, 2 from (values (3), (4)) w(y)) a order by 1;

-- rows that an outer join made up are NULL as a whole
select to_jsonb(b), row_to_json(b, true), b is null, count(b) over () from (values (1)) a(x) left join (values (2)) b(y) on a.x = b.y;
select to_jsonb(a), to_jsonb(b) from (values (1)) a(x) full join (select 1 as q, null::text as r where false) b on a.x = b.q;
select to_jsonb(a), json_agg(b), to_json(b.*) from (values (7)) a(x) left join jsonb_array_elements_text('[]') b(v) on true group by 1, 3;
select row_to_json(a), json_build_object('b', b) from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) order by x;
select to_jsonb(a), jsonb_agg(b) from (values (1)) a(x) right join (values (2)) b(y) on a.x = b.y group by a.y;

-- what the sets of a grouping may be
select a, count(*) from (values (1), (2)) v(a) group by cube ((a)::text, a) order by 1, 2;
select count(*) from (values (1), (2)) v(a) group by rollup ((a + 1) * 2, (a)) order by 1;
select count(*) from (values (1), (2)) v(a) group by grouping sets ((a + 1), (a)::text, ((a), a), ());
select count(*), a from (values (1), (2)) v(a) group by (), a order by 2;
select a, count(*) from (values (1, 2), (2, 3)) v(a, b) group by cube (1) order by 1;

-- tests of tests
select 1 is distinct from 2 is true;
select null is distinct from null is distinct from null;
select (1 is distinct from 2) is true, 1 = 1 is true, 1 is distinct from 1 + 1;

-- values at the edges
select '[{}, null]'::jsonb < '[{}, []]', '[null]'::jsonb < '[[]]', 'null'::jsonb < '[]', '{"a":null}'::jsonb < '{"a":[]}', '["a"]'::jsonb < '[[]]', '[[1]]'::jsonb < '[[]]', '[{}]'::jsonb < '[[]]', '[]'::jsonb < '{}', '[]'::jsonb < '[1]', '"x"'::jsonb < '[1]';
select 'NaN'::numeric / 0, 'NaN'::numeric % 0, 'Infinity'::numeric % 3;
select 'Infinity'::numeric % 0;

-- aggregates compared with elements, keys of another type
select g, count(*) = any ('{1,2}'::int[]), max(x) <> all (array_agg(g)) from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g order by 1;
select 3 = any (array_agg(x)), 2 = any (array_agg(x)) from (values (1, 1), (1, 2), (2, 1)) o(g, x);
select g from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g having count(*) = any (select 2) order by count(*) < all (select 1), g;
select 3 = any (array_agg(x)) from (values (1, 1)) o(g, x) where false;
select g::bigint, g::numeric + 1 from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by g order by 1;
select g::bigint, count(*) from (values (1, 1), (1, 2), (2, 1)) o(g, x) group by rollup (g) order by 1;
select count(q), count(q.*) from (select null::int as a, null::text as b) q;
with recursive t(n, junk) as (select 1, 'x' union all select n + 1, junk || n from t where n < 3) select n from t order by n;
with a as (select x as n, x || 'y' as y from generate_series(1, 3) x), b as (select * from a), c as (select * from b) select y from c order by 1;
select q.c from (select x % 2 as k, grouping(x % 2) as g, count(*) as c, rank() over (order by count(*)) from generate_series(1, 5) x group by rollup (x % 2)) q order by 1;
select q.a from (select unnest(array[1, 2]) as a, unnest(array['x', 'y', 'z']) as b) q order by 1;
select q.n from (select x as n, x / 0 as z from generate_series(1, 2) x) q join (select x as n, x / 0 as z from generate_series(1, 2) x) r using (n) order by 1;
select netmask('::1'::inet) - '::1'::inet, 'ffff:ffff:ffff:ffff:8000::'::inet - '::'::inet, '0.0.0.0'::inet - '255.255.255.255'::inet, '::'::inet - 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'::inet;
select '::8000:0:0:0'::inet - '::'::inet;
select a, true as t, count(*) from (values (1), (1), (2)) v(a) group by rollup (1, 2) having count(*) > 1;
select a, 1 as one, count(*) from (values (1), (1), (2)) v(a) group by rollup (1, 2) having count(*) > 1;
select a, 'x'::text as x, grouping('x'::text), max('x'::text || a) from (values (1), (1), (2)) v(a) group by cube (1, 'x'::text);
select (select max(b) from (values (1)) w(b) where b < count(v.a) + 1), 1 as k from (values (1)) v(a) group by 2;
select 'a' collate "C" union all select 'b' collate "POSIX";
select 1, 'a' collate "C" union select 2, ('b' collate "C") order by 1;
select * from (values ('a' collate "C"), ('b' collate "POSIX")) v(x);
select pg_typeof(case when true then 'a'::text else 'b'::char(4) end), pg_typeof(case when true then 'a'::char(4) else 'b'::text end), pg_typeof(case when true then 'a'::text when false then 'x'::varchar else null end);
select case when true then 1 else 'x'::text end;
select case when true then 1 when false then now() else true end;
select 'infinity'::timestamp at time zone 'nowhere', '-infinity'::timestamptz at time zone interval '1 month';
select timestamp '2024-01-01' at time zone 'nowhere';
select to_char(99999999999999999999.5, '9.9EEEE'), to_char(9.96, '9.9EEEE'), to_char(99.96, '9.9EEEE'), to_char(0.0999, '9.9EEEE'), to_char(999, '9.9EEEE'), to_char(999::float8, '9.9EEEE'), to_char(-999.9, '9EEEE'), to_char(99999, '9.99EEEE'), to_char(95, '9EEEE'), to_char(9.5, '9EEEE'), to_char(0.00095, '9EEEE');
select log(exp(10.0), '1.10'::numeric), ln(22026.5), log(2.0, 3.0), ln(exp(100.0)), log(exp(1.0), 10), ln(1e100::numeric), log(1e-50::numeric, 7), ln(0.5), ln(22027), ln(22026.46579480671651695790), log(3, exp(10.0)), power(exp(10.0), 0.3), ln(1e-20::numeric);
select f, '[' || to_char('NaN'::numeric, f) || ']', '[' || to_char('-Infinity'::numeric, f) || ']' from unnest(array['999.99S', 'S999', '999.99', '999S', '9S', 'MI999', '999MI', 'PL999', '999PL', 'SG999', '999SG', '999PR', 'FM999S', '99', '99.9', '999,999', 'D9', 'L999', '000', '999S.99', '99999999.9S', '9999999999PR', '9.99 x']) as f;
select to_char('NaN'::numeric, '999th');
select to_char('Infinity'::numeric, '99th'), to_char('Infinity'::numeric, '9.9th');
select to_char('Infinity'::numeric, '999999999TH');
select to_char(-2147483648, '999V99'), to_char(2147483647, '999999V99'), to_char(21474836, '9999999999V999'), to_char(12, '99V99'), to_char(30000000, '99999999999V99');
select to_char(9223372036854775807, '999V99');
select to_char(9223372036854775807 / 100, '99999999999999999999V99'), to_char(-12::bigint, '99V9');
select log(2, 'Infinity'), log('Infinity', 2), log('Infinity', 'Infinity'), log('NaN', 2), log(0.5, 'Infinity'), log('Infinity', 0.5), log('Infinity', 'NaN');
select log(2, '-Infinity');
select log('Infinity', 0);
select log(-2, 'Infinity');
