//! The table of the transforms, one row for each.

use {
    super::{Accepts, Example, Key, Parameter, Row},
    crate::domain::transform::{
        STEPS_MAX,
        cel::SOURCE_MAX,
        choice::ENTRIES_MAX,
        parse::{PARAM_MAX, SOURCES_MAX},
    },
};

const fn row(
    key: Key,
    name: &'static str,
    meaning: &'static str,
    parameters: &'static [Parameter],
    example: Example,
) -> Row {
    Row { key, name, meaning, parameters, example, fits_bulk: true }
}

impl Row {
    /// Marks that it needs what the files of a bulk read do not hold.
    const fn read_in_pages(self) -> Self {
        Self { fits_bulk: false, ..self }
    }
}

const fn required(name: &'static str, accepts: Accepts, meaning: &'static str) -> Parameter {
    Parameter { name, accepts, required: true, default: None, meaning }
}

const fn optional(name: &'static str, accepts: Accepts, meaning: &'static str) -> Parameter {
    Parameter { name, accepts, required: false, default: None, meaning }
}

const fn or(
    name: &'static str,
    accepts: Accepts,
    default: &'static str,
    meaning: &'static str,
) -> Parameter {
    Parameter { name, accepts, required: false, default: Some(default), meaning }
}

/// An example that reads nothing besides the value.
const fn gives(params: &'static str, value: &'static str, result: &'static str) -> Example {
    Example { params, record: "{}", value, result }
}

/// An example that reads other fields; the value of the row's own field is null.
const fn reads(params: &'static str, record: &'static str, result: &'static str) -> Example {
    Example { params, record, value: "null", result }
}

const ANY_TEXT: Accepts = Accepts::Text { least: 0, most: PARAM_MAX };
const SOME_TEXT: Accepts = Accepts::Text { least: 1, most: PARAM_MAX };
const SOURCES: Parameter =
    required("sources", Accepts::Texts { most: SOURCES_MAX }, "API names of the fields, in order");
const LOCALE: Parameter =
    or("locale", Accepts::Word(&["", "tr"]), "\"\"", "tr: i and ı are two letters, as in Turkish");
const A_ZONE: Accepts = Accepts::Other("a time zone such as Asia/Amman");
const A_PATTERN: Accepts = Accepts::Other("a pattern such as %d/%m/%Y");
const DECIMAL: Parameter = or(
    "decimal",
    Accepts::Word(&[".", ",", "auto"]),
    "\".\"",
    "the decimal mark; auto finds it out and refuses a text that can be read in two ways",
);
const GROUP: Parameter = optional(
    "group",
    Accepts::Other(
        "one of , . ' _, a space or \"\", other than the decimal mark, and not with auto",
    ),
    "the mark between thousands; without it, the other one of comma and dot",
);
const ROUND: Parameter = or(
    "round",
    Accepts::Word(&["none", "half_even", "floor"]),
    "\"none\"",
    "what is done with digits that do not fit; none refuses the value",
);
const MIN: Parameter = optional("min", Accepts::Number, "the least value that is accepted");
const MAX: Parameter = optional("max", Accepts::Number, "the greatest value that is accepted");
const DECIMALS: Accepts = Accepts::Whole { from: 0, to: 10 };
const PATTERN: Parameter =
    required("pattern", SOME_TEXT, "a regular expression, in the syntax of Rust's regex crate");

/// Every transform.
pub static ROWS: &[Row] = &[
    row(
        Key::Value,
        "value",
        "Passes the value on as it is.",
        &[],
        gives("{}", r#""Sara""#, r#""Sara""#),
    ),
    row(
        Key::BeforeAt,
        "before_at",
        "Keeps the part before the @. A text without an @ stays as it is.",
        &[],
        gives("{}", r#""sara@college.example""#, r#""sara""#),
    ),
    row(
        Key::ImageUrlResolver,
        "image_url_resolver",
        "Turns an image field into the address of the image, or into its stable reference.",
        &[
            or("prefer", Accepts::Word(&["first", "last"]), "\"first\"", "which image of several"),
            optional(
                "base",
                Accepts::Other("an http or https address"),
                "completes an address that begins with /",
            ),
        ],
        gives(
            r#"{"base": "https://crm.example/"}"#,
            r#"[{"url": "/photo/1"}]"#,
            r#""https://crm.example/photo/1""#,
        ),
    ),
    row(
        Key::Trim,
        "trim",
        "Takes white space off both ends.",
        &[or(
            "collapse",
            Accepts::Flag,
            "true",
            "also makes one space of white space between words",
        )],
        gives("{}", r#""  Al  Noor ""#, r#""Al Noor""#),
    ),
    row(
        Key::Lower,
        "lower",
        "Writes a text in lower case.",
        &[LOCALE],
        gives("{}", r#""ALI""#, r#""ali""#),
    ),
    row(
        Key::Upper,
        "upper",
        "Writes a text in upper case.",
        &[LOCALE],
        gives(r#"{"locale": "tr"}"#, r#""izmir""#, r#""İZMİR""#),
    ),
    row(
        Key::Truncate,
        "truncate",
        "Shortens a text. A character is never cut in two: an accent stays with its letter.",
        &[
            required("max", Accepts::Whole { from: 1, to: 10_000 }, "characters that are kept at most"),
            or("ellipsis", Accepts::Flag, "false", "the last character kept is … where something was cut"),
        ],
        gives(r#"{"max": 4, "ellipsis": true}"#, r#""abcdef""#, r#""abc…""#),
    ),
    row(
        Key::Concat,
        "concat",
        "Joins several fields. The row's own field is read only if it is named.",
        &[
            SOURCES,
            or("sep", ANY_TEXT, "\" \"", "stands between two fields"),
            or("skip_empty", Accepts::Flag, "true", "leaves empty fields out with their separator"),
        ],
        reads(
            r#"{"sources": ["First_Name", "Middle_Name", "Last_Name"]}"#,
            r#"{"First_Name": "Sara", "Middle_Name": null, "Last_Name": "Haddad"}"#,
            r#""Sara Haddad""#,
        ),
    ),
    row(
        Key::Template,
        "template",
        "Fills fields into a text. When all of them are empty, so is the result.",
        &[required(
            "text",
            ANY_TEXT,
            "names 1 to 20 fields as {Field}, or as {Field|Other} for the first that is not empty; {id} is the id of the \
             record, {{ and }} are braces",
        )],
        reads(
            r#"{"text": "{Class_Short_Name|Class_Name} ({id})"}"#,
            r#"{"id": "5300", "Class_Short_Name": null, "Class_Name": "Networks 1"}"#,
            r#""Networks 1 (5300)""#,
        ),
    ),
    row(
        Key::Split,
        "split",
        "Takes one part of a text. A part that is not there is empty.",
        &[
            required("on", SOME_TEXT, "separates the parts"),
            or(
                "take",
                Accepts::Other("first, last, rest or a number below 100"),
                "\"first\"",
                "which part; rest is all but the first, a number counts from 0",
            ),
        ],
        gives(r#"{"on": " ", "take": "rest"}"#, r#""Sara Al Haddad""#, r#""Al Haddad""#),
    ),
    row(
        Key::Coalesce,
        "coalesce",
        "Takes the first field that is not empty. The row's own field is read only if it is named.",
        &[SOURCES],
        reads(
            r#"{"sources": ["Mobile", "Phone"]}"#,
            r#"{"Mobile": null, "Phone": "+962 6 000 0000"}"#,
            r#""+962 6 000 0000""#,
        ),
    ),
    row(
        Key::Default,
        "default",
        "Gives a value where there is none.",
        &[required("value", Accepts::Scalar, "the value")],
        gives(r#"{"value": "Active"}"#, "null", r#""Active""#),
    ),
    row(
        Key::ValueMap,
        "value_map",
        "Replaces one word by another. What is mapped for the word of a choice that Zoho shows also holds for the \
                  word that it stores.",
        &[
            required("map", Accepts::Map { most: ENTRIES_MAX }, "the word and its replacement"),
            or(
                "else",
                Accepts::Word(&["keep", "null", "fail", "value"]),
                "\"keep\"",
                "how a word that is not in the map is handled: kept, emptied, refused, or replaced by `value`",
            ),
            optional("value", Accepts::Scalar, "the replacement of other words; required when `else` is `value`, refused otherwise"),
            or("case", Accepts::Flag, "false", "true: upper and lower case are different"),
        ],
        gives(
            r#"{"map": {"Freezed": "Suspended", "Active": "Active"}, "else": "fail"}"#,
            r#""freezed""#,
            r#""Suspended""#,
        ),
    ),
    row(
        Key::LookupId,
        "lookup_id",
        "Takes the id of the record that a look-up points to.",
        &[],
        gives("{}", r#"{"id": "5300", "name": "Networks 1"}"#, r#""5300""#),
    ),
    row(
        Key::LookupName,
        "lookup_name",
        "Takes the name of the record that a look-up points to. Bulk reads do not tell it, so that a module with \
                  this transform is read in pages.",
        &[],
        gives("{}", r#"{"id": "5300", "name": "Networks 1"}"#, r#""Networks 1""#),
    )
    .read_in_pages(),
    row(
        Key::DateOnly,
        "date_only",
        "Takes the day of a date and time.",
        &[optional("zone", A_ZONE, "the day is that in this zone; without it, the day that is written")],
        gives(
            r#"{"zone": "UTC"}"#,
            r#""2026-09-01T01:30:00+03:00""#,
            r#""2026-08-31""#,
        ),
    ),
    row(
        Key::DateFormat,
        "date_format",
        "Writes a date, or a date and time, in another form.",
        &[
            optional("from", A_PATTERN, "how the value is written; without it, as 2026-09-01 or 2026-09-01T08:00:00+03:00"),
            or("to", A_PATTERN, "\"%Y-%m-%d\"", "how the result is written"),
            optional("zone", A_ZONE, "the zone of a time that names none, and that of the result"),
            or(
                "ambiguous",
                Accepts::Word(&["earlier", "later", "fail"]),
                "\"earlier\"",
                "which time is meant when the clocks change and a time comes twice or not at all",
            ),
        ],
        gives(r#"{"from": "%d/%m/%Y"}"#, r#""01/09/2026""#, r#""2026-09-01""#),
    ),
    row(
        Key::Epoch,
        "epoch",
        "Turns a day, or a date and time, into Unix seconds.",
        &[
            required("zone", A_ZONE, "where the day is"),
            or("at", Accepts::Word(&["start", "end"]), "\"start\"", "the first or the last second of a day"),
        ],
        gives(r#"{"zone": "Asia/Amman"}"#, r#""2026-09-01""#, "1788210000"),
    ),
    row(
        Key::ToInteger,
        "to_integer",
        "Reads a whole number from a text, also in Arabic-Indic digits.",
        &[DECIMAL, GROUP, ROUND, MIN, MAX],
        gives(r#"{"min": 0}"#, r#""1,500""#, "1500"),
    ),
    row(
        Key::ToDecimal,
        "to_decimal",
        "Reads a decimal number from a text, exactly. The result is a text such as 1234.5.",
        &[
            DECIMAL,
            GROUP,
            optional("scale", DECIMALS, "digits behind the decimal mark at most; needed to round"),
            ROUND,
            MIN,
            MAX,
        ],
        gives(r#"{"decimal": ","}"#, r#""1.234,50""#, r#""1234.5""#),
    ),
    row(
        Key::Money,
        "money",
        "Reads an amount from a text with or without a currency, exactly. The result is a text such as 1500.5.",
        &[
            DECIMAL,
            GROUP,
            optional(
                "scale",
                DECIMALS,
                "digits behind the decimal mark at most; without it those of the currency, such as 3 for JOD",
            ),
            ROUND,
            MIN,
            MAX,
            optional(
                "currency",
                Accepts::Other("a code such as USD, or a field's name"),
                "refuses an amount in another currency",
            ),
        ],
        gives(r#"{"currency": "USD"}"#, r#""1,500 USD""#, r#""1500""#),
    ),
    row(
        Key::Boolean,
        "boolean",
        "Reads true or false from words, in any letter case.",
        &[
            optional(
                "true",
                Accepts::Texts { most: 50 },
                "words for true; without it: true, yes, 1, y, t, on, نعم, evet",
            ),
            optional(
                "false",
                Accepts::Texts { most: 50 },
                "words for false; without it: false, no, 0, n, f, off, لا, hayır",
            ),
            or(
                "else",
                Accepts::Other("fail, null, true or false"),
                "\"fail\"",
                "how another word is handled",
            ),
        ],
        gives("{}", r#""Yes""#, "true"),
    ),
    row(
        Key::RegexExtract,
        "regex_extract",
        "Takes the part of a text that a pattern matches first.",
        &[
            PATTERN,
            or("group", Accepts::Whole { from: 0, to: 512 }, "0", "a group of the pattern; 0 is the whole match"),
            or("else", Accepts::Word(&["null", "fail"]), "\"null\"", "what happens when nothing matches"),
        ],
        gives(r#"{"pattern": "[A-Z]\\d+"}"#, r#""unit A12 b""#, r#""A12""#),
    ),
    row(
        Key::RegexReplace,
        "regex_replace",
        "Replaces what a pattern matches.",
        &[
            PATTERN,
            or("with", ANY_TEXT, "\"\"", "the replacement; $1 is the first group"),
            or("all", Accepts::Flag, "true", "false: only the first match"),
        ],
        gives(r#"{"pattern": "\\s+", "with": "-"}"#, r#""a  b c""#, r#""a-b-c""#),
    ),
    row(
        Key::GradeLetter,
        "grade_letter",
        "Writes a grade as D, M, P, R, RR or F. -1, with which Moodle marks a missing grade, gives nothing.",
        &[
            or(
                "from",
                Accepts::Word(&["raw", "percent", "word"]),
                "\"raw\"",
                "what the value is: raw points, percent, or a word such as Distinction",
            ),
            or(
                "scale",
                Accepts::Other("btec, plugin, or {rows: [{at, letter}, …], null: LETTER}"),
                "\"btec\"",
                "btec and plugin give D from 4, M from 3, P from 2, R above 0 and F for 0 points, or D from 70, M from 60, P \
                 from 40 and else R for percent; plugin also gives R where there is no grade; 1 to 20 rows of your own give a \
                 letter of at most 20 characters from a least grade on, and null the letter where there is no grade",
            ),
        ],
        gives("{}", "3", r#""M""#),
    ),
    row(
        Key::Json,
        "json",
        "Writes anything as JSON text, its keys in order. Bulk reads do not hold lists, so that a module with this \
                  transform is read in pages.",
        &[
            optional("pick", Accepts::Texts { most: 50 }, "only these members, in this order"),
            or("max_rows", Accepts::Whole { from: 1, to: 1_000 }, "200", "a longer list is refused"),
        ],
        gives(
            r#"{"pick": ["unit"]}"#,
            r#"[{"unit": "Networks", "id": 7}]"#,
            r#""[{\"unit\":\"Networks\"}]""#,
        ),
    )
    .read_in_pages(),
    row(
        Key::Cel,
        "cel",
        "Evaluates an expression of the Common Expression Language: r is the record, value the value so far. What \
                  could take too long is refused. A module with this transform is read in pages.",
        &[
            required("expr", Accepts::Text { least: 1, most: SOURCE_MAX }, "the expression"),
            optional(
                "vars",
                Accepts::Texts { most: 50 },
                "the fields that the expression may read; it is refused when it reads another one",
            ),
        ],
        Example {
            params: r#"{"expr": "r.Level + ' ' + value", "vars": ["Level"]}"#,
            record: r#"{"Level": "L3"}"#,
            value: r#""Networks""#,
            result: r#""L3 Networks""#,
        },
    )
    .read_in_pages(),
    row(
        Key::Chain,
        "chain",
        "Applies several transforms, one after the other.",
        &[required(
            "steps",
            Accepts::Steps { most: STEPS_MAX },
            "each takes what the one before gives; none is a chain",
        )],
        gives(
            r#"{"steps": [{"type": "trim"}, {"type": "lower"}]}"#,
            r#""  ALI ""#,
            r#""ali""#,
        ),
    ),
];
