//! Users of a Moodle site: find, create, update (docs/src/moodle.md, "Batches", "Looking up users"
//! and "User fields"). Payload names are Moodle's own.

use {
    super::{
        answer::{Codes, rejected, stop, unclear_read},
        batch::{add, calls, created, id, updated, weight},
        client::{Call, Client},
    },
    crate::{
        domain::{
            code,
            id::ObjectId,
            record::{Payload, TargetRecord},
        },
        ports::{ConnectorError, Failure, Written},
    },
    serde_json::{Map, Value},
    std::collections::HashSet,
};

/// User name of the guest, an account on every site: that of all users who have not signed in.
const GUEST: &str = "guest";
/// Warnings of an update.
const CODES: Codes = &[
    ("useremailduplicate", code::MOODLE_EMAIL_TAKEN),
    ("invaliduserid", code::MOODLE_USER_UNKNOWN),
    ("usernotupdateddeleted", code::MOODLE_USER_UNKNOWN),
    ("useremailinvalid", code::EMAIL_INVALID),
    ("usernotupdatedadmin", code::ACCOUNT_PROTECTED),
    ("usernotupdatedguest", code::ACCOUNT_PROTECTED),
    // The only value of a user that is unique in the database is the user name.
    ("dmlwriteexception", code::MOODLE_USERNAME_TAKEN),
];

/// The search that finds an e-mail address in any letter case.
const SEARCH: &str = "core_user_get_users";

/// Finds users whose `key` equals one of `values`, e-mail addresses in any letter case. If the
/// database is case-sensitive, several addresses are found only as they are spelt; a single one is
/// always found, and without the function for it, that there is none is not known.
pub(super) async fn look_up(
    client: &Client,
    key: &str,
    values: &[String],
) -> Result<Vec<TargetRecord>, ConnectorError> {
    if !matches!(key, "id" | "username" | "email" | "idnumber") {
        // For other fields Moodle returns all users.
        return Err(rejected("users can be found by id, username, email or idnumber only"));
    }
    let any_names = client.site().any_names();
    let asked = values.iter().map(String::as_str).filter(|value| can_exist(key, value, any_names));
    let asked: HashSet<&str> = asked.collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let lacks = match (key, asked.iter().next(), asked.len()) {
        ("email", Some(address), 1) => match in_any_case(client, address).await? {
            Search::Done(users) => return found(key, &asked, users),
            Search::Lacking(error) => Some(error),
        },
        _ => None,
    };
    let answer = client
        .call(Call::read("core_user_get_users_by_field"), |form| {
            form.text("field", key);
            for (index, value) in asked.iter().enumerate() {
                form.text(&format!("values[{index}]"), value);
            }
        })
        .await?;
    let users = found(key, &asked, answer)?;
    // Spelt in another way, the address may be that of an account nevertheless.
    match lacks {
        Some(error) if users.is_empty() => Err(client.lacking(SEARCH, error).await),
        _ => Ok(users),
    }
}

/// Returns whether the site takes user names with any characters (`extendedusernamechars`). No
/// web service tells the setting; a look-up of such a name is refused without it.
pub(super) async fn takes_any_names(client: &Client) -> Result<bool, ConnectorError> {
    let answer = client.call(Call::read("core_user_get_users_by_field"), |form| {
        form.text("field", "username");
        form.text("values[0]", "+");
    });
    let any = match answer.await {
        Ok(_) => true,
        Err(error) if error.failure == Failure::Rejected => false,
        Err(error) => return Err(error),
    };
    client.site().note_names(any);
    Ok(any)
}

/// What came of a search for an e-mail address.
enum Search {
    /// The rows.
    Done(Value),
    /// The service of the token does not have the search.
    Lacking(ConnectorError),
}

/// Returns the rows of users with an e-mail address in any letter case: Moodle has a search for it,
/// which takes one address.
async fn in_any_case(client: &Client, address: &str) -> Result<Search, ConnectorError> {
    // The search compares like SQL's LIKE.
    let mut pattern = String::with_capacity(address.len());
    for c in address.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    let answer = client.call(Call::read(SEARCH).spare(), |form| {
        form.text("criteria[0][key]", "email");
        form.text("criteria[0][value]", &pattern);
    });
    match answer.await {
        Ok(mut answer) => {
            let warned = answer
                .get("warnings")
                .and_then(Value::as_array)
                .is_some_and(|list| !list.is_empty());
            // With a warning, the rows may be those of all users.
            let users = answer.get_mut("users").map(Value::take).filter(|_| !warned);
            users
                .map(Search::Done)
                .ok_or_else(|| unclear_read("Moodle's answer to a search is not a list of users"))
        }
        Err(error)
            if matches!(
                error.code,
                code::MOODLE_ACCESS_REFUSED | code::MOODLE_FUNCTION_MISSING
            ) =>
        {
            Ok(Search::Lacking(error))
        }
        Err(error) => Err(error),
    }
}

/// Returns whether a user can have the value: Moodle would refuse the whole look-up because of one
/// that cannot exist, and finds other users for an empty one.
fn can_exist(key: &str, value: &str, any_names: bool) -> bool {
    let spaces = |value: &str| !any_names || value.trim() != value;
    let form = match key {
        "id" => value.bytes().all(|byte| byte.is_ascii_digit()),
        "username" if value.chars().any(char::is_uppercase) => false,
        "username" => !(spaces(value) && value.chars().any(char::is_whitespace)),
        _ => true,
    };
    form && !value.is_empty()
}

/// Reads the found users. Rows of other users are dropped.
fn found(
    key: &str,
    asked: &HashSet<&str>,
    answer: Value,
) -> Result<Vec<TargetRecord>, ConnectorError> {
    // Anything but a list, such as rows that come with warnings, may hold users that were not asked
    // for.
    let Value::Array(rows) = answer else {
        return Err(unclear_read("Moodle's answer to a look-up is not a list of users"));
    };
    let mut users = Vec::with_capacity(rows.len());
    for row in rows {
        let Value::Object(row) = row else {
            return Err(unclear_read("a row of Moodle's users is not an object"));
        };
        let Some(id) = id(&row) else {
            return Err(unclear_read("a row of Moodle's users has no id"));
        };
        let value =
            if key == "id" { Some(id.as_str()) } else { row.get(key).and_then(Value::as_str) };
        let Some(value) = value else {
            // If such a user were taken to be absent, a second one would be created.
            let message = format!(
                "the Moodle account may not see the {key} of users; give it \
                 moodle/user:viewalldetails and moodle/site:viewuseridentity, and show the field \
                 in showuseridentity"
            );
            return Err(stop(code::MOODLE_CAPABILITY_MISSING, &message));
        };
        let is_asked = asked.contains(value)
            || (key == "email" && asked.iter().any(|one| one.eq_ignore_ascii_case(value)));
        // The guest account and deleted accounts, whose rows stay behind, do not count as found.
        if is_asked && !is_nobody(&row) {
            let scalars =
                row.into_iter().filter(|(_, value)| !value.is_array() && !value.is_object());
            users.push(TargetRecord { id: id.into(), fields: scalars.collect() });
        }
    }
    let unique = matches!(key, "id" | "username");
    if unique && users.len() > asked.len() {
        return Err(unclear_read("Moodle sent more users than there are keys"));
    }
    Ok(users)
}

/// Returns whether a row is that of the guest or of a deleted account. Moodle keeps the row of a
/// deleted account, with a hash in place of the address, and with the address and the time as its
/// name.
pub(super) fn is_nobody(row: &Map<String, Value>) -> bool {
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    let is_hash = |text: &str| text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let is_left = |text: &str| {
        let time = text.rsplit_once('.').filter(|(address, _)| address.contains('@'));
        time.is_some_and(|(_, time)| time.len() == 10 && time.bytes().all(|b| b.is_ascii_digit()))
    };
    match (text("email"), text("username")) {
        (_, Some(GUEST)) => true,
        (Some(email), _) => is_hash(email),
        (None, Some(name)) => is_left(name),
        (None, None) => false,
    }
}

/// Creates users, all or none.
pub(super) async fn create(
    client: &Client,
    records: &[Payload],
) -> Result<Vec<Written>, ConnectorError> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let answer = client.call(Call::write("core_user_create_users"), |form| {
        for (index, record) in records.iter().enumerate() {
            add(form, "users", index, record, &[]);
        }
    });
    created(records, Some("username"), &answer.await?)
}

/// Updates users, each on its own. Ids count as variables, so a batch may take more than one call.
/// An error of a later call leaves the earlier ones stored, and sending all of it again does no
/// harm.
pub(super) async fn update(
    client: &Client,
    records: &[(ObjectId, Payload)],
) -> Result<Vec<Written>, ConnectorError> {
    let mut outcomes = Vec::with_capacity(records.len());
    for call in calls(client, records, |(_, record)| 1 + weight(record))? {
        let answer = client.call(Call::write("core_user_update_users"), |form| {
            for (index, (id, record)) in call.iter().enumerate() {
                form.text(&format!("users[{index}][id]"), id.as_str());
                add(form, "users", index, record, &[]);
            }
        });
        outcomes.extend(updated(call, &answer.await?, CODES)?);
    }
    Ok(outcomes)
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
        let done = created(
            &records,
            Some("username"),
            &json!([{"id": 5, "username": "a"}, {"id": "6", "username": "b"}]),
        )
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
                created(&records, Some("username"), &answer).unwrap_err().failure,
                Failure::Ambiguous,
                "{answer}"
            );
        }
    }

    #[test]
    fn warnings_refuse_single_users() {
        let records = [("5".into(), payload("a")), ("6".into(), payload("b"))];
        let refused = "Moodle refused the data that was sent";
        for (word, code, sentence) in [
            (
                "useremailduplicate",
                code::MOODLE_EMAIL_TAKEN,
                "another account in Moodle has the e-mail address of the record",
            ),
            ("invaliduserid", code::MOODLE_USER_UNKNOWN, "the account is no longer in Moodle"),
            (
                "dmlwriteexception",
                code::MOODLE_USERNAME_TAKEN,
                "another account in Moodle has the user name of the record",
            ),
            (
                "usernotupdateddeleted",
                code::MOODLE_USER_UNKNOWN,
                "the account is no longer in Moodle",
            ),
            // Moodle names neither the invalid address nor the owner of the account.
            ("useremailinvalid", code::EMAIL_INVALID, refused),
            ("usernotupdatedadmin", code::ACCOUNT_PROTECTED, refused),
            ("usernotupdatedguest", code::ACCOUNT_PROTECTED, refused),
            ("usernotupdatedremote", code::MOODLE_REJECTED, refused),
        ] {
            let warning =
                json!({"item": "user", "itemid": 6, "warningcode": word, "message": "<b>no</b>"});
            let outcome = updated(&records, &json!({"warnings": [warning]}), CODES).unwrap();
            let message = format!("{sentence}: no ({word})");
            assert_eq!(outcome, [Written::Done("5".into()), Written::Refused { code, message }]);
        }
        assert_eq!(updated(&records, &json!(null), CODES).unwrap().len(), 2);
        for answer in
            [json!([]), json!({}), json!({"warnings": [{"itemid": 7}]}), json!({"warnings": [{}]})]
        {
            assert_eq!(
                updated(&records, &answer, CODES).unwrap_err().failure,
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
        let nobody = json!([
            {"id": 7, "username": "guest", "email": "root@localhost"},
            {"id": 8, "username": "a@x.example.1795983875", "email": "50c1f58be7f5e47e0f53d64c094783c2"},
            {"id": 8, "username": "a@x.example.1795983875"},
        ]);
        assert!(found("id", &asked, nobody).unwrap().is_empty());
    }

    #[test]
    fn doubtful_look_ups_are_refused() {
        let asked = HashSet::from(["a"]);
        let hidden = found("username", &asked, json!([{"id": 1, "email": "x"}])).unwrap_err();
        assert_eq!((hidden.failure, hidden.code), (Failure::Stop, code::MOODLE_CAPABILITY_MISSING));
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
                (Failure::Unreachable, code::UPSTREAM_PROTOCOL),
                "{answer}"
            );
        }
    }
}
