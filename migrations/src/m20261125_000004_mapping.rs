//! Versions and stored tests of mappings. The existing rows of a tenant become version 1 of each of its modules.

use {
    sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement},
    serde_json::{Value, json},
    sha2::{Digest as _, Sha256},
    std::collections::BTreeMap,
};

/// A version's rows never change; `field_mappings` remains the set in use.
pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE TABLE mapping_versions (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        number bigint NOT NULL,
        author varchar(100) NOT NULL,
        reason varchar(500),
        hash varchar(64) NOT NULL,
        rows {json} NOT NULL,
        created_at {time} NOT NULL,
        PRIMARY KEY (tenant_id, module_name, number)
    )",
    "CREATE TABLE mapping_tests (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        position integer NOT NULL,
        name varchar(100),
        given {json} NOT NULL,
        expect {json} NOT NULL,
        expect_error varchar(64),
        PRIMARY KEY (tenant_id, module_name, position)
    )",
];

const ROWS: &str = "SELECT tenant_id, module_name, canonical_field, zoho_field_api_name, required, default_value,
    CAST(transform_rules AS text) AS rules FROM field_mappings ORDER BY tenant_id, module_name, position";

const FIRST: &str = "INSERT INTO mapping_versions
    (tenant_id, module_name, number, author, hash, rows, created_at)
    SELECT tenant_id, module_name, 1, 'migration', $1, {rows}, updated_at
    FROM module_settings WHERE tenant_id = $3 AND module_name = $4";

/// A module of a tenant.
type Key = (String, String);

/// Writes version 1 of every module of every tenant.
pub(crate) async fn fill(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let rows = match backend {
        DbBackend::Postgres => "CAST($2 AS json)",
        _ => "$2",
    };
    let insert = FIRST.replace("{rows}", rows);
    for ((tenant, module), rows) in stored(db, backend).await? {
        let text = Value::Array(rows).to_string();
        let values = [hash(&text), text, tenant, module].map(Into::into);
        db.execute_raw(Statement::from_sql_and_values(backend, insert.as_str(), values)).await?;
    }
    Ok(())
}

/// Returns the rows of every module of every tenant, none for a module without any.
async fn stored(
    db: &impl ConnectionTrait,
    backend: DbBackend,
) -> Result<BTreeMap<Key, Vec<Value>>, DbErr> {
    let mut sets = BTreeMap::new();
    let modules = "SELECT tenant_id, module_name FROM module_settings";
    for row in db.query_all_raw(Statement::from_string(backend, modules)).await? {
        sets.insert(
            row.try_get_many::<Key>("", &["tenant_id".into(), "module_name".into()])?,
            Vec::new(),
        );
    }
    for row in db.query_all_raw(Statement::from_string(backend, ROWS)).await? {
        let key: Key = row.try_get_many("", &["tenant_id".into(), "module_name".into()])?;
        let rules: Option<String> = row.try_get("", "rules")?;
        let rules = rules.and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let rules = rules.filter(Value::is_object).unwrap_or_else(|| json!({}));
        let set = sets.entry(key).or_default();
        set.push(json!({
            "canonical_field": row.try_get::<String>("", "canonical_field")?,
            "zoho_field_api_name": row.try_get::<String>("", "zoho_field_api_name")?,
            "required": row.try_get::<bool>("", "required")?,
            "default_value": row.try_get::<Option<String>>("", "default_value")?,
            "transform_rules": rules,
        }));
    }
    Ok(sets)
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
