//! Page tokens, given back changed, and forged ones with the right checksum.

use {
    super::{Asked, Moment, TIMES},
    crate::{
        domain::id::TenantId,
        fuzz::{Dice, made},
        store::TenantScope,
    },
    chrono::DateTime,
    serde_json::{Value, json},
};

fn asked() -> Asked {
    let scope = TenantScope::new(TenantId::parse("acme").expect("an id"));
    Asked::new("items", &scope, &("students", 5))
}

#[test]
fn a_changed_token_is_refused() {
    let asked = asked();
    let make = |dice: &mut Dice| {
        let micros = dice.border().rem_euclid(TIMES.end);
        let time = Moment(DateTime::from_timestamp_micros(micros).expect("a time"));
        let token = asked.token(&(time, dice.text(&["id", "é"], 3).replace('\0', "")));
        let mut changed = token.clone().into_bytes();
        dice.change(&mut changed, &[token.clone().into_bytes()], &["A", "=", "-", "_", "+"]);
        (token, String::from_utf8_lossy(&changed).into_owned())
    };
    made("page", 4_000, make, |(token, changed)| {
        let mut faults = Vec::new();
        assert!(asked.place::<(Moment, String)>(token, &mut faults).is_some() && faults.is_empty());
        let read = asked.place::<(Moment, String)>(changed, &mut faults);
        assert_eq!(read.is_some(), changed == token);
        assert_eq!(faults.len(), usize::from(changed != token && !changed.is_empty()));
    });
}

#[test]
fn a_forged_place_is_within_bounds() {
    let asked = asked();
    let make = |dice: &mut Dice| {
        let mut deep = json!(dice.border());
        for _ in 0..dice.below(200) {
            deep = json!([deep]);
        }
        let any: [Value; 4] =
            [json!(dice.border()), json!(dice.text(&["\0", "x"], 3)), deep, json!({})];
        json!([any[dice.below(4)], any[dice.below(4)]])
    };
    made("forged_page", 4_000, make, |place| {
        let token = asked.token(place);
        let mut faults = Vec::new();
        if let Some((time, text)) = asked.place::<(Moment, String)>(&token, &mut faults) {
            assert!(TIMES.contains(&time.0.timestamp_micros()) && !text.contains('\0'));
        }
        let _read_or_refused = asked.place::<(i64, String)>(&token, &mut faults);
    });
}
