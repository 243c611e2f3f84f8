//! Generated registrations and payments. Each student has one registration with four instalments;
//! the first one or two are paid, and each paid one is a payment.

use {
    super::{GROUP, Kind, School, date, mix, pick, program_of, record_id, study::PROGRAMS},
    serde_json::{Value, json},
};

/// Instalments of a registration.
const INSTALMENTS: u32 = 4;
/// Position of the rows of payment schedules among the modules.
const SCHEDULE_MODULE: u64 = 11;

/// States of a registration, each as often as it occurs.
const STATES: [&str; 10] = [
    "Active", "Active", "Active", "Active", "Active", "Active", "New", "New", "Freeze", "Withdraw",
];

fn price(index: u32) -> u32 {
    pick(&PROGRAMS, u64::from(program_of(index / GROUP))).3
}

/// Returns how many instalments of a registration are paid.
fn paid(index: u32) -> u32 {
    2 - index % 2
}

/// Days from the first of September to an instalment.
fn due(index: u32, instalment: u32) -> i64 {
    i64::from(instalment) * 60 + i64::from(index % 28)
}

/// Writes an amount the way the organisation stores it: as text.
fn amount_text(amount: u32) -> String {
    format!("{},{:03} USD", amount / 1_000, amount % 1_000)
}

/// Returns the value of a field of BTEC_Registrations.
pub(super) fn registration(school: School, index: u32, field: &str) -> Value {
    let dice = mix(school.seed ^ 0x4e61, index);
    match field {
        "Name" => json!(format!("REG-{:07}", index)),
        "Student_ID" => Kind::Student.id(index),
        "Program" => Kind::Program.id(program_of(index / GROUP)),
        "Registration_Date" => date(i64::from(index % 28) - 28),
        "Registration_Status" => json!(pick(&STATES, dice)),
        "Program_Price" => json!(amount_text(price(index))),
        "Remaining_Amount" => {
            json!(amount_text(price(index) / INSTALMENTS * (INSTALMENTS - paid(index))))
        }
        "Currency" => json!("USD"),
        "Study_Mode" => json!(pick(&["Onsite", "Online", "Blended"], dice >> 8)),
        "Payment_Schedule" => (0..INSTALMENTS).map(|number| instalment(index, number)).collect(),
        _ => Value::Null,
    }
}

fn instalment(index: u32, number: u32) -> Value {
    let is_paid = number < paid(index);
    json!({
        "id": record_id(SCHEDULE_MODULE, u64::from(index) * u64::from(INSTALMENTS) + u64::from(number)),
        "Installment_No": number + 1,
        "Due_Date": date(due(index, number)),
        "Installment_Amount": price(index) / INSTALMENTS,
        "Installment_Status": if is_paid { "Paid" } else { "Pending" },
        "Paid_Date": if is_paid { date(due(index, number) - 2) } else { Value::Null },
    })
}

/// Returns the registration and the instalment of a payment: registrations with an even number have
/// two, the others one.
fn paid_by(index: u32) -> (u32, u32) {
    match index % 3 {
        2 => (index / 3 * 2 + 1, 0),
        number => (index / 3 * 2, number),
    }
}

/// Returns the value of a field of BTEC_Payments.
pub(super) fn payment(school: School, index: u32, field: &str) -> Value {
    let (registration, instalment) = paid_by(index);
    let dice = mix(school.seed ^ 0x9a4d, index);
    match field {
        "Name" => json!(format!("PAY-{:07}", index)),
        "Registration_ID" => Kind::Registration.id(registration),
        "Student_ID" => Kind::Student.id(registration),
        "Payment_Amount" => json!(price(registration) / INSTALMENTS),
        "Payment_Date" => date(due(registration, instalment) - 2),
        "Payment_Method" => json!(pick(&["Cash", "Bank Transfer"], dice)),
        "Payment_Type" => {
            json!(if instalment == 0 { "Registration Fees" } else { "Study Fees" })
        }
        "SRM_Voucher_Number" => json!(format!("SYN-V{index:07}")),
        "Installment_No" => json!(instalment + 1),
        "Currency" => json!("USD"),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHOOL: School = School { seed: 3, broken_every: 0, students: 9 };

    #[test]
    fn payments_are_the_paid_instalments() {
        let all: Vec<(u32, u32)> = (0..SCHOOL.count(Kind::Payment)).map(paid_by).collect();
        let expected: Vec<(u32, u32)> = (0..SCHOOL.students)
            .flat_map(|student| (0..paid(student)).map(move |number| (student, number)))
            .collect();
        assert_eq!(all, expected);
    }

    #[test]
    fn amounts_add_up() {
        for index in 0..SCHOOL.students {
            let rows = registration(SCHOOL, index, "Payment_Schedule");
            let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
            let sum = |state: Option<&str>| -> u64 {
                rows.iter()
                    .filter(|row| state.is_none_or(|state| row["Installment_Status"] == state))
                    .filter_map(|row| row["Installment_Amount"].as_u64())
                    .sum()
            };
            assert_eq!(sum(None), u64::from(price(index)));
            let open = registration(SCHOOL, index, "Remaining_Amount");
            let digits: String =
                open.as_str().unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
            assert_eq!(digits.parse(), Ok(sum(Some("Pending"))));
        }
    }
}
