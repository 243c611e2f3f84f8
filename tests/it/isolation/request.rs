//! Requests of every method that are well formed and name the things of a tenant, and the rows by which it is seen whether one
//! was changed.

use {
    crate::harness::db::Db,
    prost_reflect::{DynamicMessage, MethodDescriptor, Value},
    sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement},
};

/// The things that requests name.
#[derive(Debug, Clone)]
pub(crate) struct Things {
    pub(crate) tenant: String,
    pub(crate) run: String,
    pub(crate) person: String,
    pub(crate) key: String,
    pub(crate) session: String,
    pub(crate) view: String,
}

impl Things {
    /// Ids of what is not there.
    pub(crate) fn missing() -> Self {
        Self {
            tenant: "unknown".into(),
            run: "0b8f6f0e-6f3a-4d1c-9a54-0c6f4bb0a001".into(),
            // As long as a real one, because messages tell the length of a text.
            person: "9999999999999999999".into(),
            key: "ek_0000000000000000000000".into(),
            session: "0b8f6f0e-6f3a-4d1c-9a54-0c6f4bb0a002".into(),
            view: "0b8f6f0e-6f3a-4d1c-9a54-0c6f4bb0a003".into(),
        }
    }

    /// The fields that name one of them, with their ids.
    pub(crate) fn fields(&self) -> [(&'static str, &str); 8] {
        [
            ("tenant_id", &self.tenant),
            ("run_id", &self.run),
            ("person_id", &self.person),
            ("query", &self.person),
            ("key_id", &self.key),
            ("session_id", &self.session),
            ("view_id", &self.view),
            // A student's record.
            ("zoho_id", &self.person),
        ]
    }

    /// A text in which each id is replaced by the name of its field.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.fields().into_iter().fold(text.to_owned(), |text, (name, id)| text.replace(id, name))
    }
}

/// A request with all that a method demands. `tenant` is whether it names a tenant where it may.
pub(crate) fn request(method: &MethodDescriptor, things: &Things, tenant: bool) -> DynamicMessage {
    let mut request = DynamicMessage::new(method.input());
    let mut set = |name: &str, value: Value| {
        if method.input().get_field_by_name(name).is_some() {
            request.set_field_by_name(name, value);
        }
    };
    let text = |text: &str| Value::String(text.into());
    // A list is of a record or of a student, and a preview would ask Zoho.
    let has_record = !["ListItems", "PreviewMappings"].contains(&method.name());
    for (name, id) in things.fields() {
        if (tenant || name != "tenant_id") && (has_record || name != "zoho_id") {
            set(name, text(id));
        }
    }
    for (name, value) in [
        ("module_name", "students"),
        ("module", "students"),
        ("name", "x"),
        ("role", "viewer"),
        ("actor", "x"),
        ("yaml", "x"),
        ("provider", "moodle"),
        ("screen", "runs"),
    ] {
        set(name, text(value));
    }
    set("roles", Value::List(vec![text("viewer")]));
    set("from", Value::I64(1));
    set("version", Value::I64(1));
    // A stream of the caller's own events would never end; what is in it has a test of its own (`event.rs`).
    set("after", Value::I64(i64::MAX));
    match method.name() {
        "ClaimSession" => set("code", text("x")),
        "SaveView" => set("query", text("status=FAILED")),
        "ForgetLinks" => set("moodle_base_url", text("https://moodle.example")),
        "CreateSession" if tenant => set("reason", text("x")),
        // The one that must not be there before.
        "CreateTenant" => set("tenant_id", text("brand-new")),
        _ => {}
    }
    request
}

/// All rows of a tenant, as texts. The times at which its keys were used last are left out: they are stored some time after the
/// calls that are meant. Without `with_refusals`, what tells of refused calls is left out: their entries in the audit log, and the
/// events of these.
pub(crate) async fn rows_of(db: &Db, tenant: &str, with_refusals: bool) -> Vec<String> {
    let beside = Database::connect(&db.url).await.expect("the database");
    let mut rows = Vec::new();
    for table in tables(&beside).await {
        let refusals = match (table.as_str(), with_refusals) {
            (_, true) => "",
            ("audit_entries", _) => " AND outcome <> 'refused'",
            // They are told to those who watch, too.
            ("outbox", _) => {
                " AND NOT EXISTS (SELECT 1 FROM audit_entries a WHERE a.entry_id = t.entry_id AND a.outcome = 'refused')"
            }
            ("outbox_heads" | "outbox_listeners", _) => " AND false",
            _ => "",
        };
        let row = match beside.get_database_backend() {
            DbBackend::Postgres => "(to_jsonb(t) - 'last_used_at')::text".to_owned(),
            _ => {
                let columns =
                    texts(&beside, &format!("SELECT name AS x FROM pragma_table_info('{table}')"))
                        .await;
                let columns = columns.iter().filter(|name| *name != "last_used_at");
                columns.map(|name| format!("quote(\"{name}\")")).collect::<Vec<_>>().join("||','||")
            }
        };
        let sql = format!(
            "SELECT {row} AS x FROM {table} t WHERE tenant_id = '{tenant}'{refusals} ORDER BY 1"
        );
        rows.extend(texts(&beside, &sql).await.into_iter().map(|row| format!("{table}: {row}")));
    }
    beside.close().await.expect("an end");
    rows
}

/// The tables whose rows belong to tenants.
pub(crate) async fn tables(db: &DatabaseConnection) -> Vec<String> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT table_name::text AS x FROM information_schema.columns
             WHERE column_name = 'tenant_id' AND table_schema = current_schema() ORDER BY 1"
        }
        _ => {
            "SELECT m.name AS x FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND c.name = 'tenant_id' ORDER BY 1"
        }
    };
    texts(db, sql).await
}

pub(crate) async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.iter().map(|row| row.try_get("", "x").expect("a text")).collect()
}
