//! Custom profile fields: what they store, what they silently drop, and how they are read back.

use {
    super::user::User,
    crate::world::Settings,
    serde_json::{Value, json},
    std::borrow::Cow,
};

/// A custom profile field.
struct Field {
    shortname: &'static str,
    name: &'static str,
    kind: &'static str,
    choices: &'static [&'static str],
}

const fn field(shortname: &'static str, name: &'static str, kind: &'static str) -> Field {
    Field { shortname, name, kind, choices: &[] }
}

/// All fields that a site may have; a setting selects those that it has.
const FIELDS: [Field; 6] = [
    field("zoho_id", "Zoho id", "text"),
    Field {
        choices: &["", "paid", "pending", "overdue"],
        ..field("payment_status", "Payment status", "menu")
    },
    field("balance", "Balance", "text"),
    field("last_payment", "Last payment", "text"),
    field("paid", "Paid", "checkbox"),
    field("regdate", "Registration date", "datetime"),
];

/// Returns the short names of all fields.
pub(crate) fn shortnames() -> Vec<String> {
    FIELDS.iter().map(|field| field.shortname.to_owned()).collect()
}

fn fields(settings: &Settings) -> impl Iterator<Item = &'static Field> {
    let there = |field: &&Field| settings.profile_fields.iter().any(|own| own == field.shortname);
    FIELDS.iter().filter(there)
}

/// Returns the value that a field stores; `None` for a field that does not exist. A choice that is
/// not in the list empties it.
pub(super) fn kept<'v>(
    settings: &Settings,
    shortname: &str,
    value: &'v str,
) -> Option<Cow<'v, str>> {
    let field = fields(settings).find(|field| field.shortname == shortname)?;
    match field.kind {
        "menu" => Some(Cow::Borrowed(if field.choices.contains(&value) { value } else { "" })),
        "checkbox" => Some(Cow::Borrowed(if value == "1" { "1" } else { "0" })),
        // Stored with the precision of a day.
        "datetime" if !value.is_empty() => {
            let time: i64 = value.parse().ok()?;
            Some(Cow::Owned(time.saturating_sub(time.rem_euclid(86_400)).to_string()))
        }
        _ => Some(Cow::Borrowed(value)),
    }
}

/// Returns a user's fields as a read shows them: fields without a value are left out, except
/// checkboxes.
pub(super) fn shown(user: &User, settings: &Settings) -> Vec<Value> {
    let one = |field: &Field| {
        let value = user.custom(field.shortname);
        (!value.is_empty() || field.kind == "checkbox").then(|| {
            json!({
                "type": field.kind,
                "value": value,
                "displayvalue": value,
                "name": field.name,
                "shortname": field.shortname,
            })
        })
    };
    fields(settings).filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use {crate::moodle::bench::Bench, serde_json::Value};

    fn custom(pairs: &[(&str, &str)]) -> String {
        let one = |(n, (name, value)): (usize, &(&str, &str))| {
            format!(
                "&users[0][customfields][{n}][type]={name}&users[0][customfields][{n}][value]={value}"
            )
        };
        pairs.iter().enumerate().map(one).collect()
    }

    fn read(bench: &mut Bench) -> Vec<(String, String)> {
        let rows = bench.ok("core_user_get_users_by_field", "field=id&values[0]=4");
        let fields = rows[0]["customfields"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        fields.iter().map(|own| (text(&own["shortname"]), text(&own["value"]))).collect()
    }

    #[test]
    fn good_values_come_back_and_bad_ones_vanish() {
        let mut bench = Bench::school();
        let write = |bench: &mut Bench, pairs: &[(&str, &str)]| {
            bench.ok("core_user_update_users", &format!("users[0][id]=4{}", custom(pairs)));
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read(&mut bench), [pair("paid", "")]);
        write(
            &mut bench,
            &[
                ("zoho_id", "415"),
                ("payment_status", "late"),
                ("nothing", "x"),
                ("paid", "1"),
                ("regdate", "1700000000"),
                ("balance", "1,500 USD"),
            ],
        );
        let all = [
            pair("zoho_id", "415"),
            pair("balance", "1,500 USD"),
            pair("paid", "1"),
            pair("regdate", "1699920000"),
        ];
        assert_eq!(read(&mut bench), all);
        write(&mut bench, &[("balance", ""), ("payment_status", "overdue"), ("regdate", "")]);
        let rest = [pair("zoho_id", "415"), pair("payment_status", "overdue"), pair("paid", "1")];
        assert_eq!(read(&mut bench), rest);
        bench.settings.profile_fields.retain(|name| name != "zoho_id");
        assert_eq!(read(&mut bench), [pair("payment_status", "overdue"), pair("paid", "1")]);
    }
}
