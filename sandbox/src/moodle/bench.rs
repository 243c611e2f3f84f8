//! A small site for unit tests, asked by function name and form as a client would.

use {
    super::{Form, Function, Scene, Site, functions, spec},
    crate::{answer::Call, ledger::Note, world::Settings},
    bytes::Bytes,
    http::{HeaderMap, HeaderValue, Method},
    serde_json::{Value, json},
};

/// A site and its settings.
pub(super) struct Bench {
    pub(super) site: Site,
    pub(super) settings: Settings,
    pub(super) raw: bool,
    /// What the last call reported to the ledger.
    pub(super) note: Note,
}

impl Bench {
    /// Makes a fresh site.
    pub(super) fn new() -> Self {
        let settings = Settings { plugin: true, ..Settings::default() };
        Self { site: Site::default(), settings, raw: true, note: Note::default() }
    }

    /// Makes a site with users 4 (idnumber `z4`) to 6, courses 2 and 3, and group 1 in course 2.
    pub(super) fn school() -> Self {
        let mut bench = Self::new();
        let user = |n: usize, name: &str| {
            format!(
                "users[{n}][username]={name}&users[{n}][firstname]=F{n}&users[{n}][lastname]=L{n}\
                 &users[{n}][email]={name}@x.example&users[{n}][auth]=oauth2"
            )
        };
        let users = [user(0, "one"), user(1, "two"), user(2, "three")].join("&");
        bench.ok("core_user_create_users", &format!("{users}&users[0][idnumber]=z4"));
        bench.ok(
            "core_course_create_courses",
            "courses[0][fullname]=C2&courses[0][shortname]=c2&courses[0][categoryid]=1\
             &courses[0][idnumber]=n2&courses[1][fullname]=A %26 B&courses[1][shortname]=c3\
             &courses[1][categoryid]=1&courses[1][idnumber]=n3",
        );
        bench.ok(
            "core_group_create_groups",
            "groups[0][courseid]=2&groups[0][name]=G1&groups[0][description]=\
             &groups[0][idnumber]=g1",
        );
        bench
    }

    /// Calls a function; returns its answer or its error.
    pub(super) fn ask(&mut self, name: &str, form: &str) -> Value {
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert("content-type", kind);
        let body = Bytes::from(form.to_owned());
        let (path, query) = (String::new(), String::new());
        let call = Call { method: Method::POST, path, query, headers, body };
        let form = Form::read(&call, self.settings.max_input_vars);
        let found = functions(&self.settings).find(|own| own.name == name);
        let Some(Function { parameters, run, .. }) = found else {
            return json!({"exception": "unknown function"});
        };
        let scene = Scene { settings: &self.settings, raw: self.raw };
        self.note = Note::default();
        let result = spec::check(parameters, &form.arguments, &self.settings)
            .and_then(|()| run(&mut self.site, &scene, &form.arguments, &mut self.note));
        result.unwrap_or_else(|failure| failure.body(&self.settings))
    }

    /// Calls a function that must succeed.
    pub(super) fn ok(&mut self, name: &str, form: &str) -> Value {
        let answer = self.ask(name, form);
        assert!(answer.get("exception").is_none(), "{name}: {answer}");
        answer
    }
}
