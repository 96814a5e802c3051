//! Functions. The expected values are those of Terraform's documentation and of its function tests.

use super::hostile::cases;
use super::{good, load_files, value};
use crate::hcl::functions::{yaml_read, yaml_write};
use crate::hcl::value::Val;
use crate::hcl::{Clock, LoadOptions, ModSource, load};
use proptest::prelude::*;
use std::io::Read as _;

#[test]
fn values() {
    for (expr, expected) in [
        (r#"merge({a = 1, b = 2}, null, {b = 3})"#, r#"{"a":1,"b":3}"#),
        (r#"merge({a = 1}, {a = null})"#, r#"{"a":null}"#),
        ("merge()", "{}"),
        (r#"replace("a.b.c", ".", "-")"#, r#""a-b-c""#),
        (r##"replace("a1b22", "/[0-9]+/", "#")"##, r##""a#b#""##),
        (r#"replace("hello", "/(l)(l)/", "$2-$1")"#, r#""hel-lo""#),
        (r#"replace("a/b", "/", "-")"#, r#""a-b""#),
        (r#"contains(["1"], 1)"#, "false"),
        (r#"contains(["a"], "a")"#, "true"),
        (r#"join(",", ["a", 1], ["b"])"#, r#""a,1,b""#),
        (r#"split(",", "a,,b")"#, r#"["a","","b"]"#),
        (r#"split("", "ab")"#, r#"["a","b"]"#),
        (r#"format("%s=%d %05.1f %q %v%%", "a", 3, 2.25, "x", true)"#, r#""a=3 002.2 \"x\" true%""#),
        (r#"format("%-4s|%4s|%04d|%+d|%x", "a", "b", -3, 4, 255)"#, r#""a   |   b|-003|+4|ff""#),
        (r#"formatlist("%s-%s", "a", ["x", "y"])"#, r#"["a-x","a-y"]"#),
        (r#"lower("ÀB")"#, r#""àb""#),
        (r#"title("hello wORLD")"#, r#""Hello WORLD""#),
        (r#"trim("?!a?", "!?")"#, r#""a""#),
        (r#"trimspace(" a\n")"#, r#""a""#),
        (r#"trimprefix("aab", "a")"#, r#""ab""#),
        (r#"trimsuffix("abb", "b")"#, r#""ab""#),
        (r#"chomp("a\r\n\n")"#, r#""a""#),
        (r#"substr("hello", 1, 3)"#, r#""ell""#),
        (r#"substr("hello", -2, -1)"#, r#""lo""#),
        (r#"strrev("abc")"#, r#""cba""#),
        (r#"indent(2, "a\nb")"#, r#""a\n  b""#),
        (r#"startswith("ab", "a") && endswith("ab", "b") && strcontains("abc", "b")"#, "true"),
        (r#"regex("[a-z]+", "12ab")"#, r#""ab""#),
        (r#"regex("(\\d)(\\d)", "12")"#, r#"["1","2"]"#),
        (r#"regex("(?P<y>\\d)", "1")"#, r#"{"y":"1"}"#),
        (r#"regexall("\\d", "a1b2")"#, r#"["1","2"]"#),
        ("concat([1], [], [2])", "[1,2]"),
        (r#"distinct(["a", "b", "a"])"#, r#"["a","b"]"#),
        ("flatten([1, [2, [3, []]]])", "[1,2,3]"),
        (r#"compact(["a", "", null, "b"])"#, r#"["a","b"]"#),
        ("element([1, 2, 3], 4)", "2"),
        ("element([1, 2, 3], -1)", "3"),
        ("!alltrue([true, null]) && !anytrue([null])", "true"),
        (r#"formatdate("'it''s' ''h''", "2018-01-02T03:12:01Z")"#, r#""it's '3'""#),
        ("slice([1, 2, 3], 1, 3)", "[2,3]"),
        (r#"sort(["b", "a", "B"])"#, r#"["B","a","b"]"#),
        ("reverse([1, 2])", "[2,1]"),
        ("range(3)", "[0,1,2]"),
        ("range(1, 8, 3)", "[1,4,7]"),
        ("range(3, 0)", "[3,2,1]"),
        ("keys({b = 1, a = 2})", r#"["a","b"]"#),
        ("values({b = 1, a = 2})", "[2,1]"),
        (r#"length("äb") + length([1]) + length({a = 1})"#, "4"),
        (r#"lookup({a = 1}, "a", 0) + lookup({}, "a", 5)"#, "6"),
        (r#"coalesce(null, "", "x")"#, r#""x""#),
        ("coalescelist([], [1])", "[1]"),
        (r#"zipmap(["a", "b"], [1, 2])"#, r#"{"a":1,"b":2}"#),
        ("chunklist([1, 2, 3], 2)", "[[1,2],[3]]"),
        (r#"index(["a", "b"], "b")"#, "1"),
        (r#"matchkeys([1, 2, 3], ["a", "b", "a"], ["a"])"#, "[1,3]"),
        ("one([7])", "7"),
        ("setunion([1], [1, 2])", "[1,2]"),
        ("setintersection([1, 2], [2, 3])", "[2]"),
        ("setsubtract([1, 2], [2])", "[1]"),
        (r#"setproduct(["a", "b"], [1])"#, r#"[["a",1],["b",1]]"#),
        (r#"transpose({a = ["1", "2"], b = ["2"]})"#, r#"{"1":["a"],"2":["a","b"]}"#),
        ("alltrue([true, \"true\"]) && !anytrue([])", "true"),
        ("abs(-1) + ceil(1.2) + floor(1.9) + max(1, 2) + min(3, 2) + sum([1, 2])", "11"),
        ("pow(2, 10) + signum(-5) + log(8, 2)", "1026"),
        (r#"parseint("ff", 16)"#, "255"),
        (r#"parseint("zz", 62) + parseint("-Z", 62) + parseint("FF", 16)"#, "2399"),
        (r#"tonumber("1e3") + tonumber(".5") + tonumber("+1")"#, "1001.5"),
        (r#"jsonencode({a = [1, "x", null, true]})"#, r#""{\"a\":[1,\"x\",null,true]}""#),
        (r#"jsondecode("{\"a\": 1.5}")"#, r#"{"a":1.5}"#),
        (r#"base64encode("ab") == "YWI=" && base64decode("YWI=") == "ab""#, "true"),
        (r#"urlencode("a b/ä")"#, r#""a+b%2F%C3%A4""#),
        (r#"csvdecode("a,b\n1,2\n")"#, r#"[{"a":"1","b":"2"}]"#),
        (r#"yamldecode("a: [1, x]")"#, r#"{"a":[1,"x"]}"#),
        (
            r#"yamldecode("x: yes\np: 'yes'\nz: off\nu: ~\nv: 0x1F\nw: 0o17\nt: 1e3\ns: 017\nr: 12:30\nq: 1_000")"#,
            r#"{"p":"yes","q":"1_000","r":"12:30","s":17,"t":1000,"u":null,"v":31,"w":15,"x":true,"z":false}"#,
        ),
        (
            r#"yamldecode("a: &x {b: 1}\nc:\n  <<: *x\n  d: !!str 2\ne: |\n  f\n  g\nh: 2001-1-02\n1: on")"#,
            r#"{"1":true,"a":{"b":1},"c":{"b":1,"d":"2"},"e":"f\ng\n","h":"2001-01-02T00:00:00Z"}"#,
        ),
        (
            r#"yamlencode({a = "yes", b = [1, {c = null, d = [[true]]}, [], {}], e = "x\ny\n", f = "\"\t\u00e9\U0001F600"})"#,
            r#""\"a\": \"yes\"\n\"b\":\n- 1\n- \"c\": null\n  \"d\":\n  - - true\n- []\n- {}\n\"e\": |\n  x\n  y\n\"f\": \"\\\"\\té\\U0001F600\"\n""#,
        ),
        (r#"yamlencode("")"#, r#""\"\"\n""#),
        ("yamlencode(1.5)", r#""1.5\n...\n""#),
        (
            r#"yamlencode(["this is a long text that goes on and on past the eighty columns that fit on a line, so it goes on"])"#,
            r#""- \"this is a long text that goes on and on past the eighty columns that fit on a line,\n  so it goes on\"\n""#,
        ),
        (r#"sha1("hello")"#, r#""aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d""#),
        (r#"uuidv5("dns", "www.terraform.io")"#, r#""a5008fae-b28c-5ba5-96cd-82b4c53552d6""#),
        (
            r#"uuidv5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.terraform.io")"#,
            r#""a5008fae-b28c-5ba5-96cd-82b4c53552d6""#,
        ),
        (r#"regex("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]", uuid()) != uuid()"#, "true"),
        (r#"textencodebase64("Hello World", "UTF-16LE")"#, r#""SABlAGwAbABvACAAVwBvAHIAbABkAA==""#),
        (r#"textencodebase64("a", "UTF-16") == "/v8AYQ==" && textencodebase64("\u00e9", "latin1") == "6Q==""#, "true"),
        (r#"textdecodebase64("SABlAGwAbABvACAAVwBvAHIAbABkAA==", "utf-16le")"#, r#""Hello World""#),
        (r#"[for t in ["//5hAA==", "/v8AYQ==", "AGE="] : textdecodebase64(t, "UTF-16")]"#, r#"["a","a","a"]"#),
        (r#"pathexpand("a/~") == "a/~" && endswith(abspath("x/./y/../z"), "/x/z")"#, "true"),
        (r#"md5("hello")"#, r#""5d41402abc4b2a76b9719d911017c592""#),
        (r#"sha256("hello")"#, r#""2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824""#),
        (r#"cidrhost("10.12.112.0/20", 16)"#, r#""10.12.112.16""#),
        (r#"cidrhost("10.12.112.0/20", -1)"#, r#""10.12.127.255""#),
        (r#"cidrnetmask("172.16.0.0/12")"#, r#""255.240.0.0""#),
        (r#"cidrsubnet("172.16.0.0/12", 4, 2)"#, r#""172.18.0.0/16""#),
        (r#"cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)"#, r#""fd00:fd12:3456:7800:a200::/72""#),
        (
            r#"cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)"#,
            r#"["10.1.0.0/20","10.1.16.0/20","10.1.32.0/24","10.1.48.0/20"]"#,
        ),
        (r#"formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z")"#, r#""02 Jan 2018 23:12 UTC""#),
        (
            r#"formatdate("EEEE, DD-MMM-YY HH:mm:ss AA 'at' Z", "2018-01-02T23:12:01-08:00")"#,
            r#""Tuesday, 02-Jan-18 11:12:01 PM at -08:00""#,
        ),
        (r#"timeadd("2017-11-22T00:00:00Z", "10m")"#, r#""2017-11-22T00:10:00Z""#),
        (r#"timecmp("2017-11-22T00:00:00Z", "2017-11-22T01:00:00+01:00")"#, "0"),
        (r#"tobool("1") && !tobool("0") && ("1" ? true : false)"#, "true"),
        (r#"tostring(1) == "1" && tonumber("2") == 2 && tobool("true")"#, "true"),
        (r#"toset(["b", "a", "b"])"#, r#"["a","b"]"#),
        ("tostring(null)", "null"),
        ("try(local.nope, 5)", "5"),
        ("can(1 / 0) || can(1)", "true"),
        ("sensitive(1)", "1"),
        (r#"basename("a/b.md") == "b.md" && dirname("a/b.md") == "a""#, "true"),
        (r#"env("NOT_SET_ANYWHERE")"#, r#""""#),
        (r#"format("%v %v %v", 1500000, [1, "a", null], {a = 1})"#, r#""1.5e+06 [1,\"a\",null] {\"a\":1}""#),
        (r#"format("%[2]s %[1]s %s", "a", "b")"#, r#""b a b""#),
        (
            r#"format("%b %o %#x %X %e %.2e %G %.3g", 10, 8, 255, -255, 1500, 1234.5678, 1e-10, 1234.5678)"#,
            r#""1010 10 0xff -FF 1.500000e+03 1.23e+03 1E-10 1.23e+03""#,
        ),
        (r#"format("%5s|%-5s|%05s|%.3s|% d", "日本", "ab", "ab", "abcdef", 5)"#, r#""   日本|ab   |000ab|abc| 5""#),
        (r#"format("%06.2f|%+.1f|%.0f", 3.14159, 2.25, 2.5)"#, r#""003.14|+2.2|2""#),
        (r#"formatlist("%s-%s", toset(["y", "x"]), "a")"#, r#"["x-a","y-a"]"#),
        (r#"tolist([1, "a"])"#, r#"["1","a"]"#),
        (r#"tomap({a = 1, b = "x"})"#, r#"{"a":"1","b":"x"}"#),
        (r#"tolist(null)"#, "null"),
        (r#"distinct([1, 2, 1, "a", "a"])"#, r#"["1","2","a"]"#),
        (r#"coalesce(1, "a")"#, r#""1""#),
        (r#"setunion(["b"], ["a", "b"])"#, r#"["a","b"]"#),
        (r#"setintersection(["b", "a", "c"], ["b", "a"])"#, r#"["a","b"]"#),
        (r#"setsubtract(["b", "a"], ["b"])"#, r#"["a"]"#),
        (r#"length("👨‍👩‍👧")"#, "1"),
        (r#"title("it's a hello-world foo_bar")"#, r#""It'S A Hello-World Foo_bar""#),
        (r#"upper("straße")"#, r#""STRAßE""#),
        (r#"basename("")"#, r#"".""#),
        (r#"basename("/")"#, r#""/""#),
        (r#"dirname("a//b")"#, r#""a""#),
        (r#"dirname("a/../b/c")"#, r#""b""#),
        (r#"sum([0.1, 0.2])"#, "0.3"),
    ] {
        assert_eq!(value(expr), expected, "{expr}");
    }
}

#[test]
fn faults() {
    for (expr, expected) in [
        ("merge(1)", "merge(): argument 1 must be a map, not number"),
        ("contains(1, 1)", "contains(): argument 1 must be a list, not number"),
        ("alltrue([\"x\"])", "alltrue(): a list of bools is needed"),
        ("regex(\"(\", \"a\")", "regex(): invalid pattern: error: unclosed group"),
        ("regex(\"x\", \"a\")", "regex(): the pattern does not match"),
        ("element([], 0)", "element(): the list is empty"),
        ("range(5000)", "range(): more than 1024 numbers"),
        ("format(\"%s\")", "format(): there is no value for %s"),
        ("format(\"%d\", \"x\")", "format(): \"%d\" needs a number, not a string"),
        ("format(\"%d\", 1.5)", "format(): \"%d\" needs a whole number, not a number"),
        ("format(\"%s\", null)", "format(): \"%s\" needs a string, not a null"),
        ("format(\"%[3]d\", 7)", "format(): there is no value for %[3]d"),
        ("format(\"%z\", 1)", "format(): the verb %z is not supported"),
        ("format(\"\", 1)", "format(): there are more values than verbs"),
        ("tolist([1, [2]])", "tolist(): the elements have no type in common"),
        ("csvdecode(\"a,a\\n1,2\")", "csvdecode(): two columns are named \"a\""),
        ("setproduct([1])", "setproduct() needs at least 2 arguments, not 1"),
        ("list(1)", "the function list() no longer exists"),
        ("bcrypt(\"x\")", "the function bcrypt() is not supported by ironpipe: its result is another one each time"),
        (
            "rsadecrypt(\"\", \"\")",
            "the function rsadecrypt() is not supported by ironpipe: a private key has no place in a mod",
        ),
        ("templatefile(\"x\", {})", "call to unknown function: there is no function named \"templatefile\""),
        ("tonumber(\" 1\")", "tonumber(): argument 1 must be a number, not string"),
        (
            "tonumber(\"12345678901234567890123\")",
            "tonumber(): the number 12345678901234567890123 has too many digits to be kept exactly",
        ),
        (
            "jsondecode(\"{\\\"a\\\": [9007199254740993]}\")",
            "jsondecode(): the number 9007199254740993 has too many digits to be kept exactly",
        ),
        (
            "parseint(\"12345678901234567890\", 10)",
            "parseint(): the number 12345678901234567890 has too many digits to be kept exactly",
        ),
        ("9007199254740991 * 3", "the result has too many digits to be kept exactly"),
        ("9007199254740991 + 2", "the result has too many digits to be kept exactly"),
        ("uuidv5(\"x\", \"\")", "uuidv5(): \"x\" is no namespace: dns, url, oid, x500 or a UUID"),
        (
            "textencodebase64(\"☃\", \"ISO-8859-1\")",
            "textencodebase64(): the text has characters that ISO-8859-1 cannot represent",
        ),
        (
            "textdecodebase64(\"gICA\", \"UTF-8\")",
            "textdecodebase64(): the text has symbols that UTF-8 does not define",
        ),
        ("pathexpand(\"~root/x\")", "pathexpand(): only the folder of the current user can be meant, as in ~/x"),
        ("fileset(\"..\", \"*\")", "invalid function argument: .. is outside the mod's folder"),
        ("fileset(\".\", \"{a\")", "fileset(): invalid pattern \"{a\""),
        ("yamldecode(\"\")", "yamldecode(): there is no document"),
        ("yamldecode(\"a: .inf\")", "yamldecode(): .inf has no value in HCL"),
        ("yamldecode(\"a: 1\\n---\\nb: 2\")", "yamldecode(): there is more than one document"),
        ("yamldecode(\"a: !x 1\")", "yamldecode(): unsupported tag !x"),
        ("yamldecode(\"a: &x [*x]\")", "yamldecode(): a value cannot be a part of itself"),
        ("file(\"nope.md\")", "invalid function argument: no file exists at nope.md"),
        ("file(\"../x\")", "invalid function argument: ../x is outside the mod's folder"),
        ("file(\"/etc/passwd\")", "invalid function argument: /etc/passwd is outside the mod's folder"),
        ("cidrhost(\"10.0.0.0/33\", 1)", "cidrhost(): \"10.0.0.0/33\" is not a prefix such as 10.0.0.0/8"),
        ("try(local.nope)", "no expression of try() succeeded"),
    ] {
        assert_eq!(value(expr), format!("error: {expected}"), "{expr}");
    }
}

#[test]
fn compressed_text_is_gzip() {
    use base64::Engine as _;
    let text = value("base64gzip(\"hello world\")");
    let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim_matches('"')).unwrap();
    // As Go writes the head: no time, no system.
    assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
    let mut plain = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut plain).unwrap();
    assert_eq!(plain, "hello world");
}

#[test]
fn the_time_is_that_of_the_load() {
    let at = chrono::DateTime::parse_from_rfc3339("2024-05-01T12:00:00.75+02:00").unwrap();
    let options = LoadOptions { clock: Clock(at.to_utc()), ..LoadOptions::default() };
    let text = "query \"q\" {\n  sql = timestamp()\n}\n";
    let loaded = load_files(&[("a.pp", text)], &options).unwrap();
    assert_eq!(loaded.module.queries["q"].sql.text, "2024-05-01T10:00:00Z");
    good("query \"q\" {\n  sql = formatdate(\"YYYY\", timestamp())\n}\n");
}

#[test]
fn a_local_has_one_value_in_the_whole_mod() {
    let queries: String = (0..300).map(|i| format!("query \"q{i}\" {{\n  sql = local.id\n}}\n")).collect();
    let loaded = good(&format!("locals {{\n  id = uuid()\n}}\n{queries}"));
    let ids: std::collections::HashSet<&str> = loaded.module.queries.values().map(|q| q.sql.text.as_str()).collect();
    assert_eq!((loaded.module.queries.len(), ids.len()), (300, 1));
}

/// Files of a folder and of memory are found alike.
#[test]
fn files_are_found_by_patterns() {
    let files = ["docs/a.md", "docs/b.txt", "docs/deep/c.md", "docs/deep/er/d.md", "docs/.e.md", "x.md"];
    let cases = [
        ("docs", "*.md", r#"[".e.md","a.md"]"#),
        ("docs", "**/*.md", r#"[".e.md","a.md","deep/c.md","deep/er/d.md"]"#),
        ("./docs/", ".//deep//*", r#"["deep/c.md"]"#),
        (".", "docs/**/er/*.md", r#"["docs/deep/er/d.md"]"#),
        ("docs", "deep/**", r#"["deep/c.md","deep/er/d.md"]"#),
        ("docs", "[^a].txt", r#"["b.txt"]"#),
        ("docs", "{a.md,b.*}", r#"["a.md","b.txt"]"#),
        ("docs", "?.md", r#"["a.md"]"#),
        ("docs", "**.md", r#"[".e.md","a.md"]"#),
        ("docs/a.md", "*", "[]"),
        ("nope", "*", "[]"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.md"), "").unwrap();
    for (path, pattern, expected) in cases {
        let mod_file =
            format!("mod \"m\" {{}}\nquery \"q\" {{\n  sql = jsonencode(fileset(\"{path}\", \"{pattern}\"))\n}}\n");
        let all = files.iter().map(|f| (*f, "")).chain([("mod.pp", mod_file.as_str())]);
        let in_memory = load_files(&all.clone().collect::<Vec<_>>(), &LoadOptions::default()).unwrap();
        assert_eq!(in_memory.module.queries["q"].sql.text, expected, "{path} {pattern}");
        for (file, text) in all {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        // What a link leads to outside is not there.
        let _ = std::os::unix::fs::symlink(outside.path().join("secret.md"), folder.path().join("docs/s.md"));
        let _ = std::os::unix::fs::symlink(outside.path(), folder.path().join("docs/link"));
        let on_disk = load(&ModSource::Folder(folder.path().to_path_buf()), &LoadOptions::default()).unwrap();
        assert_eq!(on_disk.module.queries["q"].sql.text, expected, "{path} {pattern}");
    }
}

#[test]
fn files_need_not_be_text() {
    let folder = tempfile::tempdir().unwrap();
    let text = "mod \"m\" {}\nquery \"q\" {\n  sql = join(\" \", [filebase64(\"x\"), filesha1(\"x\")])\n}\n";
    std::fs::write(folder.path().join("mod.pp"), text).unwrap();
    std::fs::write(folder.path().join("x"), [0xff, 0xfe]).unwrap();
    let loaded = load(&ModSource::Folder(folder.path().to_path_buf()), &LoadOptions::default()).unwrap();
    assert_eq!(loaded.module.queries["q"].sql.text, "//4= d62636d8caec13f04e28442a0a6fa1afeb024bbb");
}

/// Values whose keys and texts mean something in YAML.
fn documents() -> impl Strategy<Value = serde_json::Value> {
    let text = prop::sample::select(vec![
        "",
        "a",
        "yes",
        "1",
        "1.5",
        "~",
        "null",
        "a: b",
        "- a",
        "# a",
        "x\ny",
        " x\ny ",
        "\n",
        "a\n\n",
        "\ta",
        "\"'\\",
        "é😀\u{85}",
        "long text with blanks that goes on and on  and on past the eighty columns of a line",
        "2001-01-01",
        "&a *a !a",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        text.clone().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((text.clone(), inner), 0..4).prop_map(|items| serde_json::Value::Object(
                items.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
            )),
        ]
    })
}

proptest! {
    #![proptest_config(cases(300))]
    #[test]
    fn yaml_is_read_as_it_was_written(document in documents()) {
        let document = Val::from_json(&document);
        let text = yaml_write::write(&document);
        prop_assert_eq!(yaml_read::read(&text), Ok(document), "{}", text);
    }

    #[test]
    fn no_text_stops_the_reader_of_yaml(text in "([a-z1~&*!|>'\"#%@`{}\\[\\],:?. \t\n-]|---|<<|!!|- |: ){0,60}") {
        let _ = yaml_read::read(&text);
    }
}
