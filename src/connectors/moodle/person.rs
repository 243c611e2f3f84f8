//! Users of a Moodle site: find, create, update (reference, sections 5 to 7). Payload names are
//! Moodle's own.

use {
    super::{
        super::text::clean,
        client::{CONTROL_VARIABLES, Client, rejected, stop, unclear_read, unclear_write},
        form::{Form, variables},
    },
    crate::{
        domain::record::{Payload, TargetRecord},
        ports::{ConnectorError, Written},
    },
    serde_json::{Map, Value},
    std::collections::{HashMap, HashSet},
};

/// Finds users whose `key` equals one of `values`.
pub(super) async fn look_up(
    client: &Client,
    key: &str,
    values: &[String],
) -> Result<Vec<TargetRecord>, ConnectorError> {
    if !matches!(key, "id" | "username" | "email" | "idnumber") {
        // For other fields Moodle returns everybody.
        return Err(rejected("users can be found by id, username, email or idnumber only"));
    }
    let asked: HashSet<&str> =
        values.iter().map(String::as_str).filter(|value| can_exist(key, value)).collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let answer = client
        .read("core_user_get_users_by_field", |form| {
            form.text("field", key);
            for (index, value) in asked.iter().enumerate() {
                form.text(&format!("values[{index}]"), value);
            }
        })
        .await?;
    found(key, &asked, answer)
}

/// Returns whether a user can have the value: Moodle would refuse the whole look-up for one that
/// cannot, and finds others for an empty one.
fn can_exist(key: &str, value: &str) -> bool {
    let form = match key {
        "id" => value.bytes().all(|byte| byte.is_ascii_digit()),
        "username" => !value.chars().any(|c| c.is_uppercase() || c.is_whitespace()),
        _ => true,
    };
    form && !value.is_empty()
}

/// Reads the found users. Rows of others are dropped.
fn found(
    key: &str,
    asked: &HashSet<&str>,
    answer: Value,
) -> Result<Vec<TargetRecord>, ConnectorError> {
    // Anything but a list, such as rows that come with warnings, may hold users nobody asked for.
    let Value::Array(rows) = answer else {
        return Err(unclear_read("Moodle's answer to a look-up is not a list of users"));
    };
    let mut users = Vec::with_capacity(rows.len());
    for row in rows {
        let Value::Object(row) = row else {
            return Err(unclear_read("a row of Moodle's users is no object"));
        };
        let Some(id) = id(&row) else {
            return Err(unclear_read("a row of Moodle's users has no id"));
        };
        let value =
            if key == "id" { Some(id.as_str()) } else { row.get(key).and_then(Value::as_str) };
        let Some(value) = value else {
            // To take such a user for absent would create a second one.
            let message = format!(
                "the Moodle account may not see the {key} of users; give it \
                 moodle/user:viewalldetails and moodle/site:viewuseridentity, and show the field \
                 in showuseridentity"
            );
            return Err(stop("MOODLE_CAPABILITY_MISSING", &message));
        };
        if asked.contains(value) {
            let scalars =
                row.into_iter().filter(|(_, value)| !value.is_array() && !value.is_object());
            users.push(TargetRecord { id, fields: scalars.collect() });
        }
    }
    let unique = matches!(key, "id" | "username");
    if unique && users.len() > asked.len() {
        return Err(unclear_read("Moodle sent more users than there are keys"));
    }
    Ok(users)
}

fn id(row: &Map<String, Value>) -> Option<String> {
    let id = row.get("id")?;
    let number = id.as_u64().or_else(|| id.as_str()?.parse().ok())?;
    (number > 0).then(|| number.to_string())
}

/// Creates users, all or none.
pub(super) async fn create(
    client: &Client,
    max_vars: usize,
    records: &[Payload],
) -> Result<Vec<Written>, ConnectorError> {
    let total: usize = records.iter().map(weight).sum();
    if CONTROL_VARIABLES + total > max_vars {
        return Err(rejected(&format!(
            "a call may hold {max_vars} form variables; send fewer records at once"
        )));
    }
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let fill = |form: &mut Form| {
        for (index, record) in records.iter().enumerate() {
            add(form, index, record);
        }
    };
    created(records, &client.write("core_user_create_users", fill).await?)
}

/// Reads the answer to a create: as many rows as were sent, with their usernames, in their order.
fn created(records: &[Payload], answer: &Value) -> Result<Vec<Written>, ConnectorError> {
    let unclear =
        || unclear_write("Moodle's answer to a create does not name the users that were sent");
    let rows = answer.as_array().filter(|rows| rows.len() == records.len()).ok_or_else(unclear)?;
    let mut ids = HashSet::with_capacity(rows.len());
    let pairs = records.iter().zip(rows).map(|(record, row)| {
        let row = row.as_object()?;
        let same = record.get("username").is_some_and(|name| Some(name) == row.get("username"));
        let id = id(row).filter(|id| same && ids.insert(id.clone()))?;
        Some(Written::Done(id))
    });
    pairs.collect::<Option<Vec<_>>>().ok_or_else(unclear)
}

/// Updates users, each on its own. Ids count as variables, so a batch may take more than one call;
/// an error of a later call leaves the earlier ones stored, and sending all of it again does no
/// harm.
pub(super) async fn update(
    client: &Client,
    max_vars: usize,
    records: &[(String, Payload)],
) -> Result<Vec<Written>, ConnectorError> {
    let mut outcomes = Vec::with_capacity(records.len());
    let mut rest = records;
    while !rest.is_empty() {
        let mut room = max_vars.saturating_sub(CONTROL_VARIABLES);
        let fits = |(_, record): &&(String, Payload)| {
            let left = room.checked_sub(1 + weight(record));
            room = left.unwrap_or(room);
            left.is_some()
        };
        let count = rest.iter().take_while(fits).count();
        let Some((batch, later)) = rest.split_at_checked(count).filter(|_| count > 0) else {
            let message = format!("a record has more than the {max_vars} form variables of a call");
            return Err(rejected(&message));
        };
        let fill = |form: &mut Form| {
            for (index, (id, record)) in batch.iter().enumerate() {
                form.text(&format!("users[{index}][id]"), id);
                add(form, index, record);
            }
        };
        outcomes.extend(updated(batch, &client.write("core_user_update_users", fill).await?)?);
        rest = later;
    }
    Ok(outcomes)
}

/// Reads the answer to an update: everything is stored but what a warning names.
fn updated(records: &[(String, Payload)], answer: &Value) -> Result<Vec<Written>, ConnectorError> {
    let unclear = || unclear_write("Moodle's answer to an update is not a list of warnings");
    // Old versions answer with null.
    let none = Vec::new();
    let warnings = match answer {
        Value::Null => &none,
        answer => answer.get("warnings").and_then(Value::as_array).ok_or_else(unclear)?,
    };
    let mut refused = HashMap::new();
    for warning in warnings {
        let number = warning.get("itemid").ok_or_else(unclear)?;
        let id = number.as_str().map_or_else(|| number.to_string(), str::to_owned);
        if !records.iter().any(|(known, _)| *known == id) {
            return Err(unclear());
        }
        refused.entry(id).or_insert_with(|| refusal(warning));
    }
    let outcome =
        |(id, _): &(String, Payload)| refused.get(id).cloned().unwrap_or(Written::Done(id.clone()));
    Ok(records.iter().map(outcome).collect())
}

fn refusal(warning: &Value) -> Written {
    let text =
        |name: &str| clean(warning.get(name).and_then(Value::as_str).unwrap_or_default(), &[]);
    let word = text("warningcode");
    let code = match word.as_str() {
        "useremailduplicate" => "MOODLE_EMAIL_TAKEN",
        "invaliduserid" => "MOODLE_USER_UNKNOWN",
        // What the database refuses of one user is the one name that is unique there.
        "dmlwriteexception" => "MOODLE_USERNAME_TAKEN",
        _ => "MOODLE_REJECTED",
    };
    let message = format!("Moodle refused the user ({word}): {}", text("message"));
    Written::Refused { code, message: message.chars().take(500).collect() }
}

fn add(form: &mut Form, index: usize, record: &Payload) {
    for (name, value) in record {
        form.add(&format!("users[{index}][{name}]"), value);
    }
}

fn weight(record: &Payload) -> usize {
    record.values().map(variables).sum()
}

#[cfg(test)]
mod tests {
    use {super::*, crate::ports::Failure, serde_json::json};

    fn payload(username: &str) -> Payload {
        Payload::from([("username".to_owned(), json!(username))])
    }

    #[test]
    fn created_users_are_matched_by_position_and_name() {
        let records = [payload("a"), payload("b")];
        let done =
            created(&records, &json!([{"id": 5, "username": "a"}, {"id": "6", "username": "b"}]))
                .unwrap();
        assert_eq!(done, [Written::Done("5".into()), Written::Done("6".into())]);
        for answer in [
            json!(null),
            json!([]),
            json!([{"id": 5, "username": "a"}]),
            json!([{"id": 6, "username": "b"}, {"id": 5, "username": "a"}]),
            json!([{"id": 5, "username": "a"}, {"id": 5, "username": "b"}]),
            json!([{"id": 5, "username": "a"}, {"username": "b"}]),
            json!([{"id": 5, "username": "a"}, {"id": 0, "username": "b"}]),
            json!({"warnings": []}),
        ] {
            assert_eq!(
                created(&records, &answer).unwrap_err().failure,
                Failure::Ambiguous,
                "{answer}"
            );
        }
    }

    #[test]
    fn warnings_refuse_single_users() {
        let records = [("5".to_owned(), payload("a")), ("6".to_owned(), payload("b"))];
        for (word, code) in [
            ("useremailduplicate", "MOODLE_EMAIL_TAKEN"),
            ("invaliduserid", "MOODLE_USER_UNKNOWN"),
            ("dmlwriteexception", "MOODLE_USERNAME_TAKEN"),
            ("usernotupdatedadmin", "MOODLE_REJECTED"),
        ] {
            let warning =
                json!({"item": "user", "itemid": 6, "warningcode": word, "message": "<b>no</b>"});
            let outcome = updated(&records, &json!({"warnings": [warning]})).unwrap();
            let message = format!("Moodle refused the user ({word}): no");
            assert_eq!(outcome, [Written::Done("5".into()), Written::Refused { code, message }]);
        }
        assert_eq!(updated(&records, &json!(null)).unwrap().len(), 2);
        for answer in
            [json!([]), json!({}), json!({"warnings": [{"itemid": 7}]}), json!({"warnings": [{}]})]
        {
            assert_eq!(
                updated(&records, &answer).unwrap_err().failure,
                Failure::Ambiguous,
                "{answer}"
            );
        }
    }

    #[test]
    fn only_users_that_were_asked_for_are_found() {
        let asked = HashSet::from(["7", "8"]);
        let rows = json!([
            {"id": 1, "idnumber": "7", "customfields": []},
            {"id": 2, "idnumber": "7"},
            {"id": 3, "idnumber": "9"},
        ]);
        let users = found("idnumber", &asked, rows).unwrap();
        assert_eq!(users.iter().map(|user| user.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(users.first().map(|user| user.fields.len()), Some(2));
        let by_id = found("id", &asked, json!([{"id": 7}, {"id": 12}])).unwrap();
        assert_eq!(by_id.len(), 1);
    }

    #[test]
    fn doubtful_look_ups_are_refused() {
        let asked = HashSet::from(["a"]);
        let hidden = found("username", &asked, json!([{"id": 1, "email": "x"}])).unwrap_err();
        assert_eq!((hidden.failure, hidden.code), (Failure::Stop, "MOODLE_CAPABILITY_MISSING"));
        for answer in [
            json!({"users": [{"id": 1, "username": "a"}], "warnings": [{}]}),
            json!([{"username": "a"}]),
            json!([{"id": 1, "username": "a"}, {"id": 2, "username": "a"}]),
            json!([null]),
            json!(null),
        ] {
            let error = found("username", &asked, answer.clone()).unwrap_err();
            assert_eq!(
                (error.failure, error.code),
                (Failure::Unreachable, "UPSTREAM_PROTOCOL"),
                "{answer}"
            );
        }
    }
}
