//! Reading the URL of a PostgreSQL database so that no part of a password appears in a message or in the log: neither
//! if the URL cannot be read, nor if a part of a password is mistaken for something else.

use {sea_orm::sqlx::postgres::PgConnectOptions, url::Url};

/// Replacements for characters that separate the parts of a URL.
const HINT: &str =
    "characters such as @ : / ? # in a user name or password are written %40 and the like";
/// Parameters that the driver knows. It logs others with their values.
const KNOWN: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// Reads the URL.
///
/// # Errors
/// What is wrong with it, without quoting any of it.
pub(super) fn options(text: &str) -> Result<PgConnectOptions, String> {
    let mut url = Url::parse(text)
        .map_err(|error| format!("the database URL cannot be read: {error}; {HINT}"))?;
    let parted = |part: &str| part.contains(['@', '/']);
    let (known, unknown): (Vec<_>, Vec<_>) = url
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .partition(|(name, _)| is_known(name));
    if url.path().contains('@')
        || url.fragment().is_some_and(parted)
        || unknown.iter().any(|(name, value)| parted(name) || parted(value))
    {
        return Err(format!("the database URL has an @ or / where none can be; {HINT}"));
    }
    for (name, _) in &unknown {
        tracing::warn!(%name, "a parameter of the database URL is not known and does nothing");
    }
    if !unknown.is_empty() {
        url.query_pairs_mut().clear().extend_pairs(known);
    }
    url.as_str().parse().map_err(|_| {
        "the database URL cannot be read: sslmode, port, hostaddr or statement-cache-capacity has a value that is not \
         understood, or something in it is not UTF-8"
            .to_owned()
    })
}

fn is_known(name: &str) -> bool {
    KNOWN.contains(&name) || name.starts_with("options[")
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    #[test]
    fn passwords_may_hold_anything() {
        for (url, password) in [
            ("postgres://sigma:a%40b%2Fc@db.example:5433/school?sslmode=require", "a%40b%2Fc"),
            ("postgres://sigma:a@b@db.example/school", "a%40b"),
            ("postgresql://db.example/school?user=me@server&password=%26", ""),
            ("postgres://sigma@%2Frun%2Fpostgresql/school?colour=blue#x", ""),
            ("postgres://", ""),
        ] {
            assert!(options(url).is_ok(), "{url}");
            let read = Url::parse(url).expect("a URL");
            assert_eq!(read.password().unwrap_or_default(), password, "{url}");
        }
    }

    #[test]
    fn parts_that_were_not_meant_are_refused() {
        for url in [
            "postgres://sigma:S3CRETPW@127.0.0.1:notaport/x",
            "postgres://sigma:S3CRETPW@[::1/x",
            "postgres://sigma:12/S3CRETPW@db.example/x",
            "postgres://sigma:12?S3CRETPW@db.example/x",
            "postgres://sigma:12?a&S3CRETPW@db.example/x?sslmode=require",
            "postgres://sigma:12#S3CRETPW@db.example/x",
            "postgres://sigma:1@2/S3CRETPW@db.example/x",
            "postgres://sigma:%ff%feS3CRETPW@db.example/x",
            "postgres://db.example/x?sslmode=S3CRETPW",
            "postgres://db.example/x?port=S3CRETPW",
        ] {
            let refused = options(url).expect_err(url);
            assert!(!refused.contains("S3CRET"), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn no_part_of_a_url_is_shown(
            before in "[ -~]{0,8}",
            after in "[ -~]{0,8}",
            host in "(db\\.example|\\[::1|127\\.0\\.0\\.1:notaport|[ -~]{0,6})",
        ) {
            let url = format!("postgres://sigma:{before}S3CRETPW{after}@{host}/x");
            if let Err(refused) = options(&url) {
                prop_assert!(!refused.contains("S3CRET"), "{}", refused);
            }
        }
    }
}
