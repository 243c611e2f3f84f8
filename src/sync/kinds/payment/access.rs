//! What a payment has done to its student's access. It is kept with what was sent of the payment, because the statuses that
//! suspend enrolments are a setting, which may have changed since.

use {crate::domain::record::Canonical, serde_json::Value};

/// The name under which it stands among what was sent. No canonical field has it.
const NAME: &str = "suspends_enrolments";

/// The access of a payment's student, as far as the payment has a say in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// The payment leaves the enrolments alone.
    Open,
    /// The payment has suspended the enrolments.
    Suspended,
}

impl Access {
    /// Reads what was kept with what was sent of a payment.
    pub(crate) fn after(sent: &Canonical) -> Self {
        if sent.get(NAME) == Some(&Value::Bool(true)) { Self::Suspended } else { Self::Open }
    }

    /// Keeps it with what is sent of a payment. An open access is kept as nothing.
    pub(crate) fn keep(self, sent: &mut Canonical) {
        match self {
            Self::Open => drop(sent.remove(NAME)),
            Self::Suspended => drop(sent.insert(NAME.to_owned(), Value::Bool(true))),
        }
    }

    /// Returns whether the enrolments are suspended.
    pub(crate) fn is_suspended(self) -> bool {
        self == Self::Suspended
    }
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    fn sent(fields: Value) -> Canonical {
        serde_json::from_value(fields).expect("an object")
    }

    #[test]
    fn what_is_kept_has_the_form_of_the_version_before() {
        let plain = sent(json!({"payment_status": "overdue"}));
        let suspends = sent(json!({"payment_status": "overdue", "suspends_enrolments": true}));
        for (access, form) in [(Access::Open, &plain), (Access::Suspended, &suspends)] {
            assert_eq!(Access::after(form), access);
            for before in [&plain, &suspends] {
                let mut kept = before.clone();
                access.keep(&mut kept);
                assert_eq!(kept, *form);
            }
        }
        assert_eq!(Access::after(&sent(json!({"suspends_enrolments": false}))), Access::Open);
    }
}
