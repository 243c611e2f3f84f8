//! What can be switched in a running sandbox: the lists of its settings, faults and controls, as data, as a short text and as
//! part of a page. All of it is taken from where the sandbox itself reads it.

use {
    super::{control, fault, settings::Settings},
    serde_json::Value,
    std::fmt::Write as _,
};

/// A setting of the sandbox.
#[derive(Debug, Clone)]
pub struct Switch {
    /// The system that it is of: `zoho`, `moodle` or `both`.
    pub system: &'static str,
    /// Its name in `PUT /_sandbox/options`.
    pub name: &'static str,
    /// Its value in a fresh sandbox.
    pub usual: Value,
    /// The values that it takes, such as `from 0 to 5`; empty where its type and its description say them.
    pub values: String,
    /// What it does.
    pub about: String,
}

/// A kind of fault.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// Its name in `POST /_sandbox/faults`.
    pub name: &'static str,
    /// The system whose calls it strikes: `zoho`, `moodle` or `both`.
    pub system: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// A value that belongs to a fault.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name in `POST /_sandbox/faults`.
    pub name: &'static str,
    /// Whether it is a text, also when it looks like a number.
    pub is_text: bool,
    /// The values that it takes, such as `from 0 to 1`; empty where its description says them.
    pub values: String,
    /// What it does.
    pub about: &'static str,
}

/// Lists the settings.
pub fn settings() -> Vec<Switch> {
    Settings::list()
}

/// Lists the kinds of faults.
pub fn faults() -> Vec<Fault> {
    let fault = |(name, about, kind): &(&'static str, &'static str, fault::Kind)| {
        let system = match kind.system() {
            None => "both",
            Some(fault::Target::Zoho) => "zoho",
            Some(fault::Target::Moodle) => "moodle",
        };
        Fault { name, system, about: about.trim() }
    };
    fault::KINDS.iter().map(fault).collect()
}

/// Lists what can be given for a fault besides its system and its kind.
pub fn fault_members() -> Vec<Member> {
    let member = |(name, kind, about): &(&'static str, &str, &'static str)| {
        let limit = fault::LIMITS.iter().find(|(own, _)| own == name);
        let values = limit.map(|(_, limit)| limit.to_string()).unwrap_or_default();
        Member { name, is_text: kind.contains("String"), values, about: about.trim() }
    };
    fault::MEMBERS.iter().skip(2).map(member).collect()
}

/// Lists the controls: method, path below `/_sandbox/`, description.
pub fn controls() -> Vec<[&'static str; 3]> {
    control::all().map(|control| [control.method, control.path, control.about]).collect()
}

/// Writes the lists for a terminal.
pub fn text() -> String {
    let mut out = String::new();
    let mut section = |title: &str, rows: Vec<(String, &str)>| {
        let _never_fails = writeln!(out, "{title}:");
        for (name, about) in rows {
            let _never_fails = writeln!(out, "  {name}\n      {}", about.replace('`', ""));
        }
        out.push('\n');
    };
    let settings = settings();
    let named = settings.iter().map(|own| {
        let values =
            if own.values.is_empty() { String::new() } else { format!("  ({})", own.values) };
        (format!("{}={}{values}", own.name, own.usual), &*own.about)
    });
    section("Settings (sandbox ctl set NAME=VALUE)", named.collect());
    let kinds = faults().into_iter().map(|own| {
        let system = if own.system == "both" { "zoho or moodle" } else { own.system };
        (format!("{}  ({system})", own.name), own.about)
    });
    section("Faults (sandbox ctl fault SYSTEM KIND)", kinds.collect());
    let members = fault_members().into_iter().map(|own| {
        let values =
            if own.values.is_empty() { String::new() } else { format!("  ({})", own.values) };
        (format!("{}{values}", own.name), own.about)
    });
    section("Values of a fault (NAME=VALUE behind its kind)", members.collect());
    let controls = controls().into_iter().map(|[method, path, about]| {
        (format!("{} {}", method.to_lowercase(), if path.is_empty() { "/" } else { path }), about)
    });
    section("Controls (sandbox ctl METHOD PATH)", controls.collect());
    out.truncate(out.trim_end().len());
    out
}

/// Writes the lists as they stand in the page of the documentation.
pub fn page() -> String {
    let mut out = String::from("## Settings\n\n");
    out.push_str("| system | setting | default | values | what it does |\n|---|---|---|---|---|\n");
    for Switch { system, name, usual, values, about } in settings() {
        let usual = if usual == "" { String::new() } else { format!("`{usual}`") };
        let _never_fails = writeln!(out, "| {system} | `{name}` | {usual} | {values} | {about} |");
    }
    out.push_str("\n## Faults\n\n| system | kind | what it does |\n|---|---|---|\n");
    for Fault { name, system, about } in faults() {
        let _never_fails = writeln!(out, "| {system} | `{name}` | {about} |");
    }
    out.push_str("\n## Values of a fault\n\n| name | values | what it does |\n|---|---|---|\n");
    for Member { name, values, about, .. } in fault_members() {
        let _never_fails = writeln!(out, "| `{name}` | {values} | {about} |");
    }
    out.push_str("\n## Controls\n\nThe paths stand below `/_sandbox/`.\n\n");
    out.push_str("| method | path | what it does |\n|---|---|---|\n");
    for [method, path, about] in controls() {
        let path = if path.is_empty() { String::new() } else { format!("`{path}`") };
        let _never_fails = writeln!(out, "| {method} | {path} | {about} |");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_switch_is_described() {
        let settings = settings();
        let names: Vec<&str> = settings.iter().map(|own| own.name).collect();
        let usual = serde_json::to_value(Settings::default()).unwrap_or_default();
        let members: Vec<&str> =
            usual.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, members);
        let described = settings.iter().map(|own| &*own.about);
        let controls = controls();
        let all: Vec<&str> = described
            .chain(faults().into_iter().map(|own| own.about))
            .chain(fault_members().into_iter().map(|own| own.about))
            .chain(controls.iter().map(|[_, _, about]| *about))
            .collect();
        // A bar would end the cell of a table.
        assert!(all.iter().all(|about| about.len() > 10 && !about.contains(['|', '\n'])));
        let unique: HashSet<(&str, &str)> =
            controls.iter().map(|[method, path, _]| (*method, *path)).collect();
        assert_eq!(unique.len(), controls.len());
    }

    #[test]
    fn the_words_of_faults_are_those_of_the_wire() {
        for Fault { name, .. } in faults() {
            let text = format!("{{\"target\": \"zoho\", \"kind\": \"{name}\"}}");
            assert!(serde_json::from_str::<fault::Fault>(&text).is_ok(), "{name}");
        }
    }

    #[test]
    fn both_texts_hold_every_name() {
        let (text, page) = (text(), page());
        let settings = settings();
        let names = settings.iter().map(|own| own.name);
        let names = names.chain(faults().into_iter().map(|own| own.name));
        for name in names.chain(controls().into_iter().map(|[_, path, _]| path)) {
            assert!(text.contains(name) && page.contains(name), "{name}");
        }
    }
}
