//! The OAuth scopes that calls need, and whether those of the refresh token cover them.

use {
    super::{module::module, query},
    crate::{answer::Call, world::Settings},
    http::Method,
    serde_json::Value,
};

/// What a call needs: the parts of a scope before its verb, and the verb.
#[derive(Debug, PartialEq, Eq)]
struct Need {
    path: Vec<String>,
    verb: &'static str,
}

impl Need {
    fn new(path: &[&str], verb: &'static str) -> Self {
        Self { path: path.iter().map(|part| (*part).to_owned()).collect(), verb }
    }

    /// Access to the records of a module; all custom modules have one name together.
    fn records(name: &str, verb: &'static str) -> Self {
        let of = module(name).filter(|module| module.standard);
        let of = of.map_or_else(|| "custom".to_owned(), |module| module.name.to_lowercase());
        Self::new(&["ZohoCRM", "modules", &of], verb)
    }

    /// Tells whether a scope covers the need: `ALL` is every verb, and a scope without a module is every module.
    fn is_covered_by(&self, scope: &str) -> bool {
        let Some((path, verb)) = scope.rsplit_once('.') else { return false };
        let verb_covers = match verb.to_ascii_uppercase().as_str() {
            "ALL" => true,
            "WRITE" => matches!(self.verb, "CREATE" | "UPDATE"),
            verb => verb == self.verb,
        };
        let mut own = self.path.iter();
        verb_covers
            && path
                .split('.')
                .all(|part| own.next().is_some_and(|own| own.eq_ignore_ascii_case(part)))
    }
}

/// Tells whether the refresh token has the scopes that a call needs; `path` follows the version in the address.
pub(crate) fn allows(settings: &Settings, call: &Call, path: &str, bulk: bool) -> bool {
    let is_met = |need: &Need| {
        let covers = |scope: &String| need.is_covered_by(scope);
        settings.scopes.iter().any(covers) && !settings.missing_scopes.iter().any(covers)
    };
    needs(call, path, bulk).iter().all(is_met)
}

/// Returns the scopes of the refresh token as the token server writes them.
pub(crate) fn granted(settings: &Settings) -> String {
    let there = |scope: &&String| !settings.missing_scopes.contains(scope);
    let scopes: Vec<&str> = settings.scopes.iter().filter(there).map(String::as_str).collect();
    scopes.join(" ")
}

fn needs(call: &Call, path: &str, bulk: bool) -> Vec<Need> {
    let body = || serde_json::from_slice::<Value>(&call.body).unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    if bulk {
        let mut needs = vec![Need::new(&["ZohoCRM", "bulk"], "READ")];
        // Only the call that names the module needs more than that.
        let body = body();
        let of = body.get("query").and_then(|query| query.get("module")?.get("api_name")?.as_str());
        needs.extend(of.map(|name| Need::records(name, "READ")));
        return needs;
    }
    match (&call.method, parts.as_slice()) {
        (_, ["org"]) => vec![Need::new(&["ZohoCRM", "org"], "READ")],
        (_, ["users", ..]) => vec![Need::new(&["ZohoCRM", "users"], "READ")],
        (_, ["settings", of, ..]) => vec![Need::new(&["ZohoCRM", "settings", of], "READ")],
        (_, ["coql"]) => {
            let body = body();
            let text = body.get("select_query").and_then(Value::as_str);
            let query = text.and_then(|text| query::parse(text).ok());
            let mut needs = vec![Need::new(&["ZohoCRM", "coql"], "READ")];
            needs.extend(query.map(|query| Need::records(&query.module, "READ")));
            needs
        }
        (&Method::GET, [name, "search"]) => {
            vec![Need::records(name, "READ"), Need::new(&["ZohoSearch", "securesearch"], "READ")]
        }
        (&Method::GET, [name, ..]) => vec![Need::records(name, "READ")],
        (&Method::POST, [name, "upsert"]) => {
            vec![Need::records(name, "CREATE"), Need::records(name, "UPDATE")]
        }
        (&Method::POST, [name, _, "actions", "convert"]) => vec![Need::records(name, "UPDATE")],
        (&Method::POST, [name, ..]) => vec![Need::records(name, "CREATE")],
        (&Method::DELETE, [name, ..]) => vec![Need::records(name, "DELETE")],
        (_, [name, ..]) => vec![Need::records(name, "UPDATE")],
        (_, []) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::HeaderMap;
    use serde_json::json;

    fn call(method: Method, body: &Value) -> Call {
        Call {
            method,
            path: String::new(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_string()),
        }
    }

    /// Tells whether these scopes are enough.
    fn enough(scopes: &[&str], method: Method, path: &str, body: &Value) -> bool {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let settings = Settings { scopes, ..Settings::default() };
        let (path, bulk) = path.strip_prefix("bulk/").map_or((path, false), |path| (path, true));
        allows(&settings, &call(method, body), path, bulk)
    }

    #[test]
    fn each_call_asks_for_its_own_scopes() {
        let none = json!({});
        let query = json!({"select_query": "select id from Contacts where id > '0'"});
        let bulk = json!({"query": {"module": {"api_name": "BTEC_Students"}}});
        // Method, path, body, scopes that are just enough, and others that are not.
        type Case<'c> = (Method, &'c str, &'c Value, &'c [&'c str], &'c [&'c str]);
        let cases: [Case<'_>; 12] = [
            (
                Method::GET,
                "Contacts",
                &none,
                &["ZohoCRM.modules.contacts.READ"],
                &[
                    "ZohoCRM.modules.leads.READ",
                    "ZohoCRM.modules.custom.ALL",
                    "ZohoCRM.modules.UPDATE",
                ],
            ),
            (
                Method::GET,
                "BTEC_Students/deleted",
                &none,
                &["ZohoCRM.modules.custom.READ"],
                &["ZohoCRM.modules.contacts.ALL"],
            ),
            (
                Method::POST,
                "Products",
                &none,
                &["ZohoCRM.modules.products.CREATE"],
                &["ZohoCRM.modules.READ", "ZohoCRM.modules.UPDATE"],
            ),
            (
                Method::PUT,
                "Leads/7",
                &none,
                &["ZohoCRM.modules.WRITE"],
                &["ZohoCRM.modules.READ", "ZohoCRM.modules.CREATE"],
            ),
            (
                Method::DELETE,
                "Leads",
                &none,
                &["ZohoCRM.modules.leads.DELETE"],
                &["ZohoCRM.modules.WRITE"],
            ),
            (
                Method::POST,
                "Leads/upsert",
                &none,
                &["ZohoCRM.modules.CREATE", "ZohoCRM.modules.UPDATE"],
                &["ZohoCRM.modules.CREATE"],
            ),
            (
                Method::GET,
                "Leads/search",
                &none,
                &["ZohoCRM.modules.ALL", "ZohoSearch.securesearch.READ"],
                &["ZohoCRM.modules.ALL"],
            ),
            (
                Method::POST,
                "coql",
                &query,
                &["ZohoCRM.coql.READ", "ZohoCRM.modules.contacts.READ"],
                &["ZohoCRM.coql.READ"],
            ),
            (
                Method::POST,
                "bulk/read",
                &bulk,
                &["ZohoCRM.bulk.ALL", "ZohoCRM.modules.custom.READ"],
                &["ZohoCRM.modules.ALL"],
            ),
            (
                Method::GET,
                "bulk/read/7/result",
                &none,
                &["ZohoCRM.bulk.READ"],
                &["ZohoCRM.modules.ALL"],
            ),
            (
                Method::GET,
                "settings/fields",
                &none,
                &["ZohoCRM.settings.fields.READ"],
                &["ZohoCRM.settings.modules.ALL", "ZohoCRM.modules.ALL"],
            ),
            (Method::GET, "org", &none, &["zohocrm.org.all"], &["ZohoCRM.settings.ALL"]),
        ];
        for (method, path, body, needed, others) in cases {
            assert!(enough(needed, method.clone(), path, body), "{method} {path}");
            assert!(!enough(others, method.clone(), path, body), "{method} {path}");
            for left_out in 0..needed.len() {
                let mut fewer = needed.to_vec();
                fewer.remove(left_out);
                assert!(!enough(&fewer, method.clone(), path, body), "{method} {path} {fewer:?}");
            }
        }
    }

    #[test]
    fn a_scope_can_be_taken_away() {
        let missing_scopes = vec!["ZohoCRM.coql.READ".to_owned()];
        let settings = Settings { missing_scopes, ..Settings::default() };
        let query = json!({"select_query": "select id from Contacts where id > '0'"});
        assert!(!allows(&settings, &call(Method::POST, &query), "coql", false));
        assert!(allows(&settings, &call(Method::GET, &json!({})), "Contacts", false));
        assert!(!granted(&settings).contains("coql"));
    }
}
