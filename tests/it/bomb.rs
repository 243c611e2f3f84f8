//! Rules and texts that are designed to take long: each is refused on save, or ends its own record, within 100 ms of
//! processor time.

use {
    serde_json::{Value, json},
    sigma_sync::domain::{record::SourceRecord, transform::Transform},
};

/// Processor time of this thread, in nanoseconds; a neighbour's work does not count.
fn processor_time() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    text.split(' ').next().and_then(|first| first.parse().ok()).expect("a number")
}

fn record() -> SourceRecord {
    let Value::Object(fields) = json!({
        "Big": "x".repeat(60_000),
        "Words": "word ".repeat(6_000),
        "Numbers": (0..1_000).collect::<Vec<_>>(),
        "Many": (0..1_001).collect::<Vec<_>>(),
        "Rows": vec![json!({"a": "x".repeat(100)}); 1_000],
    }) else {
        panic!("an object")
    };
    SourceRecord::sample(fields)
}

/// The result of a rule: `refused`, or the code of the record's failure.
fn outcome(rules: &Value, value: &Value, record: &SourceRecord) -> &'static str {
    let Ok(transform) = Transform::parse(rules.as_object().expect("an object")) else {
        return "refused";
    };
    match transform.expect("a transform").apply(value, record) {
        Ok(_) => "mapped",
        Err((_, failure)) => failure.code.word(),
    }
}

#[test]
fn twenty_bombs_go_off_in_the_open() {
    let cel = |expr: &str| json!({"type": "cel", "params": {"expr": expr}});
    let extract = |pattern: &str| json!({"type": "regex_extract", "params": {"pattern": pattern}});
    let replace = |pattern: &str, with: &str| json!({"type": "regex_replace", "params": {"pattern": pattern, "with": with}});
    let nested = (0..6)
        .fold("true".to_owned(), |inner, n| format!("[1,2,3,4,5,6,7,8,9,10].all(x{n}, {inner})"));
    let long = json!("a".repeat(65_536));
    let mixed = json!("ab".repeat(32_768));
    let over = json!("a".repeat(65_537));
    let wide = format!("[{}]", vec!["1"; 800].join(","));
    let (refused, budget) = ("refused", "TRANSFORM_BUDGET");
    let bombs = [
        ("loops in loops", cel(&nested), &long, refused),
        ("parentheses", cel(&"(".repeat(2_000)), &long, refused),
        ("a long sum", cel(&("1+".repeat(1_000) + "1")), &long, refused),
        ("many nodes", cel(&wide), &long, refused),
        ("a ladder of choices", cel(&("true?1:".repeat(290) + "1")), &long, refused),
        (
            "a costly body",
            cel(&format!("r.Numbers.map(n, {})", vec!["n"; 60].join("*"))),
            &long,
            refused,
        ),
        ("a list that is too long", cel("r.Many.exists(n, n == 2000)"), &long, budget),
        ("texts on texts", cel("r.Big + r.Big"), &long, budget),
        ("texts in a loop", cel("r.Numbers.map(n, r.Big).map(t, size(t))"), &long, budget),
        ("a search in a loop", cel("r.Numbers.filter(n, r.Words.contains('none'))"), &long, budget),
        (
            "a pattern in a loop",
            cel("r.Numbers.filter(n, r.Words.matches('(w|o|r|d| )*x'))"),
            &long,
            budget,
        ),
        ("lists of lists", cel("r.Numbers.map(n, r.Numbers)"), &long, budget),
        ("replace and grow", cel("r.Big.replace('x', r.Big)"), &long, budget),
        ("a pattern of 256 KiB", extract(r"\w{1000}{50}"), &long, refused),
        ("a pattern in powers", extract("((((a{10}){10}){10}){10}){10}"), &long, refused),
        ("a wide pattern on a long text", extract("(?:a?){400}b"), &long, budget),
        ("all the rest for each letter", replace("(?s).*z|a", "b"), &long, refused),
        ("a result that grows", replace("a", "$0$0$0$0$0$0$0$0"), &long, budget),
        ("a text beyond the limit", json!({"type": "upper"}), &over, budget),
        (
            "rows beyond the limit",
            json!({"type": "chain", "params": {"steps": [
            {"type": "coalesce", "params": {"sources": ["Rows"]}}, {"type": "json", "params": {"max_rows": 1000}}]}}),
            &long,
            budget,
        ),
    ];
    assert_eq!(bombs.len(), 20);
    let record = record();
    for (name, rules, value, wanted) in bombs {
        let begun = processor_time();
        let found = outcome(&rules, value, &record);
        let took = (processor_time() - begun) / 1_000_000;
        assert_eq!(found, wanted, "{name}");
        assert!(took <= 100, "{name} took {took} ms");
    }
    // The most expensive allowed rules keep to the same limit.
    for (name, rules) in [
        ("a search that never ends early", extract("[ab]*a[ab]{50}[cd]")),
        ("a wide pattern", extract("(?:a?b?){200}[cd]")),
        ("an expression near its end", cel("r.Numbers.map(n, n * n + n * n + n * n + n * n)")),
        ("many replacements", replace("ab", "ba")),
    ] {
        let begun = processor_time();
        let found = outcome(&rules, &mixed, &record);
        let took = (processor_time() - begun) / 1_000_000;
        assert!(["mapped", budget].contains(&found), "{name}: {found}");
        assert!(took <= 100, "{name} took {took} ms");
    }
}
