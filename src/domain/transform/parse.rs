//! Reading a transform from its JSON form: unknown types, parameters and keys are refused by name.

use {
    super::{
        KNOWN, STEPS_MAX, Step, Transform,
        cel::Expression,
        choice::ChoiceStep,
        date::DateStep,
        number::NumberStep,
        pattern::PatternStep,
        pick::PickStep,
        text::{Compose, TextStep},
    },
    serde_json::{Map, Value},
};

/// Longest text parameter, in bytes.
const PARAM_MAX: usize = 1_024;
/// Fields that a step may read.
const SOURCES_MAX: usize = 20;

/// Reads parameters and sees that none is left over.
pub(super) struct Params {
    pub(super) name: &'static str,
    left: Map<String, Value>,
}

impl Params {
    /// Takes a parameter out; null counts as absent.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.left.shift_remove(key).filter(|value| !value.is_null())
    }

    pub(super) fn wrong(&self, key: &str, wanted: &str) -> String {
        format!("{}: '{key}' must be {wanted}", self.name)
    }

    pub(super) fn flag(&mut self, key: &str, default: bool) -> Result<bool, String> {
        match self.take(key) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(self.wrong(key, "true or false")),
        }
    }

    pub(super) fn optional(&mut self, key: &str) -> Result<Option<String>, String> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= PARAM_MAX => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, &format!("a text of at most {PARAM_MAX} bytes"))),
        }
    }

    pub(super) fn text(&mut self, key: &str, default: Option<&str>) -> Result<String, String> {
        let given = self.optional(key)?.or_else(|| default.map(str::to_owned));
        given.ok_or_else(|| self.wrong(key, &format!("a text of at most {PARAM_MAX} bytes")))
    }

    /// Reads one word out of a few; the first one is the default.
    pub(super) fn word(
        &mut self,
        key: &str,
        words: &'static [&'static str],
    ) -> Result<&'static str, String> {
        let given = match self.take(key) {
            None => words.first().copied(),
            Some(Value::String(text)) => words.iter().copied().find(|word| *word == text),
            Some(_) => None,
        };
        given.ok_or_else(|| self.wrong(key, &words.join(", ")))
    }

    pub(super) fn number(
        &mut self,
        key: &str,
        from: u32,
        to: u32,
        default: Option<u32>,
    ) -> Result<u32, String> {
        let given = match self.take(key) {
            None => default,
            Some(value) => value.as_u64().and_then(|number| u32::try_from(number).ok()),
        };
        given
            .filter(|number| (from..=to).contains(number))
            .ok_or_else(|| self.wrong(key, &format!("{from} to {to}")))
    }

    /// Reads a list of texts that are not empty.
    pub(super) fn texts(&mut self, key: &str, most: usize) -> Result<Option<Vec<String>>, String> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let names: Option<Vec<String>> = value.as_array().and_then(|items| {
            let text = |item: &Value| {
                let text = item.as_str()?;
                (1..=PARAM_MAX).contains(&text.len()).then(|| text.to_owned())
            };
            items.iter().map(text).collect()
        });
        names
            .filter(|names| (1..=most).contains(&names.len()))
            .map(Some)
            .ok_or_else(|| self.wrong(key, &format!("a list of 1 to {most} texts")))
    }

    pub(super) fn sources(&mut self) -> Result<Vec<String>, String> {
        let names = self.texts("sources", SOURCES_MAX)?;
        names.ok_or_else(|| self.wrong("sources", &format!("a list of 1 to {SOURCES_MAX} texts")))
    }

    fn end(self, step: Step) -> Result<Step, String> {
        match self.left.keys().next() {
            None => Ok(step),
            Some(key) => {
                let shown: String = key.chars().take(60).collect();
                Err(format!("{}: unknown parameter '{shown}'", self.name))
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
        let (name, mut params) = open(rules)?;
        if name != "chain" {
            return Ok(Some(Self { steps: vec![(name, step(params)?)] }));
        }
        let steps = params.take("steps");
        let wrong = || format!("chain: 'steps' must list 1 to {STEPS_MAX} transforms");
        let Some(Value::Array(steps)) = steps else { return Err(wrong()) };
        if !(1..=STEPS_MAX).contains(&steps.len()) {
            return Err(wrong());
        }
        params.end(Step::Value)?;
        let parse = |(index, rules): (usize, &Value)| {
            let one = || {
                let (name, params) = open(rules.as_object().ok_or_else(wrong)?)?;
                Ok((name, step(params)?))
            };
            one().map_err(|reason: String| format!("step {}: {reason}", index + 1))
        };
        let steps = steps.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
        Ok(Some(Self { steps }))
    }
}

/// Reads the frame of a transform: its name and its parameters.
fn open(rules: &Map<String, Value>) -> Result<(&'static str, Params), String> {
    let known = ["type", "params", "description"];
    if let Some(key) = rules.keys().find(|key| !known.contains(&key.as_str())) {
        let shown: String = key.chars().take(60).collect();
        return Err(format!("unknown key '{shown}'; type, params and description are known"));
    }
    if rules.get("description").is_some_and(|text| !(text.is_string() || text.is_null())) {
        return Err("'description' must be a text".into());
    }
    let word = rules.get("type").and_then(Value::as_str).ok_or("'type' must name a transform")?;
    let Some((name, _, _)) = KNOWN.iter().find(|(name, _, _)| *name == word) else {
        let known: Vec<&str> = KNOWN.iter().map(|(name, _, _)| *name).collect();
        let shown: String = word.chars().take(60).collect();
        return Err(format!("unknown transform type '{shown}'; known are {}", known.join(", ")));
    };
    let left = match rules.get("params") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(params)) => params.clone(),
        Some(_) => return Err("'params' must be an object".into()),
    };
    Ok((name, Params { name, left }))
}

fn step(mut params: Params) -> Result<Step, String> {
    let step = match params.name {
        "value" => Step::Value,
        "before_at" | "trim" | "lower" | "upper" | "truncate" | "split" => {
            Step::Text(TextStep::parse(&mut params)?)
        }
        "concat" | "template" => Step::Compose(Compose::parse(&mut params)?),
        "coalesce" | "default" | "value_map" | "boolean" | "grade_letter" => {
            Step::Choice(ChoiceStep::parse(&mut params)?)
        }
        "image_url_resolver" | "lookup_id" | "lookup_name" | "json" => {
            Step::Pick(PickStep::parse(&mut params)?)
        }
        "date_only" | "date_format" | "epoch" => Step::Date(DateStep::parse(&mut params)?),
        "to_integer" | "to_decimal" | "money" => Step::Number(NumberStep::parse(&mut params)?),
        "regex_extract" | "regex_replace" => Step::Pattern(PatternStep::parse(&mut params)?),
        "cel" => Step::Cel(Box::new(Expression::parse(&mut params)?)),
        _ => return Err("a chain cannot hold a chain".into()),
    };
    params.end(step)
}
