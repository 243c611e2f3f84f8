//! The display of a run on a terminal: the bar while it works, the table when it has ended.

use {
    super::{item::local, output::shown},
    crate::proto::pb,
    indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle},
    serde_json::json,
    std::{fmt::Write as _, time::Duration},
};

/// Items that the table shows.
pub(super) const SHOWN_ITEMS: usize = 5;

/// A progress bar on standard error; without a terminal it draws nothing.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// Makes a bar, with its end if that is known.
    pub(super) fn new(total: Option<u64>) -> Self {
        let template = match total {
            Some(_) => "{prefix:>10} [{bar:32}] {pos}/{len} {per_sec} {msg}",
            None => "{prefix:>10} {spinner} {pos} records {per_sec} {msg}",
        };
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Shows a state of the run.
    pub(super) fn show(&self, run: &pb::Run) {
        let counts = run.progress.unwrap_or_default();
        if let Some(waiting) = waiting(run) {
            self.0.set_prefix("waiting");
            self.0.set_message(waiting);
            return;
        }
        self.0.set_prefix(run.phase.clone());
        self.0.set_position(u64::try_from(counts.total()).unwrap_or_default());
        self.0.set_message(match counts.failed() {
            0 => String::new(),
            failed => format!("{failed} failed"),
        });
    }

    /// Ends the bar.
    pub(super) fn finish(self) {
        self.0.finish_and_clear();
    }
}

const HEAD: [&str; 7] = ["module", "new", "unchanged", "updated", "failed", "skipped", "total"];

fn head(out: &mut String) {
    let [module, rest @ ..] = HEAD;
    let _never_fails = write!(out, "{module:<14}");
    for word in rest {
        let _never_fails = write!(out, "{word:>11}");
    }
    out.push('\n');
}

fn line(out: &mut String, run: &pb::Run) {
    let counts = run.counts.unwrap_or_default();
    let _never_fails = write!(out, "{:<14}", run.module_name);
    for count in [
        counts.new(),
        counts.unchanged(),
        counts.updated(),
        counts.failed(),
        counts.skipped(),
        counts.total(),
    ] {
        let _never_fails = write!(out, "{count:>11}");
    }
}

/// Writes the results of several runs, a line each, with what there is to know or to do about one below its line.
pub(super) fn summary(runs: &[pb::Run]) -> String {
    let mut out = String::new();
    head(&mut out);
    for run in runs {
        line(&mut out, run);
        let _never_fails =
            writeln!(out, "  {:<11}{}{}", run.status, shown(&run.run_id), warned(run.counts));
        let error = run.error_summary.clone();
        for text in error.into_iter().chain(waiting(run)).chain(steps(run)) {
            let _never_fails = writeln!(out, "              {}", shown(&text));
        }
    }
    out
}

/// Returns what of a run waits for an approval, `removals` or `changes`, and why.
pub(super) fn held(run: &pb::Run) -> Vec<(&'static str, String)> {
    if run.state() != pb::RunState::Held {
        return Vec::new();
    }
    let removals = run.removals.as_ref().filter(|removals| removals.approved.is_none());
    let removals = removals.and_then(|removals| removals.held_reason.clone());
    let changes = run.changes.as_ref().filter(|changes| changes.approved.is_none());
    let changes = changes.map(|changes| changes.held_reason.clone());
    let changes = changes.map(|reason| ("changes", reason));
    changes.into_iter().chain(removals.map(|reason| ("removals", reason))).collect()
}

/// Returns how many removals or changes of a held run wait, and what to call next.
fn steps(run: &pb::Run) -> Vec<String> {
    let id = &run.run_id;
    let step = |(what, reason): (&str, String)| match what {
        "changes" => {
            let count = run.changes.as_ref().map_or(0, |changes| changes.planned);
            format!(
                "{count} changes wait for an approval: {reason}; see them: sigma-sync runs show {id}; then: sigma-sync runs \
                 approve {id} --changes {count}, or: sigma-sync runs discard {id}"
            )
        }
        _ => {
            let count = run.removals.as_ref().map_or(0, |removals| removals.planned);
            format!(
                "{count} removals wait; list them: sigma-sync runs removals {id}; then: sigma-sync runs approve {id} \
                 --removals {count}, or: sigma-sync runs discard {id}"
            )
        }
    };
    held(run).into_iter().map(step).collect()
}

/// Writes the commands by which a held run goes on.
pub(super) fn next(run: &pb::Run) -> String {
    let mut out = String::new();
    let id = shown(&run.run_id);
    for (what, _) in held(run) {
        let planned = match what {
            "changes" => run.changes.as_ref().map(|changes| changes.planned),
            _ => run.removals.as_ref().map(|removals| removals.planned),
        };
        let planned = planned.unwrap_or_default();
        let _never_fails =
            writeln!(out, "next      sigma-sync runs approve {id} --{what} {planned}");
    }
    if !out.is_empty() {
        let _never_fails = writeln!(out, "      or  sigma-sync runs discard {id}");
    }
    out
}

/// Returns why a run waits and until when, also when it is held.
pub(super) fn waiting(run: &pb::Run) -> Option<String> {
    let waiting = run.waiting.as_ref()?;
    let until = waiting.until.map(|at| format!(", until {}", local(Some(at))));
    Some(format!("{} [{}]{}", waiting.reason, waiting.code, until.unwrap_or_default()))
}

/// Writes the result of a run: its counts and its first items with what changed.
pub(super) fn table(run: &pb::Run, items: &[pb::RunItem]) -> String {
    let mut out = String::new();
    let _never_fails =
        writeln!(out, "run      {}  {}{}", run.run_id, run.status, warned(run.counts));
    head(&mut out);
    line(&mut out, run);
    out.push('\n');
    if let Some(summary) = &run.error_summary {
        let _never_fails = writeln!(out, "error    {summary}");
    }
    out.push_str(&findings(run));
    items.iter().take(SHOWN_ITEMS).for_each(|one| out.push_str(&item(one)));
    out
}

/// Writes what a run found about fields and words, a line each.
pub(super) fn findings(run: &pb::Run) -> String {
    let mut out = String::new();
    for one in &run.findings {
        let records = match one.records {
            0 => String::new(),
            1 => " (1 record)".to_owned(),
            records => format!(" ({records} records)"),
        };
        let _never_fails =
            writeln!(out, "finding  {} [{}]{records}", shown(&one.message), shown(&one.code));
    }
    out
}

/// Writes the current counts of a run with their names.
pub(super) fn counts(run: &pb::Run) -> String {
    let mut out = String::new();
    head(&mut out);
    line(&mut out, &pb::Run { counts: run.progress, ..run.clone() });
    out.push_str(&warned(run.progress));
    out.push('\n');
    out
}

/// Writes an item with its reason and its changes; none of it can move the cursor.
pub(super) fn item(item: &pb::RunItem) -> String {
    let mut out = String::new();
    let _never_fails = writeln!(out, "\n{:<10} {}", item.status, shown(&item.zoho_id));
    if let Some(message) = &item.message {
        let code = item.code.as_deref().unwrap_or_default();
        let _never_fails = writeln!(out, "           {} [{code}]", shown(message));
    }
    for warning in &item.warnings {
        let told = dropped(std::slice::from_ref(warning));
        let _never_fails = writeln!(out, "           {}", shown(&told));
    }
    for (field, old, new) in changes(item) {
        let _never_fails =
            writeln!(out, "           {}: {} -> {}", shown(&field), shown(&old), shown(&new));
    }
    out
}

/// Returns how many records have warnings, behind a count or a status; nothing where none has.
fn warned(counts: Option<pb::Counts>) -> String {
    match counts.and_then(|counts| counts.warned) {
        Some(warned) => format!(", {warned} with warnings"),
        None => String::new(),
    }
}

/// Returns the values that were left out of a record, in one line.
pub(super) fn dropped(warnings: &[pb::ItemWarning]) -> String {
    let told = warnings.iter().map(|pb::ItemWarning { field, code, value }| {
        let value = if value.is_empty() { String::new() } else { format!(" {value}") };
        format!("without {field}{value} [{code}]")
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Returns a run as the document that scripts read.
pub(super) fn document(run: &pb::Run) -> serde_json::Value {
    let counts = run.counts.unwrap_or_default();
    let mut document = json!({
        "run_id": run.run_id,
        "module_name": run.module_name,
        "status": run.status,
        "counts": {
            "new": counts.new(),
            "unchanged": counts.unchanged(),
            "updated": counts.updated(),
            "failed": counts.failed(),
            "skipped": counts.skipped(),
            "total": counts.total(),
        },
        "error_summary": run.error_summary,
        "waiting": run.waiting.as_ref().map(|waiting| json!({
            "code": waiting.code,
            "reason": waiting.reason,
        })),
        "removals_planned": run.removals.as_ref().map(|removals| removals.planned),
    });
    if let (Some(warned), Some(told)) = (counts.warned, document.pointer_mut("/counts")) {
        told["warned"] = json!(warned);
    }
    document
}

/// Reads `{field: [old, new]}`.
fn changes(item: &pb::RunItem) -> Vec<(String, String, String)> {
    let members = item.diff.iter().flat_map(|diff| &diff.members);
    members
        .filter_map(|member| {
            let kind = member.value.as_ref()?.kind.as_ref()?;
            let crate::proto::sigma::internal::v1::value::Kind::ArrayValue(pair) = kind else {
                return None;
            };
            let [old, new] = pair.values.as_slice() else { return None };
            Some((member.key.clone(), text(old), text(new)))
        })
        .collect()
}

fn text(value: &crate::proto::sigma::internal::v1::Value) -> String {
    use crate::proto::sigma::internal::v1::value::Kind;
    match &value.kind {
        Some(Kind::StringValue(text)) => format!("\"{text}\""),
        Some(Kind::NumberValue(number)) => number.to_string(),
        Some(Kind::BoolValue(flag)) => flag.to_string(),
        Some(Kind::ObjectValue(_)) => "{…}".into(),
        Some(Kind::ArrayValue(_)) => "[…]".into(),
        Some(Kind::NullValue(_)) | None => "-".into(),
    }
}
