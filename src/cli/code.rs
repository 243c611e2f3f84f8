//! `errors`: the meaning of the stable words and what to do about them. It needs no server: the table is part of the
//! program.

use {
    super::{
        Failed, exit,
        output::{Reference, pretty, print, table},
    },
    crate::domain::code::{self, Code, Screen, Text},
    clap::{Args, ValueEnum},
    serde_json::{Value, json},
    std::process::ExitCode,
};

#[derive(Debug, Args)]
pub(super) struct ErrorsArgs {
    /// An error code, such as MOODLE_EMAIL_TAKEN, to show what it means and what to do; all codes without it
    code: Option<String>,
    /// Language of the texts
    #[arg(short, long, value_enum, default_value_t = Language::En)]
    language: Language,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Reference::Table)]
    output: Reference,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// English
    En,
    /// Arabic
    Ar,
}

impl Language {
    fn of(self, code: Code) -> &'static Text {
        match self {
            Self::En => &code.row().en,
            Self::Ar => &code.row().ar,
        }
    }
}

pub(super) fn errors(args: &ErrorsArgs) -> Result<ExitCode, Failed> {
    let one = match &args.code {
        Some(word) => Some(Code::find(&word.to_uppercase()).ok_or_else(|| {
            let message =
                format!("there is no error code '{word}'; list them with: sigma-sync errors");
            Failed::new(exit::NOT_FOUND, message)
        })?),
        None => None,
    };
    let text = match (args.output, one) {
        (Reference::Markdown, _) => code::page(),
        (Reference::Json, Some(code)) => pretty(&document(code))?,
        (Reference::Json, None) => {
            pretty(&code::sorted().into_iter().map(document).collect::<Value>())?
        }
        (Reference::Table, Some(code)) => details(code, args.language),
        (Reference::Table, None) => list(args.language),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn list(language: Language) -> String {
    let mut rows = vec![["CODE", "CLASS", "EFFECT", "MESSAGE"].map(str::to_owned).to_vec()];
    for code in code::sorted() {
        let (row, text) = (code.row(), language.of(code));
        let cells = [row.word, row.class.as_str(), row.effect.as_str(), text.message];
        rows.push(cells.map(str::to_owned).to_vec());
    }
    table(&rows)
}

fn details(code: Code, language: Language) -> String {
    let (row, text) = (code.row(), language.of(code));
    format!(
        "{}\n  {}\n  {}\n\n  class     {}\n  provider  {}\n  effect    {}\n",
        row.word,
        text.message,
        text.remedy,
        row.class.as_str(),
        row.provider.as_str(),
        row.effect.as_str()
    )
}

/// Returns a code in the form of the API.
fn document(code: Code) -> Value {
    let row = code.row();
    let text = |language: &str, text: &Text| json!({"language": language, "message": text.message, "remedy": text.remedy});
    json!({
        "code": row.word,
        "class": row.class.as_str(),
        "provider": row.provider.as_str(),
        "effect": row.effect.as_str(),
        "screen": row.screen.map(Screen::as_str).unwrap_or_default(),
        "texts": [text("en", &row.en), text("ar", &row.ar)],
    })
}
