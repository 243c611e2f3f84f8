//! The results of expressions, and what is refused because it could take long.

mod reference;

use {super::*, crate::domain::code, serde_json::json};

fn record() -> SourceRecord {
    let Value::Object(fields) = json!({
        "First": "Sara", "Last": "Haddad", "Nick": null, "Age": 19, "Fee": 1500.5, "Tags": ["a", "bb", "ccc"],
        "Look": {"id": "53", "name": "A"}, "Big": "x".repeat(60_000), "Long": vec![json!(1); 1_001],
        "Thousand": (0..1_000).collect::<Vec<_>>(),
    }) else {
        panic!("an object")
    };
    SourceRecord { id: "5300".into(), modified_at: None, fields }
}

fn eval(source: &str) -> Result<Value, Failure> {
    compile(source).map_err(Failure::new)?.apply(&json!("in"), &record())
}

#[test]
fn expressions_give_values() {
    for (source, wanted) in [
        ("has(r.Nick) ? r.Nick : r.First", json!("Sara")),
        ("r.First + ' ' + r.Last", json!("Sara Haddad")),
        ("value + '!'", json!("in!")),
        ("r['First']", json!("Sara")),
        ("r.Nothing == null", json!(true)),
        ("r.Age >= 18 && r.Age < 20", json!(true)),
        ("r.Age % 2 == 1", json!(true)),
        ("-r.Age + 20", json!(1)),
        ("r.Fee * 2.0", json!(3001.0)),
        ("r.Age == 19.0", json!(true)),
        ("double(r.Age) + 0.5", json!(19.5)),
        ("int('42') + int(2.9)", json!(44)),
        ("string(r.Fee) + string(1.0)", json!("1500.51")),
        ("size(r.Tags) + size('سارة') + r.Look.size()", json!(9)),
        ("r.Look.id", json!("53")),
        ("has(r.Look.id) && !has(r.Look.none)", json!(true)),
        ("r.Tags[1]", json!("bb")),
        ("'bb' in r.Tags", json!(true)),
        ("'id' in r.Look", json!(true)),
        ("r.Tags.map(t, size(t))", json!([1, 2, 3])),
        ("r.Tags.map(t, size(t) > 1, t + t)", json!(["bbbb", "cccccc"])),
        ("r.Tags.filter(t, t != 'a').join('-')", json!("bb-ccc")),
        ("r.Tags.all(t, size(t) < 9) && r.Tags.exists(t, t == 'a')", json!(true)),
        ("r.Tags.exists_one(t, size(t) == 2)", json!(true)),
        ("r.First.matches('^S[a-z]+$')", json!(true)),
        ("r.First.lowerAscii().replace('a', 'o')", json!("soro")),
        ("' x '.trim() + 'a-b'.split('-')[1] + 'hello'.substring(1, 3)", json!("xbel")),
        ("r.First.startsWith('Sa') || r.Nick.startsWith('x')", json!(true)),
        ("r.Nick.startsWith('x') || r.First.startsWith('Sa')", json!(true)),
        ("r.Nick.startsWith('x') && false", json!(false)),
        ("{'a': 1}.a", json!(1)),
        ("[[1], [2]] == [[1], [2.0]]", json!(true)),
        ("r.Thousand.map(n, n + 1)[999]", json!(1000)),
    ] {
        assert_eq!(eval(source), Ok(wanted), "{source}");
    }
}

#[test]
fn failures_have_reasons() {
    for source in [
        "1 / 0",
        "9223372036854775807 + 1",
        "-9223372036854775807 - 2",
        "1 + 1.0",
        "r.Nick + 'x'",
        "r.Tags[3]",
        "r.Look.none",
        "int('x')",
        "'a' < 1",
        "r.Nick.startsWith('x') || false",
        "'abc'.substring(2, 9)",
        "r.Age ? 1 : 2",
        "'a'.split('')",
        "{'$serde_json::private::' + 'RawValue': '[7]'}",
    ] {
        assert_eq!(eval(source).expect_err(source).code, code::TRANSFORM_FAILED, "{source}");
    }
}

#[test]
fn what_is_not_supported_is_refused_on_save() {
    for source in [
        "",
        "1 +",
        "r",
        "x + 1",
        "r.all(k, true)",
        "nothing(1)",
        "r.First.matches(r.Last)",
        "r.First.matches('(')",
        "b'abc'",
        "Type{a: 1}",
        "size(1, 2)",
        "[1].map(r, r)",
        "r.Tags.map(t, r.Tags.map(u, u))",
        "@result",
        "timestamp('2026-01-01T00:00:00Z')",
    ] {
        assert!(compile(source).is_err(), "{source}");
    }
    let read = compile("r.A + r['B'] + (has(r.C) ? r.A : '')").expect("compiles");
    assert_eq!(
        (read.fields.as_slice(), read.reads_input),
        (["A", "B", "C"].map(str::to_owned).as_slice(), false)
    );
    assert!(compile("size(value) > 2 ? value : r.A").expect("compiles").reads_input);
}

#[test]
fn work_is_counted_alike_on_every_machine() {
    let doubled = format!("size({})", vec!["r.Big"; 30].join(" + "));
    for source in [
        "r.Long.map(x, x)",
        "r.Long.exists(x, x == 2)",
        "r.Big + r.Big",
        "r.Thousand.map(x, r.Big)",
        "r.Thousand.filter(x, r.Big.contains('y'))",
        "r.Thousand + r.Thousand",
        "r.Big.replace('x', 'yyyyyyyyyy')",
        "r.Big.split('x')",
        "r.Thousand.map(x, string(x)).map(t, [t, t]).map(l, l.join(r.Big))",
        doubled.as_str(),
    ] {
        let first = eval(source).expect_err(source);
        assert_eq!(first.code, code::TRANSFORM_BUDGET, "{source}: {first}");
        assert_eq!(eval(source), Err(first), "{source}");
    }
}

#[test]
fn deep_and_wide_sources_are_refused_and_do_not_overflow() {
    let nested =
        |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    let wide = format!("[{}]", vec!["1"; 600].join(","));
    for source in [
        nested("(", ")", 900),
        nested("[", "]", 900),
        "1+".repeat(1_000) + "1",
        "true?1:".repeat(280) + "1",
        wide,
        format!("r{}", ".a".repeat(1_000)),
        format!("value{}", "[0]".repeat(600)),
        "a".repeat(2_000),
        "'".repeat(2_000),
        "((((((((((".to_owned(),
        "\u{0}\u{7f}\u{ffff}".to_owned(),
    ] {
        assert!(compile(&source).is_err(), "{source}");
    }
    // Consecutive signs are folded; a chain that is just within the limits is evaluated.
    for (source, wanted) in [
        (nested("!", "", 1_900).replace('1', "true"), json!(true)),
        ("1+".repeat(60) + "1", json!(61)),
    ] {
        assert_eq!(eval(&source), Ok(wanted), "{source}");
    }
}
