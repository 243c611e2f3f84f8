//! Lists of invented names, places and fields of study for the generated records.

/// Given names: Latin letters, Arabic letters, gender.
pub(super) const GIVEN: [(&str, &str, &str); 24] = [
    ("Lina", "لينا", "Female"),
    ("Omar", "عمر", "Male"),
    ("Salma", "سلمى", "Female"),
    ("Yousef", "يوسف", "Male"),
    ("Rana", "رنا", "Female"),
    ("Khaled", "خالد", "Male"),
    ("Huda", "هدى", "Female"),
    ("Tariq", "طارق", "Male"),
    ("Maryam", "مريم", "Female"),
    ("Sami", "سامي", "Male"),
    ("Dina", "دينا", "Female"),
    ("Ziad", "زياد", "Male"),
    ("Nour", "نور", "Female"),
    ("Hasan", "حسن", "Male"),
    ("Zoë", "زوي", "Female"),
    ("Adam", "آدم", "Male"),
    ("Elif", "إليف", "Female"),
    ("Emre", "إمري", "Male"),
    ("Clara", "كلارا", "Female"),
    ("Jonas", "يوناس", "Male"),
    ("Amira", "أميرة", "Female"),
    ("Bilal", "بلال", "Male"),
    ("Sara", "سارة", "Female"),
    ("René", "رينيه", "Male"),
];

/// Family names: Latin letters, Arabic letters, as part of an e-mail address.
pub(super) const FAMILY: [(&str, &str, &str); 20] = [
    ("Haddad", "حداد", "haddad"),
    ("Al-Najjar", "النجار", "alnajjar"),
    ("Mansour", "منصور", "mansour"),
    ("Khoury", "خوري", "khoury"),
    ("Saleh", "صالح", "saleh"),
    ("O'Brien", "أوبراين", "obrien"),
    ("Yılmaz", "يلماز", "yilmaz"),
    ("Darwish", "درويش", "darwish"),
    ("Qasim", "قاسم", "qasim"),
    ("Abu Zaid", "أبو زيد", "abuzaid"),
    ("Müller", "مولر", "mueller"),
    ("Sabbagh", "صباغ", "sabbagh"),
    ("Halabi", "حلبي", "halabi"),
    ("Kanaan", "كنعان", "kanaan"),
    ("Taylor", "تايلور", "taylor"),
    ("Al-Masri", "المصري", "almasri"),
    ("Nasser", "ناصر", "nasser"),
    ("Barakat", "بركات", "barakat"),
    ("Demir", "دمير", "demir"),
    ("Shaheen", "شاهين", "shaheen"),
];

/// Country as the picklist has it, nationality, a town.
pub(super) const PLACES: [(&str, &str, &str); 6] = [
    ("Jordan", "Jordanian", "Irbid"),
    ("Turkey", "Turkish", "Bursa"),
    ("Palestine", "Palestinian", "Nablus"),
    ("Syria", "Syrian", "Homs"),
    ("Iraq", "Iraqi", "Mosul"),
    ("Germany", "German", "Kassel"),
];

/// A field of study: academic program, major, part of the major.
pub(super) const STUDIES: [(&str, &str, &str); 4] = [
    ("BTEC Level 3", "Applied Science", "Biology"),
    ("BTEC Level 5", "IT", "Cyber Security"),
    ("BTEC Level 5", "BUS", "Marketing"),
    ("BTEC Level 5", "AD", "Graphic Design"),
];

/// States of a student that are not `Active`, as stored in the picklist.
pub(super) const OTHER_STATES: [&str; 8] = [
    "approved",
    "approved-conditional",
    "Registered",
    "Freezed",
    "Withdraw",
    "Graduated",
    "Pending",
    "Welcome Letter Sent",
];
