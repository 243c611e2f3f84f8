//! What each transform does, by the examples of its documentation, and what is refused.

use {super::*, crate::domain::code, serde_json::json};

fn record() -> SourceRecord {
    let Value::Object(fields) = json!({
        "First": "Sara", "Last": "Haddad", "None": "-None-", "Class_Short_Name": null, "Class_Name": "Networks 1",
        "Currency": "USD",
    }) else {
        panic!("an object")
    };
    SourceRecord { id: "5300".into(), modified_at: None, fields }
}

fn parse(rules: &Value) -> Result<Transform, String> {
    Transform::parse(rules.as_object().expect("an object")).map(|found| found.expect("a transform"))
}

fn apply(rules: &Value, value: &Value) -> Result<Value, String> {
    parse(rules)?.apply(value, &record()).map_err(|(_, failure)| failure.reason)
}

fn one(name: &str, params: Value) -> Value {
    json!({"type": name, "params": params})
}

fn check(cases: &[(&str, Value, Value, Value)]) {
    for (name, params, value, wanted) in cases {
        let rules = one(name, params.clone());
        assert_eq!(apply(&rules, value), Ok(wanted.clone()), "{rules} of {value}");
    }
}

fn refuses(cases: &[(&str, Value, Value)]) {
    for (name, params, value) in cases {
        let rules = one(name, params.clone());
        let transform = parse(&rules).unwrap_or_else(|reason| panic!("{rules}: {reason}"));
        let (step, failure) = transform.apply(value, &record()).expect_err(&rules.to_string());
        assert_eq!((step, failure.code), (1, code::TRANSFORM_FAILED), "{rules} of {value}");
    }
}

#[test]
fn texts() {
    check(&[
        ("value", json!({}), json!([1]), json!([1])),
        ("before_at", json!({}), json!("sara@x.edu"), json!("sara")),
        ("before_at", json!({}), json!("sara"), json!("sara")),
        ("before_at", json!({}), json!(null), json!(null)),
        ("trim", json!({}), json!("  Al  Noor "), json!("Al Noor")),
        ("trim", json!({"collapse": false}), json!("  Al  Noor "), json!("Al  Noor")),
        ("lower", json!({}), json!("ALI"), json!("ali")),
        ("lower", json!({"locale": "tr"}), json!("ISPARTA İZMİR"), json!("ısparta izmir")),
        ("upper", json!({}), json!("straße"), json!("STRASSE")),
        ("upper", json!({"locale": "tr"}), json!("izmir ısparta"), json!("İZMİR ISPARTA")),
        ("truncate", json!({"max": 3}), json!("سارة"), json!("سار")),
        ("truncate", json!({"max": 2}), json!("👨‍👩‍👧👨‍👩‍👧x"), json!("👨‍👩‍👧👨‍👩‍👧")),
        ("truncate", json!({"max": 1}), json!("e\u{301}x"), json!("e\u{301}")),
        ("truncate", json!({"max": 4, "ellipsis": true}), json!("abcdef"), json!("abc…")),
        ("truncate", json!({"max": 6, "ellipsis": true}), json!("abcdef"), json!("abcdef")),
        ("split", json!({"on": " ", "take": "rest"}), json!("Sara Al Haddad"), json!("Al Haddad")),
        ("split", json!({"on": " ", "take": "last"}), json!("Sara Al Haddad"), json!("Haddad")),
        ("split", json!({"on": " ", "take": 1}), json!("Sara Al Haddad"), json!("Al")),
        ("split", json!({"on": " ", "take": 5}), json!("Sara"), json!(null)),
        ("lower", json!({}), json!(7.0), json!("7")),
    ]);
}

#[test]
fn compositions() {
    let sources = json!({"sources": ["First", "None", "Last"]});
    check(&[
        ("concat", sources, json!(null), json!("Sara Haddad")),
        (
            "concat",
            json!({"sources": ["First", "None"], "sep": "-", "skip_empty": false}),
            json!(null),
            json!("Sara-"),
        ),
        ("concat", json!({"sources": ["None", "Nothing"]}), json!("x"), json!(null)),
        (
            "template",
            json!({"text": "{Class_Short_Name|Class_Name} ({id})"}),
            json!(null),
            json!("Networks 1 (5300)"),
        ),
        ("template", json!({"text": "{{{First}}}"}), json!(null), json!("{Sara}")),
        ("template", json!({"text": "x {None}"}), json!(null), json!(null)),
    ]);
    let template = parse(&one("template", json!({"text": "{A|B} {C}"}))).expect("parses");
    assert_eq!(template.sources(), ["A", "B", "C"]);
    for bad in ["no field", "{A", "A}", "{}", "{A b}", "{A|}"] {
        assert!(parse(&one("template", json!({"text": bad}))).is_err(), "{bad}");
    }
}

#[test]
fn choices() {
    check(&[
        ("coalesce", json!({"sources": ["None", "Last"]}), json!(null), json!("Haddad")),
        ("coalesce", json!({"sources": ["None"]}), json!("x"), json!(null)),
        ("default", json!({"value": "x"}), json!("-None-"), json!("x")),
        ("default", json!({"value": "x"}), json!("y"), json!("y")),
        (
            "value_map",
            json!({"map": {"Freezed": "Suspended"}}),
            json!("freezed"),
            json!("Suspended"),
        ),
        ("value_map", json!({"map": {"a": 1}, "case": true}), json!("A"), json!("A")),
        ("value_map", json!({"map": {"a": 1}, "else": "null"}), json!("b"), json!(null)),
        (
            "value_map",
            json!({"map": {"a": 1}, "else": "value", "value": "other"}),
            json!("b"),
            json!("other"),
        ),
        ("boolean", json!({}), json!("Yes"), json!(true)),
        ("boolean", json!({}), json!(1), json!(true)),
        ("boolean", json!({}), json!("نعم"), json!(true)),
        ("boolean", json!({}), json!("No"), json!(false)),
        ("boolean", json!({"true": ["Ja"], "false": ["Nein"]}), json!("ja"), json!(true)),
        ("boolean", json!({"else": "null"}), json!("maybe"), json!(null)),
        ("boolean", json!({"else": false}), json!("maybe"), json!(false)),
        ("boolean", json!({}), json!(null), json!(null)),
    ]);
    refuses(&[
        ("value_map", json!({"map": {"a": 1}, "else": "fail"}), json!("b")),
        ("boolean", json!({}), json!("maybe")),
    ]);
    let reason = apply(&one("value_map", json!({"map": {}, "else": "fail"})), &json!("x"));
    assert!(reason.expect_err("fails").contains("'x'"));
}

#[test]
fn a_value_map_learns_the_stored_word() {
    let rules =
        one("value_map", json!({"map": {"Freeze": "Suspended", "Active": "On"}, "else": "fail"}));
    let mut transform = parse(&rules).expect("parses");
    assert_eq!(transform.mapped_words(), ["Freeze", "Active"]);
    let pairs = [("Freezed", "Freeze"), ("Active", "Freeze")];
    transform.learn(&pairs.map(|(stored, shown)| (stored.to_owned(), shown.to_owned())));
    let map = |word: &str| transform.apply(&json!(word), &record()).expect("maps");
    assert_eq!((map("Freezed"), map("Freeze")), (json!("Suspended"), json!("Suspended")));
    assert_eq!(map("Active"), "On", "a word of the map's own keeps its meaning");
}

#[test]
fn grades() {
    let raw = |value: Value, wanted: Value| ("grade_letter", json!({}), value, wanted);
    check(&[
        raw(json!(0), json!("F")),
        raw(json!(1.5), json!("R")),
        raw(json!(2), json!("P")),
        raw(json!("3.00"), json!("M")),
        raw(json!(4), json!("D")),
        raw(json!(-1), json!(null)),
        raw(json!("-1.00000"), json!(null)),
        raw(json!(null), json!(null)),
        ("grade_letter", json!({"scale": "plugin"}), json!(null), json!("R")),
        ("grade_letter", json!({"scale": "plugin"}), json!(-1), json!(null)),
        ("grade_letter", json!({"from": "percent"}), json!(69.9), json!("M")),
        ("grade_letter", json!({"from": "percent"}), json!("٧٠"), json!("D")),
        ("grade_letter", json!({"from": "word"}), json!("Distinction"), json!("D")),
        ("grade_letter", json!({"from": "word"}), json!("rr"), json!("RR")),
        (
            "grade_letter",
            json!({"scale": {"rows": [{"at": 50, "letter": "Pass"}, {"at": 0, "letter": "Fail"}], "null": "-"}}),
            json!(51),
            json!("Pass"),
        ),
    ]);
    refuses(&[
        ("grade_letter", json!({}), json!("good")),
        ("grade_letter", json!({}), json!(-2)),
        ("grade_letter", json!({"from": "word"}), json!("Mapped")),
    ]);
}

#[test]
fn structures() {
    check(&[
        ("lookup_id", json!({}), json!({"id": "53", "name": "A"}), json!("53")),
        ("lookup_id", json!({}), json!("53"), json!("53")),
        ("lookup_name", json!({}), json!({"id": "53", "name": "A"}), json!("A")),
        ("lookup_name", json!({}), json!({"id": "53", "name": null}), json!(null)),
        (
            "json",
            json!({}),
            json!([{"b": "ب", "a": 1.0, "$x": true}]),
            json!("[{\"a\":1,\"b\":\"ب\"}]"),
        ),
        ("json", json!({"pick": ["b", "c"]}), json!([{"a": 1, "b": 2.50}]), json!("[{\"b\":2.5}]")),
        ("image_url_resolver", json!({}), json!([{"File_Id__s": "f"}]), json!("f")),
        (
            "image_url_resolver",
            json!({"prefer": "last"}),
            json!([{"url": "a"}, {"url": "b"}]),
            json!("b"),
        ),
        (
            "image_url_resolver",
            json!({"base": "https://crm.example/x/"}),
            json!("/photo/1"),
            json!("https://crm.example/photo/1"),
        ),
        ("image_url_resolver", json!({}), json!([]), json!(null)),
    ]);
    refuses(&[
        ("lookup_id", json!({}), json!([1])),
        ("lookup_id", json!({}), json!({"name": "A"})),
        ("trim", json!({}), json!({"id": 1})),
    ]);
    let rows = Value::Array(vec![json!({}); 201]);
    let many = parse(&one("json", json!({}))).expect("parses").apply(&rows, &record());
    assert_eq!(many.expect_err("too many").1.code, code::TRANSFORM_BUDGET);
}

#[test]
fn dates() {
    let zone = |name: &str| json!({ "zone": name });
    check(&[
        ("date_only", json!({}), json!("2026-09-01T23:30:00+03:00"), json!("2026-09-01")),
        ("date_only", json!({}), json!("٢٠٢٦-٠٩-٠١"), json!("2026-09-01")),
        ("date_only", zone("UTC"), json!("2026-09-01T01:30:00+03:00"), json!("2026-08-31")),
        ("date_only", zone("Asia/Amman"), json!("2026-09-01"), json!("2026-09-01")),
        ("date_format", json!({"from": "%d/%m/%Y"}), json!("01/09/2026"), json!("2026-09-01")),
        ("date_format", json!({"to": "%d.%m.%Y"}), json!("2026-09-01"), json!("01.09.2026")),
        (
            "date_format",
            json!({"to": "%Y-%m-%dT%H:%M:%S%:z", "zone": "Asia/Amman"}),
            json!("2026-09-01T10:00:00Z"),
            json!("2026-09-01T13:00:00+03:00"),
        ),
        ("epoch", zone("Asia/Amman"), json!("2026-09-01"), json!(1_788_210_000)),
        (
            "epoch",
            json!({"zone": "Asia/Amman", "at": "end"}),
            json!("2026-09-01"),
            json!(1_788_296_399),
        ),
        ("epoch", zone("Asia/Amman"), json!("2026-09-01T00:00:00+00:00"), json!(1_788_220_800)),
    ]);
    refuses(&[
        ("date_only", json!({}), json!("01/09/2026")),
        ("date_only", json!({}), json!("2026-02-30")),
        ("date_only", json!({}), json!("2026-09-011")),
        ("date_format", json!({"to": "%z"}), json!("2026-09-01")),
        ("date_format", json!({"from": "%d/%m/%Y"}), json!("2026-09-01")),
        ("epoch", zone("UTC"), json!("soon")),
    ]);
    for bad in [json!({"to": "%Q"}), json!({"to": "day"}), json!({"zone": "Mars/Base"})] {
        assert!(parse(&one("date_format", bad.clone())).is_err(), "{bad}");
    }
    assert!(parse(&one("epoch", json!({}))).is_err(), "the zone is never the machine's");
}

#[test]
fn clock_changes_are_decided() {
    let berlin = |local: &str, ambiguous: &str| {
        let to = "%Y-%m-%dT%H:%M:%S%:z";
        let params = json!({"zone": "Europe/Berlin", "to": to, "ambiguous": ambiguous});
        apply(&one("date_format", params), &json!(local))
    };
    let doubled = "2026-10-25T02:30:00";
    assert_eq!(berlin(doubled, "earlier"), Ok(json!("2026-10-25T02:30:00+02:00")));
    assert_eq!(berlin(doubled, "later"), Ok(json!("2026-10-25T02:30:00+01:00")));
    assert!(berlin(doubled, "fail").is_err());
    let left_out = "2026-03-29T02:30:00";
    assert_eq!(berlin(left_out, "earlier"), Ok(json!("2026-03-29T01:30:00+01:00")));
    assert_eq!(berlin(left_out, "later"), Ok(json!("2026-03-29T03:30:00+02:00")));
    assert!(berlin(left_out, "fail").is_err());
    // In Cairo the clock jumps at midnight: the day of 2026-04-24 begins at 01:00.
    let cairo = apply(&one("epoch", json!({"zone": "Africa/Cairo"})), &json!("2026-04-24"));
    assert_eq!(cairo, Ok(json!(1_776_981_600)));
}

#[test]
fn a_year_has_four_digits() {
    let format = |from: &str| json!({"from": from, "to": "%Y-%m-%d"});
    check(&[
        ("date_format", format("%d/%m/%y"), json!("05/03/24"), json!("2024-03-05")),
        ("date_format", format("%d/%m/%Y"), json!("05/03/2024"), json!("2024-03-05")),
        ("date_only", json!({}), json!("\u{200e}2024-03-05\u{feff}"), json!("2024-03-05")),
    ]);
    refuses(&[
        ("date_format", format("%d/%m/%Y"), json!("05/03/24")),
        ("date_format", format("%d/%m/%Y %H:%M"), json!("05/03/24 10:00")),
        ("date_format", format("%d/%m/%Y"), json!("05/03/12024")),
        ("date_only", json!({}), json!("0024-03-05")),
        ("date_only", json!({}), json!("0024-03-05T10:00:00Z")),
        ("epoch", json!({"zone": "UTC"}), json!("0024-03-05")),
    ]);
}

#[test]
fn numbers() {
    let auto = json!({"decimal": "auto"});
    check(&[
        ("to_integer", json!({}), json!("15"), json!(15)),
        ("to_integer", json!({}), json!("١٥"), json!(15)),
        ("to_integer", json!({}), json!("۱۵"), json!(15)),
        ("to_integer", json!({}), json!("15.0"), json!(15)),
        ("to_integer", json!({}), json!(15.0), json!(15)),
        ("to_integer", json!({"round": "floor"}), json!("-1.5"), json!(-2)),
        ("to_integer", json!({"round": "half_even"}), json!("2.5"), json!(2)),
        ("to_integer", json!({"round": "half_even"}), json!("3.5"), json!(4)),
        ("to_integer", json!({"round": "half_even"}), json!("2.51"), json!(3)),
        ("to_integer", json!({"min": 0, "max": 15}), json!("15"), json!(15)),
        ("to_decimal", json!({"decimal": ","}), json!("1.234,5"), json!("1234.5")),
        ("to_decimal", json!({}), json!("1,234.50"), json!("1234.5")),
        ("to_decimal", json!({}), json!("12,34,567"), json!("1234567")),
        ("to_decimal", json!({"group": " "}), json!("1\u{202f}234.5"), json!("1234.5")),
        ("to_decimal", json!({}), json!("-0.00"), json!("0")),
        ("to_decimal", auto.clone(), json!("1.234,5"), json!("1234.5")),
        ("to_decimal", auto.clone(), json!("1,234.5"), json!("1234.5")),
        ("to_decimal", auto.clone(), json!("1,5"), json!("1.5")),
        ("to_decimal", auto.clone(), json!("0.500"), json!("0.5")),
        ("to_decimal", auto.clone(), json!("1.234.567"), json!("1234567")),
        ("to_decimal", json!({"round": "half_even", "scale": 1}), json!("9.96"), json!("10")),
        ("to_decimal", json!({}), json!("١٬٢٣٤٫٥"), json!("1234.5")),
    ]);
    refuses(&[
        ("to_integer", json!({}), json!("15 pt")),
        ("to_integer", json!({}), json!("1.5")),
        ("to_integer", json!({}), json!("99999999999999999999")),
        ("to_integer", json!({"max": 10}), json!("11")),
        ("to_integer", json!({"min": 0}), json!("-1")),
        ("to_decimal", json!({}), json!("1,23")),
        ("to_decimal", json!({}), json!("1.2.3")),
        ("to_decimal", auto.clone(), json!("1.500")),
        ("to_decimal", auto, json!("1,500")),
        ("to_decimal", json!({}), json!("NaN")),
        ("to_decimal", json!({}), json!("1e5")),
    ]);
}

#[test]
fn money() {
    check(&[
        ("money", json!({}), json!("1,500 USD"), json!("1500")),
        ("money", json!({}), json!("$1,500.50"), json!("1500.5")),
        ("money", json!({}), json!("USD -5"), json!("-5")),
        ("money", json!({}), json!("١٬٥٠٠ د.أ"), json!("1500")),
        ("money", json!({"decimal": ","}), json!("1.500,00 TRY"), json!("1500")),
        ("money", json!({"decimal": ","}), json!("1.500 TRY"), json!("1500")),
        ("money", json!({}), json!(1500.5), json!("1500.5")),
        ("money", json!({"round": "half_even"}), json!("0.125"), json!("0.12")),
        ("money", json!({"scale": 3}), json!("1.250 JOD"), json!("1.25")),
        ("money", json!({"currency": "USD"}), json!("5 usd"), json!("5")),
        ("money", json!({"currency": "Currency"}), json!("5 USD"), json!("5")),
        ("money", json!({"currency": "USD"}), json!("5"), json!("5")),
        ("money", json!({}), json!(0.1), json!("0.1")),
        // Books of account write the sign behind the number.
        ("money", json!({}), json!("1,234.50-"), json!("-1234.5")),
        ("money", json!({}), json!("1,234.50 \u{2212}"), json!("-1234.5")),
        ("money", json!({}), json!("5- JOD"), json!("-5")),
        ("money", json!({}), json!("€ 5-"), json!("-5")),
        ("money", json!({}), json!("\u{200f}5\u{200b} ₪\u{202c}"), json!("5")),
        ("money", json!({}), json!(1250.125), json!("1250.125")),
        ("money", json!({}), json!("1250.125 JOD"), json!("1250.125")),
        ("money", json!({}), json!("KWD 1.250"), json!("1.25")),
        ("money", json!({"currency": "BHD"}), json!("1.250"), json!("1.25")),
        ("money", json!({}), json!("1,500.00 JPY"), json!("1500")),
    ]);
    refuses(&[
        ("money", json!({"decimal": "auto"}), json!("1.500")),
        ("money", json!({}), json!("1.500 USD")),
        ("money", json!({}), json!("USD")),
        ("money", json!({}), json!("5 to 6 USD")),
        ("money", json!({"currency": "USD"}), json!("5 EUR")),
        ("money", json!({"scale": 2}), json!(0.125)),
        ("money", json!({}), json!(0.12345)),
        ("money", json!({"currency": "USD"}), json!(0.125)),
        ("money", json!({}), json!("1.500")),
        ("money", json!({}), json!("1.2505 JOD")),
        ("money", json!({}), json!("1500.50 JPY")),
    ]);
    // Nothing behind a number is passed over unless it can be a currency.
    for text in [
        "(5)", "(5", "5%", "5 CR", "Dr. 5", "-5-", "+5-", "5/-", "5#", "5 *", "5--", "5 JOD-",
        "5:30",
    ] {
        refuses(&[("money", json!({}), json!(text))]);
    }
}

#[test]
fn patterns() {
    check(&[
        ("regex_extract", json!({"pattern": "([A-Z]\\d+)"}), json!("unit A12 b"), json!("A12")),
        ("regex_extract", json!({"pattern": "(\\d)(\\d)", "group": 2}), json!("x12"), json!("2")),
        ("regex_extract", json!({"pattern": "\\d"}), json!("x"), json!(null)),
        ("regex_replace", json!({"pattern": "\\s+", "with": "-"}), json!("a  b c"), json!("a-b-c")),
        (
            "regex_replace",
            json!({"pattern": "(a)(b)", "with": "$2$1"}),
            json!("abab"),
            json!("baba"),
        ),
        (
            "regex_replace",
            json!({"pattern": "a", "with": "b", "all": false}),
            json!("aa"),
            json!("ba"),
        ),
    ]);
    refuses(&[("regex_extract", json!({"pattern": "\\d", "else": "fail"}), json!("x"))]);
    for bad in
        [json!({"pattern": "("}), json!({"pattern": ""}), json!({"pattern": "a", "group": 1})]
    {
        assert!(parse(&one("regex_extract", bad.clone())).is_err(), "{bad}");
    }
    assert!(parse(&one("regex_replace", json!({"pattern": "x".repeat(1_025)}))).is_err());
    let replace = |pattern: &str| parse(&one("regex_replace", json!({"pattern": pattern}))).is_ok();
    for tame in
        [r"\s+", r"\s+|-+", "(a|b)+c", "a.*z", r"(?:[a-z]{1,20}\d)*", "x(y+)?", r"[a-z]+\d+"]
    {
        assert!(replace(tame), "{tame}");
    }
    for square in [
        ".*z|a",
        "a(.*z)?",
        r"(?:[a-z]+\d)*",
        r"(?:[a-z]+\d)?x*",
        "(?:a{300}b)?",
        "x*(a+b|c)",
        r"^\s+|\s+$",
    ] {
        assert!(!replace(square), "{square}");
    }
}

#[test]
fn wrong_rules_are_refused_by_name() {
    let step = json!({"type": "lower"});
    let bad = [
        json!({"type": "magic"}),
        json!({"params": {}}),
        json!({"type": "trim", "params": {"x": 1}}),
        json!({"type": "trim", "extra": 1}),
        json!({"type": "truncate"}),
        json!({"type": "split", "params": {"on": ""}}),
        json!({"type": "lower", "params": {"locale": "de"}}),
        json!({"type": "value_map", "params": {"map": {}, "value": 1}}),
        json!({"type": "boolean", "params": {"true": ["x"], "false": ["X"]}}),
        json!({"type": "to_decimal", "params": {"decimal": ",", "group": ","}}),
        json!({"type": "to_integer", "params": {"min": 2, "max": 1}}),
        json!({"type": "to_integer", "params": {"currency": "USD"}}),
        json!({"type": "image_url_resolver", "params": {"base": "ftp://x"}}),
        json!({"type": "chain", "params": {"steps": []}}),
        json!({"type": "chain", "params": {"steps": [{"type": "chain", "params": {"steps": [step]}}]}}),
        json!({"type": "chain", "params": {"steps": vec![step.clone(); 13]}}),
        json!({"type": "chain", "params": {"steps": [step], "more": 1}}),
        json!({"type": "before_at", "description": 1}),
    ];
    for rules in bad {
        assert!(parse(&rules).is_err(), "{rules}");
    }
    assert!(parse(&json!({"type": "magic"})).unwrap_err().contains("before_at"));
    let chain = json!({"type": "chain", "params": {"steps": [step, {"type": "magic"}]}});
    assert!(parse(&chain).unwrap_err().starts_with("step 2: unknown transform type 'magic'"));
    assert!(parse(&json!({"type": "chain", "params": {"steps": vec![step; 12]}})).is_ok());
}

#[test]
fn sizes_are_bounded() {
    let long = "x".repeat(TEXT_MAX);
    assert!(apply(&one("upper", json!({})), &json!(long)).is_ok());
    let longer = json!(format!("{long}x"));
    for name in ["upper", "value"] {
        let failure = parse(&one(name, json!({}))).expect("parses").apply(&longer, &record());
        assert_eq!(failure.expect_err("too long").1.code, code::TRANSFORM_BUDGET, "{name}");
    }
    let grown = one("regex_replace", json!({"pattern": "x", "with": "xxxxxxxx"}));
    let failure = parse(&grown).expect("parses").apply(&json!("x".repeat(9_000)), &record());
    assert_eq!(failure.expect_err("too long").1.code, code::TRANSFORM_BUDGET);
}

#[test]
fn decimals_have_one_form() {
    for (text, wanted) in [
        ("1500", "1500"),
        ("1500.00", "1500"),
        ("01.50", "1.5"),
        ("-0", "0"),
        ("+7", "7"),
        ("1e3", "1000"),
        ("1.25e1", "12.5"),
        ("125e-3", "0.125"),
        ("0.0", "0"),
    ] {
        assert_eq!(Decimal::parse(text).map(|n| n.to_string()).as_deref(), Some(wanted), "{text}");
    }
    for bad in ["", "-", "1,5", "1.2.3", ".5", "1.", "NaN", "1e", "1e999", "0x1", "١"] {
        assert_eq!(Decimal::parse(bad), None, "{bad}");
    }
    let order = ["-10", "-9.5", "-0.1", "0", "0.05", "0.5", "9", "10", "10.01"];
    for pair in order.windows(2) {
        let [one, other] = pair else { panic!("two") };
        let (one, other) = (Decimal::parse(one).expect("a"), Decimal::parse(other).expect("b"));
        assert_eq!(one.compare(&other), std::cmp::Ordering::Less, "{one} {other}");
    }
}
