//! Checks the store: which files have the pools, where a tenant's table is named, that each statement on one is
//! narrowed to the tenant outside `across_tenants/`, and that a file with raw SQL says why. The tables are those of
//! the migrations.

use {
    super::{
        cases,
        code::without_tests,
        source::{Kind, Token, tokens},
        sources,
    },
    std::{collections::BTreeSet, io, ops::Range},
};

/// The folder that is checked.
const FLOOR: &str = "src/store/";
/// The folder of statements that cross tenants.
const ACROSS: &str = "src/store/across_tenants/";
/// Files of the folder without a statement on a table: they open the database, lend it, and say how statements are
/// written.
const FRAME: [&str; 6] = ["connect", "mod", "pool", "postgres_url", "rows", "wall"];
/// Names that only some files may use, with those files: by their paths in the folder, a subfolder with its slash.
const KEPT: [(&str, &[&str]); 6] = [
    ("DatabaseConnection", &["connect.rs", "pool.rs", "rows.rs", "across_tenants/mod.rs"]),
    ("impl Store", &["connect.rs", "pool.rs"]),
    ("across_tenants", &["mod.rs", "pool.rs", "across_tenants/"]),
    ("Tx::new", &["rows.rs", "across_tenants/mod.rs"]),
    ("turn_to", &["rows.rs", "across_tenants/"]),
    ("Wall::new", &["pool.rs"]),
];
/// Parts of statements that name a tenant's table but not the tenant, by their beginning: each is narrowed by the
/// statement around it, and the database would read more if the condition were repeated.
const PARTS: [(&str, &str, &str); 3] = [
    ("completion.rs", "(w.chain_id IS NULL OR", "a chain is of one tenant, and so is `w`"),
    (
        "item.rs",
        " OR (SELECT 1 FROM sync_run_items i{} WHERE i.run_id = r.run_id",
        "an outcome is of the tenant of its run, and `r` is narrowed",
    ),
    (
        "removal.rs",
        "{of}.zoho_id NOT IN (SELECT zoho_id FROM sync_run_items WHERE run_id = $1",
        "an outcome is of the tenant of its run, and `of` is narrowed",
    ),
];

/// Tables, by whether their rows belong to tenants.
#[derive(Default)]
struct Tables {
    of_tenants: BTreeSet<String>,
    of_none: BTreeSet<String>,
}

impl Tables {
    /// Reads them from the text of the migrations.
    fn read(sources: &[(String, String)]) -> Self {
        let mut tables = Self::default();
        for (_, source) in sources {
            for part in source.split("CREATE TABLE ").skip(1) {
                let Some((name, columns)) = part.split_once('(') else { continue };
                // A part of another table, which alone is named in statements on rows.
                if name.contains(" PARTITION OF ") {
                    continue;
                }
                let columns = columns.split('"').next().unwrap_or(columns);
                let kind = if columns.contains("tenant_id") {
                    &mut tables.of_tenants
                } else {
                    &mut tables.of_none
                };
                kind.insert(name.trim().to_owned());
            }
        }
        tables
    }

    /// Returns whether a text is a statement on a tenant's table, or on one whose name is filled in.
    fn is_read(&self, text: &str) -> bool {
        named(text).any(|name| name.starts_with('{') || self.of_tenants.contains(name))
    }
}

/// Returns the names of tables in a statement, or in a part of one.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let before = ["FROM ", "INTO ", "UPDATE ", "JOIN ", "TABLE "];
    before.into_iter().flat_map(|word| text.split(word).skip(1)).filter_map(|rest| {
        let inner = rest.strip_prefix('{').map(|inner| inner.find('}').map_or(0, |end| end + 2));
        let plain = || rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let end = inner.or_else(plain).unwrap_or(rest.len());
        rest.get(..end).filter(|name| !name.is_empty())
    })
}

/// Returns whether a statement is narrowed to a tenant: by a condition, or by the column of the row that it inserts.
fn is_narrowed(text: &str) -> bool {
    text.contains("tenant_id = ") || (text.contains("INSERT INTO") && text.contains("tenant_id"))
}

/// Returns whether words and marks, separated by spaces or by being marks, occur here.
fn stands(tokens: &[Token<'_>], wanted: &str) -> bool {
    let wanted = wanted.replace("::", " :: ");
    let mut at = tokens.iter();
    wanted
        .split_whitespace()
        .all(|word| at.next().is_some_and(|token| token.kind != Kind::Text && token.text == word))
}

/// Returns the places of the tokens of a chain of calls from `start` to its end.
fn chain(tokens: &[Token<'_>], start: usize) -> Range<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        if ["(", "[", "{"].iter().any(|mark| token.is(mark)) {
            depth += 1;
        } else if [")", "]", "}"].iter().any(|mark| token.is(mark)) {
            let Some(outer) = depth.checked_sub(1) else { return start..at };
            depth = outer;
        } else if token.is(";") && depth == 0 {
            return start..at;
        }
    }
    start..tokens.len()
}

/// Returns the places of the tokens of the function around a place.
fn function(tokens: &[Token<'_>], at: usize) -> Range<usize> {
    let begins = |place: &usize| tokens[*place].is_word("fn");
    let start = (0..at).rev().find(begins).unwrap_or(0);
    start..(at..tokens.len()).find(begins).unwrap_or(tokens.len())
}

/// Returns what in a file breaks the rules of the store.
fn check(file: &str, source: &str, tables: &Tables) -> Vec<String> {
    let tokens = tokens(without_tests(source));
    let mut breaches = Vec::new();
    let mut tell = |line: usize, what: String| breaches.push(format!("{file}:{line}: {what}"));
    let Some(own) = file.strip_prefix(FLOOR) else {
        for token in tokens.iter().filter(|token| token.kind == Kind::Text) {
            if let Some(name) = named(token.text).find(|name| tables.of_tenants.contains(*name)) {
                tell(token.line, format!("only {FLOOR} names the table {name}"));
            }
        }
        return breaches;
    };
    let in_frame = FRAME.iter().any(|name| own == format!("{name}.rs"));
    let across = file.starts_with(ACROSS);
    for (at, token) in tokens.iter().enumerate() {
        let here = &tokens[at..];
        for (name, files) in KEPT.iter().filter(|(name, _)| stands(here, name)) {
            let may = |kept: &&str| own == *kept || (kept.ends_with('/') && own.starts_with(*kept));
            if !files.iter().any(may) {
                tell(token.line, format!("`{name}` stays in {files:?} of {FLOOR}"));
            }
        }
        if token.kind == Kind::Text {
            let is_entity = at > 1 && tokens[at - 2].is_word("table_name");
            if is_entity && tables.of_none.contains(token.text) && !across {
                tell(token.line, format!("{} belongs to no tenant: {ACROSS}", token.text));
            }
            let reads = tables.is_read(token.text);
            if in_frame && (reads || is_entity) {
                tell(token.line, "a table is named in the file of its noun".into());
            }
            let is_part = PARTS
                .iter()
                .any(|(part_of, begin, _)| own == *part_of && token.text.starts_with(begin));
            if reads && !across && !is_part && !is_narrowed(token.text) {
                tell(token.line, "a statement on a tenant's table without `tenant_id =`".into());
            }
        }
        if !across && let Some(what) = loose(&tokens, at) {
            tell(token.line, what);
        }
    }
    let raw = |pair: &[Token<'_>]| !pair[0].is_word("fn") && stands(&pair[1..], "statement (");
    let opening = source.lines().map_while(|line| line.strip_prefix("//!")).collect::<String>();
    if tokens.windows(3).any(raw) && !opening.contains("Raw SQL") {
        tell(1, "the opening lines say why a file has raw SQL".into());
    }
    breaches
}

/// Returns the fault of a query that is built from an entity or a row, if one begins here: it must be narrowed by the
/// tenant's column, by a key that begins with the tenant's id, or by the row that it writes.
fn loose(tokens: &[Token<'_>], at: usize) -> Option<String> {
    const ROW: &[&str] = &["tenant_id : Set ( self . id", "tenant_id = Unchanged ( self . id"];
    let here = &tokens[at..];
    let (query, place, wanted) = if stands(here, "Entity::") {
        let query = here.get(2)?.text;
        match query {
            "insert" | "insert_many" => (query, function(tokens, at), ROW),
            "find_by_id" => {
                let key: &[&str] = &["TenantId", "tenant .", "self . id ("];
                (query, chain(tokens, at), key)
            }
            _ => (query, chain(tokens, at), ["TenantId"].as_slice()),
        }
    } else if stands(here, ". update (") {
        ("update", function(tokens, at), ROW)
    } else {
        return None;
    };
    let here = |at: usize| wanted.iter().any(|word| stands(&tokens[at..place.end], word));
    (!place.clone().any(here)).then(|| format!("`{query}` that is not narrowed to the tenant"))
}

#[test]
fn the_rows_of_a_tenant_are_reached_through_one_door() -> io::Result<()> {
    let tables = Tables::read(&sources(&["migrations"])?);
    assert!(tables.of_tenants.len() > 20, "{:?}", tables.of_tenants);
    assert_eq!(
        tables.of_none.iter().collect::<Vec<_>>(),
        [
            "key_marks",
            "leases",
            "master_keys",
            "rate_buckets",
            "replay_floor",
            "replay_guard",
            "replay_log",
            "replay_slots",
            "row_security",
            "seaql_migrations"
        ]
    );
    let is_test = |file: &str| file.contains("/tests/") || file.ends_with("/tests.rs");
    let all = sources(&["src"])?;
    let breaches: Vec<String> = all
        .iter()
        .filter(|(file, _)| !is_test(file))
        .flat_map(|(file, source)| check(file, source, &tables))
        .collect();
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
    let has = |name: &str, begin: &str| {
        all.iter().any(|(file, source)| file == &format!("{FLOOR}{name}") && source.contains(begin))
    };
    for (file, begin, _) in PARTS {
        assert!(has(file, begin), "{file} has no `{begin}` any more: take it off the list PARTS");
    }
    Ok(())
}

fn planted() -> Tables {
    let text =
        "\"CREATE TABLE runs (run_id text, tenant_id text)\", \"CREATE TABLE keys (slot int)\"";
    Tables::read(&[(String::new(), text.to_owned())])
}

#[test]
fn ways_past_the_door_are_found() {
    let table = r#"
        store/run.rs | use sea_orm::DatabaseConnection;
        store/run.rs | impl Store { fn f() {} }
        store/run.rs | use super::across_tenants::AcrossTenants;
        store/run.rs | fn f() { store.across_tenants().claim(); }
        store/run.rs | fn f() { Tx::new(tx, scope, lease); }
        store/slice.rs | fn f() { tx.turn_to(other); }
        store/slice.rs | fn f() { Wall::new(pool, role); }
        store/run.rs | fn f() { g("SELECT * FROM runs WHERE run_id = $1"); }
        store/run.rs | fn f() { g("SELECT tenant_id FROM runs"); }
        store/run.rs | fn f() { g("UPDATE runs{hint} SET a = 1"); }
        store/run.rs | fn f() { g("SELECT 1 FROM {table}{hint}"); }
        store/run.rs | fn f() { g("INSERT INTO runs (run_id) VALUES ($1)"); }
        store/run.rs | fn f() { g("DELETE FROM runs"); }
        store/run.rs | fn f() { g("x JOIN runs r"); }
        store/run.rs | fn f() { Entity::find().filter(Column::RunId.eq(id)).all(db); TenantId }
        store/run.rs | fn f() { Entity::find_by_id(id).one(db) }
        store/run.rs | fn f() { item::Entity::delete_many().exec(db) }
        store/run.rs | fn f() { Entity::insert(Row { a: Set(1) }) } fn g() { tenant_id: Set(self.id()) }
        store/run.rs | fn f() { Entity::insert_many(Row { tenant_id: Set(other) }) }
        store/run.rs | fn f() { let row = Row { tenant_id: Set(other) }; row.update(db) }
        store/run.rs | #[sea_orm(table_name = "keys")] struct Model;
        store/pool.rs | #[sea_orm(table_name = "runs")] struct Model;
        store/rows.rs | fn f() { g("SELECT 1 FROM runs WHERE tenant_id = $1"); }
        store/across_tenants/run.rs | use sea_orm::DatabaseConnection;
        store/across_tenants/run.rs | fn f() { statement(backend, sql, []) }
        control/run.rs | fn f() { g("SELECT 1 FROM runs WHERE tenant_id = $1"); }
    "#;
    assert_eq!(cases(table).count(), 26);
    for (file, source) in cases(table) {
        let found = check(&file, source, &planted());
        assert_eq!(found.len(), 1, "{file}: {source}: {found:?}");
    }
}

#[test]
fn narrowed_statements_pass() {
    let table = r#"
        store/run.rs | fn f() { g("SELECT * FROM runs r WHERE r.tenant_id = $1"); }
        store/run.rs | fn f() { g("INSERT INTO runs (run_id, tenant_id) VALUES ($1, $2)"); }
        store/run.rs | fn f() { g("SELECT * FROM other", "people FROM here", "UPDATE"); }
        store/run.rs | fn f() { Entity::find().filter(Column::TenantId.eq(self.id())).all(db) }
        store/run.rs | fn f() { Entity::find_by_id((self.id().to_owned(), name)).one(db) }
        store/run.rs | fn f() { Entity::find_by_id(id).filter(Column::TenantId.eq(tenant)).one(db) }
        store/run.rs | fn f() { let row = Row { tenant_id: Set(self.id()) }; Entity::insert(row).exec(db) }
        store/run.rs | fn f() { row.tenant_id = Unchanged(self.id().to_owned()); row.update(db) }
        store/run.rs | #[sea_orm(table_name = "runs")] struct Model; impl DeriveEntityModel for Entity {}
        store/across_tenants/run.rs | fn f() { g("SELECT * FROM runs"); Entity::find().all(self.read) }
        store/across_tenants/key.rs | #[sea_orm(table_name = "keys")] struct Model;
        control/run.rs | fn f() { g("names come FROM them, FROM runsheets"); }
    "#;
    for (file, source) in cases(table) {
        assert_eq!(check(&file, source, &planted()), [""; 0], "{file}: {source}");
    }
    let raw = "//! x. Raw SQL, because.\nfn f() { statement(backend, sql, []) }";
    assert_eq!(check("src/store/run.rs", raw, &planted()), [""; 0]);
}
