//! Moodle's errors and the two forms of an answer, JSON and XML. Nearly everything comes with HTTP
//! 200.

use {
    super::form::Form,
    crate::{
        answer::{Answer, HTML, JSON},
        fault::{Blow, Kind},
        world::Settings,
    },
    serde_json::{Map, Value, json},
    std::fmt::Write,
};

/// An error of a call.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Class of the exception without its namespace.
    class: &'static str,
    /// `None` for an error of PHP itself.
    code: Option<String>,
    message: String,
    /// The text that only a site in debug mode returns.
    debug: String,
}

impl Failure {
    /// Makes an error with a code of its own.
    pub(crate) fn new(class: &'static str, code: &str, message: &str, debug: String) -> Self {
        Self { class, code: Some(code.to_owned()), message: message.to_owned(), debug }
    }

    /// The same answer for every validation error.
    pub(crate) fn parameter(debug: String) -> Self {
        let text = "Invalid parameter value detected";
        Self::new("invalid_parameter_exception", "invalidparameter", text, debug)
    }

    /// The database refused a row.
    pub(crate) fn write(debug: String) -> Self {
        Self::new("dml_write_exception", "dmlwriteexception", "Error writing to database", debug)
    }

    /// An error that has only a code and a message.
    pub(crate) fn moodle(code: &str, message: &str) -> Self {
        Self::new("moodle_exception", code, message, String::new())
    }

    /// A row that should exist is not in the database.
    pub(crate) fn missing(table: &str) -> Self {
        let text = format!("Can't find data record in database table {table}.");
        Self::new("dml_missing_record_exception", "invalidrecord", &text, String::new())
    }

    /// The required user does not exist.
    pub(crate) fn no_user() -> Self {
        let class = "dml_missing_record_exception";
        Self::new(class, "invaliduser", "Invalid user", String::new())
    }

    /// The course whose context is required does not exist.
    pub(crate) fn no_course_context(course: u32) -> Self {
        let text = format!(
            "You cannot execute functions in the course context (course id:{course}). The context \
             error message was: Invalid parameter value detected"
        );
        Self::moodle("errorcoursecontextnotvalid", &text)
    }

    /// Moodle refuses the user of the token itself.
    pub(super) fn refused(code: &str) -> Self {
        let class =
            if code.starts_with("ws") { "webservice_access_exception" } else { "moodle_exception" };
        Self::new(class, code, "The account of the token must not call", String::new())
    }

    /// Returns code and message, as in the warning of an item.
    pub(crate) fn told(&self) -> (&str, &str) {
        (self.code.as_deref().unwrap_or(self.class), &self.message)
    }

    pub(crate) fn token() -> Self {
        let text = "Invalid token - token not found";
        Self::new("moodle_exception", "invalidtoken", text, String::new())
    }

    pub(crate) fn access(debug: &str) -> Self {
        let class = "webservice_access_exception";
        Self::new(class, "accessexception", "Access control exception", debug.to_owned())
    }

    pub(crate) fn unknown_function(name: &str) -> Self {
        let text = "Can't find data record in database table external_functions.";
        let debug =
            format!("SELECT * FROM {{external_functions}} WHERE name = ? [array ( 0 => '{name}')]");
        Self::new("dml_missing_record_exception", "invalidrecord", text, debug)
    }

    pub(crate) fn capability(name: &str) -> Self {
        let text = format!("Sorry, but you do not currently have permissions to do that ({name}).");
        Self::new("required_capability_exception", "nopermissions", &text, String::new())
    }

    /// An error of PHP itself, which has no code.
    pub(crate) fn php(class: &'static str) -> Self {
        let message = "Attempt to assign property on null".to_owned();
        Self { class, code: None, message, debug: String::new() }
    }

    pub(super) fn maintenance() -> Self {
        let text = "Site is undergoing maintenance and is currently not available";
        Self::new("moodle_exception", "sitemaintenance", text, String::new())
    }

    pub(super) fn body(&self, settings: &Settings) -> Value {
        let moved = matches!(
            self.class,
            "moodle_exception"
                | "invalid_parameter_exception"
                | "invalid_response_exception"
                | "required_capability_exception"
                | "coding_exception"
        );
        let old = settings.old_class_names || settings.version() < 405;
        let class = if moved && !old {
            format!("core\\exception\\{}", self.class)
        } else {
            self.class.to_owned()
        };
        let mut body = Map::new();
        body.insert("exception".to_owned(), json!(class));
        if let Some(code) = &self.code {
            body.insert("errorcode".to_owned(), json!(code));
        }
        body.insert("message".to_owned(), json!(self.message));
        if settings.debug {
            body.insert("debuginfo".to_owned(), json!(self.debug));
        }
        Value::Object(body)
    }

    /// Makes the answer, with HTTP 200.
    pub(crate) fn answer(&self, form: &Form, settings: &Settings) -> Answer {
        let body = self.body(settings);
        let code = self.code.as_deref().unwrap_or(self.class);
        if form.json {
            return Answer::json(200, JSON, &body).with_error(code);
        }
        let get = |name: &str| escape(body.get(name).and_then(Value::as_str).unwrap_or_default());
        let mut text = format!(
            "{XML_HEAD}<EXCEPTION class=\"{}\">\n<ERRORCODE>{}</ERRORCODE>\n\
             <MESSAGE>{}</MESSAGE>\n",
            get("exception"),
            get("errorcode"),
            get("message")
        );
        if settings.debug {
            let _ = writeln!(text, "<DEBUGINFO>{}</DEBUGINFO>", get("debuginfo"));
        }
        text.push_str("</EXCEPTION>\n");
        xml_answer(text).with_error(code)
    }
}

const XML_HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n";

fn xml_answer(text: String) -> Answer {
    let content_type = "application/xml; charset=utf-8";
    Answer { status: 200, content_type, body: text.into_bytes(), ..Answer::default() }
}

/// Escapes a text for a page or for XML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Makes the answer of a successful call; null is the answer of a function without a result.
pub(crate) fn success(form: &Form, value: &Value) -> Answer {
    if form.json {
        return Answer::json(200, JSON, value);
    }
    let mut text = format!("{XML_HEAD}<RESPONSE>\n");
    write_xml(&mut text, value);
    text.push_str("</RESPONSE>\n");
    xml_answer(text)
}

fn write_xml(text: &mut String, value: &Value) {
    match value {
        Value::Null => {}
        Value::Array(items) => {
            text.push_str("<MULTIPLE>\n");
            items.iter().for_each(|item| write_xml(text, item));
            text.push_str("</MULTIPLE>\n");
        }
        Value::Object(members) => {
            text.push_str("<SINGLE>\n");
            for (name, value) in members {
                let _ = write!(text, "<KEY name=\"{}\">", escape(name));
                write_xml(text, value);
                text.push_str("</KEY>\n");
            }
            text.push_str("</SINGLE>\n");
        }
        Value::String(plain) => {
            let _ = write!(text, "<VALUE>{}</VALUE>", escape(plain));
        }
        Value::Bool(flag) => {
            let _ = write!(text, "<VALUE>{}</VALUE>", i32::from(*flag));
        }
        Value::Number(number) => {
            let _ = write!(text, "<VALUE>{number}</VALUE>");
        }
    }
}

/// Answers for a fault switch.
pub(crate) fn spoilt(settings: &Settings, form: &Form, blow: &Blow) -> Answer {
    match (blow.kind, blow.status) {
        // Moodle deletes an expired token on its first use.
        (Kind::ExpiredToken, _) if blow.first => {
            Failure::access("token expired").answer(form, settings)
        }
        (Kind::ExpiredToken | Kind::RevokedToken, _) => Failure::token().answer(form, settings),
        (Kind::AccessDenied, _) => Failure::access("restricted").answer(form, settings),
        (Kind::Html, _) => Answer::page(200, "Log in to the site"),
        (Kind::Empty, _) => Answer::empty(200, JSON),
        (Kind::EmptyList, _) => Answer::json(200, JSON, &json!([])),
        (Kind::Maintenance, None | Some(200)) => Failure::maintenance().answer(form, settings),
        (Kind::Maintenance, Some(status)) => Answer::page(status, "Site under maintenance"),
        (_, Some(200)) if blow.code.as_deref() == Some("TypeError") => {
            Failure::php("TypeError").answer(form, settings)
        }
        (_, Some(200)) if blow.code.as_deref() == Some("Error") => {
            Failure::php("Error").answer(form, settings)
        }
        (_, Some(200)) => {
            let (code, text) = (blow.code.as_deref().unwrap_or("unknown"), "Injected error");
            Failure::new("moodle_exception", code, text, String::new()).answer(form, settings)
        }
        (_, Some(303)) => elsewhere(),
        (_, Some(403)) => Answer::empty(403, HTML),
        (_, status) => Answer::page(status.unwrap_or(500), "Service error"),
    }
}

/// The site is configured with another address.
pub(crate) fn elsewhere() -> Answer {
    Answer::redirect(303, "http://moodle.example/")
}
