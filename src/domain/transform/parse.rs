//! Reading a transform from its JSON form: unknown types, parameters and keys are refused by name.

use {
    super::{
        STEPS_MAX, Step, Transform,
        cel::Expression,
        choice::ChoiceStep,
        date::DateStep,
        number::{Form, NumberStep},
        pattern::PatternStep,
        pick::PickStep,
        row::{Accepts, Key, Parameter, ROWS, Row},
        text::{Compose, TextStep},
    },
    serde_json::{Map, Value},
};

/// Longest text parameter, in bytes.
pub(super) const PARAM_MAX: usize = 1_024;
/// Fields that a step may read.
pub(super) const SOURCES_MAX: usize = 20;

/// Reads parameters by the row of their transform, and makes sure that none is left over.
pub(super) struct Params {
    row: &'static Row,
    left: Map<String, Value>,
}

impl Params {
    /// Takes a parameter out; null counts as absent.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.left.shift_remove(key).filter(|value| !value.is_null())
    }

    /// The name of the transform.
    pub(super) const fn name(&self) -> &'static str {
        self.row.name
    }

    /// What the row accepts for a parameter; one that is not in the row accepts nothing.
    fn accepts(&self, key: &str) -> Accepts {
        self.parameter(key).map_or(Accepts::Other("left out"), |found| found.accepts)
    }

    fn parameter(&self, key: &str) -> Option<&'static Parameter> {
        self.row.parameters.iter().find(|parameter| parameter.name == key)
    }

    fn default(&self, key: &str) -> Option<&'static str> {
        self.parameter(key)?.default
    }

    /// The refusal of a value that the row does not accept.
    pub(super) fn wrong(&self, key: &str) -> String {
        self.unfit(key, &self.accepts(key).words())
    }

    /// The refusal of a value that does not go with the other parameters.
    pub(super) fn unfit(&self, key: &str, wanted: &str) -> String {
        format!("{}: '{key}' must be {wanted}", self.row.name)
    }

    pub(super) fn flag(&mut self, key: &str) -> Result<bool, String> {
        match self.take(key) {
            None => Ok(self.default(key) == Some("true")),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(self.wrong(key)),
        }
    }

    pub(super) fn optional(&mut self, key: &str) -> Result<Option<String>, String> {
        let (least, most) = match self.accepts(key) {
            Accepts::Text { least, most } => (least, most),
            _ => (0, PARAM_MAX),
        };
        match self.take(key) {
            None => {
                let default = self.default(key).map(|text| text.trim_matches('"').to_owned());
                Ok(default)
            }
            Some(Value::String(text)) if (least..=most).contains(&text.len()) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key)),
        }
    }

    pub(super) fn text(&mut self, key: &str) -> Result<String, String> {
        self.optional(key)?.ok_or_else(|| self.wrong(key))
    }

    /// Reads one of a few words; the first one is the default.
    pub(super) fn word(&mut self, key: &str) -> Result<&'static str, String> {
        let Accepts::Word(words) = self.accepts(key) else { return Err(self.wrong(key)) };
        let given = match self.take(key) {
            None => words.first().copied(),
            Some(Value::String(text)) => words.iter().copied().find(|word| *word == text),
            Some(_) => None,
        };
        given.ok_or_else(|| self.wrong(key))
    }

    pub(super) fn number(&mut self, key: &str) -> Result<u32, String> {
        self.whole(key)?.ok_or_else(|| self.wrong(key))
    }

    /// Reads a whole number that may be absent.
    pub(super) fn whole(&mut self, key: &str) -> Result<Option<u32>, String> {
        let Accepts::Whole { from, to } = self.accepts(key) else { return Err(self.wrong(key)) };
        let Some(value) = self.take(key) else {
            return Ok(self.default(key).and_then(|number| number.parse().ok()));
        };
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let fits = number.filter(|number| (from..=to).contains(number));
        fits.map(Some).ok_or_else(|| self.wrong(key))
    }

    /// Reads a list of texts that are not empty.
    pub(super) fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>, String> {
        let Accepts::Texts { most } = self.accepts(key) else { return Err(self.wrong(key)) };
        let Some(value) = self.take(key) else { return Ok(None) };
        let names: Option<Vec<String>> = value.as_array().and_then(|items| {
            let text = |item: &Value| {
                let text = item.as_str()?;
                (1..=PARAM_MAX).contains(&text.len()).then(|| text.to_owned())
            };
            items.iter().map(text).collect()
        });
        let fits = names.filter(|names| (1..=most).contains(&names.len()));
        fits.map(Some).ok_or_else(|| self.wrong(key))
    }

    pub(super) fn sources(&mut self) -> Result<Vec<String>, String> {
        self.texts("sources")?.ok_or_else(|| self.wrong("sources"))
    }

    fn end(self, step: Step) -> Result<Step, String> {
        match self.left.keys().next() {
            None => Ok(step),
            Some(key) => {
                let shown: String = key.chars().take(60).collect();
                Err(format!("{}: unknown parameter '{shown}'", self.row.name))
            }
        }
    }
}

impl Transform {
    /// Reads `{}` or `{"type", "params"?, "description"?}`; the error says what was refused.
    pub fn parse(rules: &Map<String, Value>) -> Result<Option<Self>, String> {
        if rules.is_empty() {
            return Ok(None);
        }
        let mut params = open(rules)?;
        let row = params.row;
        if row.key != Key::Chain {
            return Ok(Some(Self { steps: vec![(row, step(params)?)] }));
        }
        let wrong = params.wrong("steps");
        let Some(Value::Array(steps)) = params.take("steps") else { return Err(wrong) };
        if !(1..=STEPS_MAX).contains(&steps.len()) {
            return Err(wrong);
        }
        params.end(Step::Value)?;
        let parse = |(index, rules): (usize, &Value)| {
            let one = || {
                let params = open(rules.as_object().ok_or_else(|| wrong.clone())?)?;
                Ok((params.row, step(params)?))
            };
            one().map_err(|reason: String| format!("step {}: {reason}", index + 1))
        };
        let steps = steps.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
        Ok(Some(Self { steps }))
    }
}

/// Opens a transform: returns its name and its parameters.
fn open(rules: &Map<String, Value>) -> Result<Params, String> {
    let known = ["type", "params", "description"];
    if let Some(key) = rules.keys().find(|key| !known.contains(&key.as_str())) {
        let shown: String = key.chars().take(60).collect();
        return Err(format!("unknown key '{shown}'; type, params and description are known"));
    }
    if rules.get("description").is_some_and(|text| !(text.is_string() || text.is_null())) {
        return Err("'description' must be a text".into());
    }
    let word = rules.get("type").and_then(Value::as_str).ok_or("'type' must name a transform")?;
    let Some(row) = Row::named(word) else {
        let known: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        let shown: String = word.chars().take(60).collect();
        return Err(format!("unknown transform type '{shown}'; known are {}", known.join(", ")));
    };
    let left = match rules.get("params") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(params)) => params.clone(),
        Some(_) => return Err("'params' must be an object".into()),
    };
    Ok(Params { row, left })
}

/// Reads a step. Every transform has an arm of its own, so that a new one cannot be mistaken for another.
fn step(mut params: Params) -> Result<Step, String> {
    let from = &mut params;
    let step = match from.row.key {
        Key::Value => Step::Value,
        Key::BeforeAt => Step::Text(TextStep::BeforeAt),
        Key::Trim => Step::Text(TextStep::trim(from)?),
        Key::Lower => Step::Text(TextStep::lower(from)?),
        Key::Upper => Step::Text(TextStep::upper(from)?),
        Key::Truncate => Step::Text(TextStep::truncate(from)?),
        Key::Split => Step::Text(TextStep::split(from)?),
        Key::Concat => Step::Compose(Compose::concat(from)?),
        Key::Template => Step::Compose(Compose::template(from)?),
        Key::Coalesce => Step::Choice(ChoiceStep::coalesce(from)?),
        Key::Default => Step::Choice(ChoiceStep::default(from)?),
        Key::ValueMap => Step::Choice(ChoiceStep::value_map(from)?),
        Key::Boolean => Step::Choice(ChoiceStep::boolean(from)?),
        Key::GradeLetter => Step::Choice(ChoiceStep::grade_letter(from)?),
        Key::ImageUrlResolver => Step::Pick(PickStep::image(from)?),
        Key::LookupId => Step::Pick(PickStep::LookupId),
        Key::LookupName => Step::Pick(PickStep::LookupName),
        Key::Json => Step::Pick(PickStep::json(from)?),
        Key::DateOnly => Step::Date(DateStep::only(from)?),
        Key::DateFormat => Step::Date(DateStep::format(from)?),
        Key::Epoch => Step::Date(DateStep::epoch(from)?),
        Key::ToInteger => Step::Number(NumberStep::parse(Form::Integer, from)?),
        Key::ToDecimal => Step::Number(NumberStep::parse(Form::Decimal, from)?),
        Key::Money => Step::Number(NumberStep::parse(Form::Money, from)?),
        Key::RegexExtract => Step::Pattern(PatternStep::extract(from)?),
        Key::RegexReplace => Step::Pattern(PatternStep::replace(from)?),
        Key::Cel => Step::Cel(Box::new(Expression::parse(from)?)),
        Key::Chain => return Err("a chain cannot hold a chain".into()),
    };
    params.end(step)
}
