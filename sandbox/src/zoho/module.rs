//! The modules and fields of the emulated organisation: names, types, picklists. Plain data in a
//! small table language, read once; `metadata.rs` makes the answers from it.

use std::sync::LazyLock;

/// The name of a person, which Zoho makes from the first and the last name.
pub(crate) const FULL_NAME: &str = "Full_Name";

/// A field of a module.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    /// `data_type` as in the metadata calls.
    pub(crate) kind: &'static str,
    /// Greatest length of a text.
    pub(crate) length: usize,
    /// Stored and displayed value of each choice.
    pub(crate) choices: Vec<(&'static str, &'static str)>,
    /// Module that a look-up points into, or that a subform's rows belong to.
    pub(crate) lookup: Option<&'static str>,
    pub(crate) required: bool,
    pub(crate) unique: bool,
    pub(crate) read_only: bool,
}

impl Field {
    /// Returns whether the field comes only with single records.
    pub(crate) fn single_reads_only(&self) -> bool {
        matches!(self.kind, "subform" | "multiselectlookup" | "multiuserlookup")
    }

    /// Returns the size of a text of several lines; of rich text most answers hold only the beginning.
    pub(crate) fn textarea(&self) -> Option<&'static str> {
        match self.length {
            _ if self.kind != "textarea" => None,
            0..=2_000 => Some("small"),
            2_001..=32_000 => Some("large"),
            _ => Some("rich_text"),
        }
    }
}

/// A module.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) name: &'static str,
    pub(crate) singular: &'static str,
    /// Position in the list of modules; part of its records' ids.
    pub(crate) number: u64,
    /// Field of the system's own duplicate check.
    pub(crate) system_key: &'static str,
    /// Whether its records are rows inside other records.
    pub(crate) subform: bool,
    /// Whether Zoho brings the module with it; the others are custom modules of the school.
    pub(crate) standard: bool,
    pub(crate) fields: Vec<Field>,
}

impl Module {
    /// Returns a field by its API name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Returns a module by its API name.
pub(crate) fn module(name: &str) -> Option<&'static Module> {
    modules().iter().find(|module| module.name == name)
}

/// Returns all modules.
pub(crate) fn modules() -> &'static [Module] {
    static MODULES: LazyLock<Vec<Module>> = LazyLock::new(parse);
    &MODULES
}

/// One module after `#` (name, singular, system key, `subform` for rows inside records, `standard` for one that Zoho brings
/// with it), then its fields: name, type, and what else is to say about it: `!` required, `^` unique, `~` read-only,
/// `<n>` length, `>Module` target of a look-up or rows of a subform, `=a|b` choices, stored and shown value apart as
/// `stored:shown`.
const TABLE: &str = "
# BTEC_Students;Student;Name
Name;autonumber;~;^
First_Name;text;100
Last_Name;text;100
Display_Name;text;200
Academic_Email;email;^;100
Email;email;100
Phone_Number;phone;30
Address;textarea;2000
City;text;100
Country;picklist;=Jordan|Turkey|Palestine|Syria|Iraq|Germany
Nationality;picklist;=Jordanian|Turkish|Palestinian|Syrian|Iraqi|German
Birth_Date;date
Gender;picklist;=Male|Female
National_Number;text;50
Status;picklist;=Pending|Passive|Enrollment Form|approved:Approved|\
approved-conditional:Approved-conditional|Active|Freezed:Freeze|Withdraw|Graduated|Blocked|\
Revive|Welcome Letter Sent|Student Certificate Sent|Graduate Form Sent|Account Creation|\
Registered|Unregistered
Academic_Program;picklist;=BTEC Level 3|BTEC Level 5
Major;picklist;=Applied Science:Applied Science Diploma|IT|BUS|AD
Sub_Major;picklist;=Biology|Cyber Security|Marketing|Graphic Design
Emergency_Contact_Name;text;100
Emergency_Phone_Number;phone;30
Program;lookup;>Products
Classes;multiselectlookup;>BTEC_Classes
Student_Moodle_ID;text;50
Synced_to_Moodle;boolean
Last_Sync_Date;datetime
# Products;Program;Product_Name;standard
Product_Name;text;!;200
Description;textarea;50000
Status;picklist;=Draft:Enabled|Approved:Disbaled|Sent:Pending
Program_ID;autonumber;~
Program_Price;currency
Program_Type;picklist;=BTEC|Qualifi
Program_Major;picklist;=IT|BUS|AD|Applied Science
Program_Sub_Major;picklist;=Biology|Cyber Security|Marketing|Graphic Design
MoodleID;text;50
crmnmoodle__Moodle_ID;integer
# BTEC_Classes;Class;Name
Name;autonumber;~;^
Class_Name;text;200
Class_Short_Name;text;100
Unit;lookup;>BTEC
BTEC_Program;lookup;>Products
Teacher;lookup;>BTEC_Teachers
Intake;lookup;>BTEC_Classes
Class_Status;picklist;=Pending|Active|Initial Evaluation|Final Evaluation|\
Waiting Submission:Waiting Assessment|Waiting Resubmission:Waiting Reassessment|End:Completed
Start_Date;date
End_Date;date
Moodle_Class_ID;text;50
MS_Teams_ID;text;100
Enrolled_Students;multiselectlookup;>BTEC_Students
# BTEC_Enrollments;Enrollment;Name
Name;autonumber;~;^
Enrolled_Students;lookup;!;>BTEC_Students
Classes;lookup;!;>BTEC_Classes
Start_Date;date
End_Date;date
Enrollment_Type;picklist;=Normal|Recording|Self-Study|Not Graded
Student_Name;text;200
Class_Name;text;200
Class_Teacher;text;200
Enrolled_Program;text;200
Moodle_Course_ID;text;50
Synced_to_Moodle;boolean
Last_Sync_Date;datetime
# BTEC;Unit;Name
Name;text;!;200
Unit_Code;text;50
Unit_Number;text;50
Unit_Credit;text;50
Unit_Level;picklist;=Level 3|Level 5|Level 7
Unit_Major;picklist;=IT|BUS|AD|L3:Applied Science|Strategic Management and Leadership
Service_Type;picklist;=BTEC|Qualifi
Program;lookup;>Products
Moodle_Grading_Template;text;200
Last_Sync_with_Moodle;datetime
# BTEC_Registrations;Registration;Name
Name;autonumber;~;^
Student_ID;lookup;!;>BTEC_Students
Program;lookup;>Products
Registration_Date;date
Registration_Status;picklist;=New|Active|Graduated|Freeze|Blocked|Withdraw|Special
Program_Price;text;50
Remaining_Amount;text;50
Currency;picklist;=USD|TRY|EUR|GBP
Study_Mode;picklist;=Online|Onsite|Blended
Payment_Schedule;subform;>Payment_Schedule
# BTEC_Payments;Payment;Name
Name;autonumber;~;^
Registration_ID;lookup;>BTEC_Registrations
Student_ID;lookup;>BTEC_Students
Payment_Amount;currency
Payment_Date;date
Payment_Method;picklist;=Cash|Bank Transfer:Bank
Payment_Type;picklist;=Registration Fees|Study Fees|Assignment Remark Fees|Certificate Fees|\
Books Fees
Note;textarea;2000
SRM_Voucher_Number;text;50
Installment_No;integer
Currency;picklist;=USD|TRY|EUR|GBP
# BTEC_Grades;Grade;Name
Name;autonumber;~;^
Student;lookup;>BTEC_Students
Class;lookup;>BTEC_Classes
BTEC_Unit;text;200
Grade;picklist;=D|M|P|R|RR|F|Mapped
Grade_Status;picklist;=Not Marked|In Marking|Marking completed|In review|Ready for release|\
Released
Attempt_Date;date
Attempt_Number;integer
Feedback;textarea;2000
BTEC_Grade_Name;text;250
Grader_Name;text;200
IV_Name;text;200
Student_Name;text;200
Class_Name;text;200
Moodle_Grade_ID;text;50
Moodle_Grade_Composite_Key;text;^;100
Learning_Outcomes_Assessm;subform;>Learning_Outcomes_Assessm
# BTEC_Teachers;Teacher;Name
Name;text;!;200
Email;email;100
Academic_Email;email;^;100
Phone_Number;phone;30
Teacher_Moodle_ID;text;50
# BTEC_Student_Requests;Student Request;Name
Name;autonumber;~;^
Student;lookup;>BTEC_Students
Academic_Email;email;100
Request_Type;picklist;=Enroll Next Semester|Class Drop|Late Submission|Student Card|\
Change Information
Status;picklist;=Pending|Approved|Rejected|Cancelled|Completed
Reason;textarea;2000
Request_Date;date
Fees_Amount;currency
Payment_Receipt;fileupload
Moodle_User_ID;text;50
Requested_Classes;subform
Change_Information;subform
# Payment_Schedule;Payment Schedule;;subform
Installment_No;integer
Due_Date;date
Installment_Amount;currency
Installment_Status;picklist;=Pending|Paid|Overdue
Paid_Date;date
# Learning_Outcomes_Assessm;Learning Outcome;;subform
LO_Code;text;50
LO_Title;text;255
LO_Score;text;50
LO_Definition;textarea;2000
LO_Feedback;textarea;2000
LO_Outcome_Identification;text;100
# Course_Results;Course Result;Name
Name;autonumber;~;^
Learner;lookup;>BTEC_Students
Learner_Number;text;50
Course_Group;lookup;>BTEC_Classes
Outcome;picklist;=Distinction|Merit|Pass|Refer|Fail
Points;integer
Graded_On;date
Task;text;255
Remarks;textarea;2000
External_Key;text;^;100
Plain_Key;text;100
Locked_Key;text;~;^;100
# Contacts;Contact;Email;standard
Last_Name;text;!;80
First_Name;text;40
Full_Name;text;~;121
Email;email;100
Phone;phone;30
Mobile;phone;30
Date_of_Birth;date
Mailing_City;text;100
Mailing_Country;text;100
Lead_Source;picklist;=Advertisement|Employee Referral|External Referral|Web Download
Description;textarea;32000
# Leads;Lead;Email;standard
Last_Name;text;!;80
First_Name;text;40
Full_Name;text;~;121
Company;text;!;200
Email;email;100
Phone;phone;30
Lead_Status;picklist;=Attempted to Contact|Contacted|Not Contacted|Lost Lead
Lead_Source;picklist;=Advertisement|Employee Referral|External Referral|Web Download
Description;textarea;32000
Converted__s;boolean;~
Converted_Date_Time;datetime;~
Converted_Contact;lookup;~;>Contacts
# Alumni;Alumnus;Name
Name;text;!;120
Email;email;^;100
Year;integer
Contact;lookup;>Contacts
Interests;multiselectpicklist;=Arts|Science|Sports
Story;textarea;50000
";

/// Fields that every module has.
const SYSTEM: [(&str, &str); 5] = [
    ("Owner", "ownerlookup"),
    ("Created_By", "ownerlookup"),
    ("Modified_By", "ownerlookup"),
    ("Created_Time", "datetime"),
    ("Modified_Time", "datetime"),
];

/// Names of the criteria texts of a unit, which are too many for the table.
static CRITERIA: LazyLock<Vec<String>> = LazyLock::new(|| {
    [("P", 10), ("M", 9), ("D", 6)]
        .into_iter()
        .flat_map(|(level, count)| (1..=count).map(move |n| format!("{level}{n}_description")))
        .collect()
});

fn parse() -> Vec<Module> {
    let mut modules: Vec<Module> = Vec::new();
    for line in TABLE.lines().filter(|line| !line.is_empty()) {
        if let Some(head) = line.strip_prefix("# ") {
            let mut parts = head.split(';');
            let mut next = || parts.next().unwrap_or_default();
            let (name, singular, system_key, form) = (next(), next(), next(), next());
            modules.push(Module {
                name,
                singular,
                number: modules.len() as u64 + 1,
                system_key,
                subform: form == "subform",
                standard: form == "standard",
                fields: Vec::new(),
            });
        } else if let Some(module) = modules.last_mut() {
            module.fields.push(field(line));
        }
    }
    for module in &mut modules {
        if module.name == "BTEC" {
            module.fields.extend(CRITERIA.iter().map(|name| plain(name, "textarea", false)));
        }
        if module.subform {
            continue;
        }
        module.fields.extend(SYSTEM.into_iter().map(|(name, kind)| plain(name, kind, true)));
    }
    modules
}

fn plain(name: &'static str, kind: &'static str, read_only: bool) -> Field {
    Field {
        name,
        kind,
        length: 2_000,
        choices: Vec::new(),
        lookup: None,
        required: false,
        unique: false,
        read_only,
    }
}

fn field(line: &'static str) -> Field {
    let mut parts = line.split(';');
    let name = parts.next().unwrap_or_default();
    let mut field = plain(name, parts.next().unwrap_or_default(), false);
    for part in parts {
        if let Some(target) = part.strip_prefix('>') {
            field.lookup = Some(target);
        } else if let Some(choices) = part.strip_prefix('=') {
            let pair = |choice: &'static str| choice.split_once(':').unwrap_or((choice, choice));
            field.choices = choices.split('|').map(pair).collect();
        } else if let Ok(length) = part.parse() {
            field.length = length;
        }
        field.required |= part == "!";
        field.unique |= part == "^";
        field.read_only |= part == "~";
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Kind;

    #[test]
    fn table_reads_well() {
        assert_eq!(modules().len(), 16);
        for module in modules() {
            let kind = Kind::of(module.name);
            assert!(kind.is_none_or(|kind| kind.module() == module.number), "{}", module.name);
        }
        let schedule = module("Payment_Schedule");
        assert!(schedule.is_some_and(|rows| rows.subform && rows.number == 11));
        let students = modules().first();
        let status = students.and_then(|module| module.field("Status"));
        assert!(status.is_some_and(
            |field| field.choices.len() == 17 && field.choices.contains(&("Freezed", "Freeze"))
        ));
        assert!(module("BTEC").is_some_and(|unit| unit.field("M9_description").is_some()));
        let email = students.and_then(|module| module.field("Academic_Email"));
        assert!(email.is_some_and(|field| field.unique && !field.read_only));
        for module in modules() {
            let keyed = module.field(module.system_key).is_some();
            assert!(keyed || module.subform, "{}", module.name);
            let known = |name| modules().iter().any(|module| module.name == name);
            assert!(module.fields.iter().all(|field| field.lookup.is_none_or(known)));
        }
    }
}
