//! Words about one record: its values, its account, its parents, its removal.

codes! {
    ACCOUNT_PROTECTED: OtherSide, Moodle, None {
        en: "The account {what}, and no record takes over, renames or suspends it.",
            "Change the account by hand in Moodle, or take its rights away first.";
        ar: "الحساب محمي ({what})، فلا يُربط بأي سجل ولا تُعاد تسميته ولا يُوقف.",
            "عدّل الحساب يدويًا في Moodle، أو اسحب صلاحياته أولًا.";
    }
    ACCOUNT_RIGHTS_UNKNOWN: OtherSide, Moodle, None, Connections {
        en: "The account that matches is not taken over, because it cannot be determined whether it has rights of its own: {reason}.",
            "Give the account of the Moodle token what the message names.";
        ar: "لم يُربط الحساب المطابق بالسجل لتعذّر معرفة ما إذا كانت له صلاحيات خاصة: {reason}.",
            "امنح الحساب المرتبط برمز Moodle ما تذكره الرسالة.";
    }
    CAME_BACK: Transient, Zoho, None {
        en: "The source shows the record again, and the removal is not carried out.",
            "Leave the record to the next run.";
        ar: "ظهر السجل في المصدر من جديد، فلم تُنفَّذ إزالته.",
            "اترك السجل لعملية المزامنة التالية.";
    }
    COUNTRY_INVALID: Ours, Sigma, None, Mappings {
        en: "The country {value} is not a code of two capital letters.",
            "Enter a code such as JO in Zoho, or add a transform that makes one.";
        ar: "قيمة البلد «{value}» ليست رمزًا من حرفين لاتينيين كبيرين.",
            "أدخل في Zoho رمزًا مثل JO، أو أضف تحويلًا ينتجه.";
    }
    DATE_ORDER: Ours, Sigma, None {
        en: "The end date {end} is before the start date {start}.",
            "Correct the dates of the record in Zoho.";
        ar: "تاريخ النهاية {end} يسبق تاريخ البداية {start}.",
            "صحّح تاريخي السجل في Zoho.";
    }
    DATE_OUT_OF_RANGE: Ours, Sigma, None, Mappings {
        en: "The day {value} of {field} is not in the years {first} to {last}.",
            "Correct the day in Zoho, or the form of the date in the mapping.";
        ar: "التاريخ {value} في الحقل {field} لا يقع بين عامي {first} و{last}.",
            "صحّح التاريخ في Zoho، أو صيغة التاريخ في الربط.";
    }
    // Said at the place of a step that makes another address of the value.
    EMAIL_INVALID: Ours, Sigma, None, Mappings {
        en: "The value {value} is not a valid e-mail address.",
            "Correct the address in Zoho, or change the mapping.";
        ar: "القيمة «{value}» ليست عنوان بريد إلكتروني صالحًا.",
            "صحّح العنوان في Zoho، أو غيّر الربط.";
    }
    FIELD_KEPT: Ours, Moodle, None {
        en: "The account was there before its record, and these fields keep their values in Moodle: {field}.",
            "Change the fields in Moodle if they are to have other values.";
        ar: "كان الحساب موجودًا قبل سجله، ولذلك تحتفظ هذه الحقول بقيمها في Moodle: {field}.",
            "عدّل الحقول في Moodle إذا أردت لها قيمًا أخرى.";
    }
    FIELD_LEFT_OUT: Ours, Zoho, None {
        en: "Records came without the source field of {field}, which other records have, and what is in Moodle was left as it is.",
            "Check the permissions of the field in Zoho; a later run takes up what it shows.";
        ar: "وصلت سجلات دون حقل المصدر المربوط بـ {field}، مع أنه موجود في سجلات أخرى، فبقيت القيمة في Moodle كما هي.",
            "تحقق من صلاحيات الحقل في Zoho؛ وستأخذ عملية مزامنة لاحقة ما يظهر فيه.";
    }
    FIELD_NOT_IN_SOURCE: Ours, Zoho, None, Mappings {
        en: "The source has no field {field}, from which {mapped} is mapped, and what is in Moodle was left as it is.",
            "Map another field, or remove the row from the mapping.";
        ar: "لا يوجد في المصدر الحقل {field} الذي رُبط منه {mapped}، فبقيت القيمة في Moodle كما هي.",
            "اربط حقلًا آخر، أو احذف الصف من الربط.";
    }
    GRADE_EMPTY: Ours, Moodle, None {
        en: "The grade item does not have a grade.",
            "Enter the grade in Moodle.";
        ar: "لا توجد درجة في عنصر الدرجة (grade item).",
            "أدخل الدرجة في Moodle.";
    }
    GRADE_MAX_DIFFERS: Ours, Moodle, None, Mappings {
        en: "Grades of the run have different greatest grades ({max} is one of them), and each was brought to the scale by its own.",
            "Check that the letters are meant so, or give the grade items the same greatest grade in Moodle.";
        ar: "لدرجات العملية درجات قصوى مختلفة (منها {max})، وحُوّلت كل درجة إلى السلّم بحسب درجتها القصوى.",
            "تأكد من أن الحروف مقصودة على هذا النحو، أو وحّد الدرجة القصوى لعناصر الدرجات في Moodle.";
    }
    IDENTITY_NOT_PROVED: Ours, Moodle, None, People {
        en: "It is not proved that the account that matches belongs to the person of the record: {reason}.",
            "Confirm the account, make both e-mail addresses the same, or enter the id of the record as the ID number of the account.";
        ar: "لم يثبت أن الحساب المطابق يخص صاحب السجل: {reason}.",
            "أكّد الحساب، أو وحّد عنواني البريد الإلكتروني، أو اكتب معرّف السجل في حقل رقم التعريف (ID number) للحساب.";
    }
    KIND_NOT_SUPPORTED: Ours, Sigma, None {
        en: "The operation is not supported for objects of the kind {kind}.",
            "Report the message to the operator of the service.";
        ar: "هذه العملية غير مدعومة للكائنات من النوع {kind}.",
            "أبلغ مسؤول الخدمة بهذه الرسالة.";
    }
    MATCH_AMBIGUOUS: Ours, Moodle, None, People {
        en: "An earlier version of the service could not determine the object of the record: several objects match, the match belongs to another record, or the account is another person's.",
            "Retry the record to learn which of the three applies.";
        ar: "تعذّر على إصدار سابق من الخدمة تحديد الكائن المقابل للسجل: إما أن أكثر من كائن يطابقه، أو أن الكائن المطابق يخص سجلًا آخر، أو أن الحساب يخص شخصًا آخر.",
            "أعد مزامنة السجل لمعرفة أي الأسباب الثلاثة ينطبق عليه.";
    }
    MATCH_BELONGS_TO_ANOTHER: Ours, Moodle, None, People {
        en: "The object that matches belongs to another record.",
            "Correct the value that both records share, or merge the two records in Zoho.";
        ar: "الكائن المطابق يخص سجلًا آخر.",
            "صحّح القيمة المشتركة بين السجلين، أو ادمج السجلين في Zoho.";
    }
    MATCH_OTHER_PERSON: Ours, Moodle, None, People {
        en: "The account that the record names has another e-mail address and another user name.",
            "Make both e-mail addresses the same, or clear the id of the account in the record.";
        ar: "للحساب الذي يشير إليه السجل عنوان بريد إلكتروني آخر واسم مستخدم آخر.",
            "وحّد عنواني البريد الإلكتروني، أو امسح معرّف الحساب من السجل.";
    }
    MATCH_SEVERAL: Ours, Moodle, None, People {
        en: "Several objects match the record ({count}).",
            "Keep one of them, and take the id of the record or the shared value off the others.";
        ar: "يوجد أكثر من كائن يطابق السجل (العدد: {count}).",
            "أبقِ واحدًا منها، وأزل معرّف السجل أو القيمة المشتركة من الكائنات الأخرى.";
    }
    PARENT_NOT_SYNCED: Ours, Sigma, None, Runs {
        en: "The record depends on a record of the module {module} that is not synchronised yet.",
            "Synchronise that module first; this record then follows by itself.";
        ar: "يعتمد السجل على سجل في الوحدة {module} لم تتم مزامنته بعد.",
            "زامن تلك الوحدة أولًا، وسيُزامَن هذا السجل بعدها تلقائيًا.";
    }
    POLICY_LINK_ONLY: Ours, Sigma, None, Modules {
        en: "The record does not have an account, and the settings do not allow the service to create one.",
            "Create the account in Moodle with the id of the record as its ID number, or allow the module to create accounts.";
        ar: "لا يوجد حساب للسجل، والإعدادات لا تسمح للخدمة بإنشاء الحسابات.",
            "أنشئ الحساب في Moodle واكتب معرّف السجل في حقل رقم التعريف (ID number)، أو اسمح للوحدة بإنشاء الحسابات.";
    }
    RECORD_ID_MISSING: OtherSide, Zoho, None {
        en: "A record of the source does not have an id.",
            "Start the run again, and contact Zoho support if this comes back.";
        ar: "ورد من المصدر سجل بلا معرّف.",
            "ابدأ عملية المزامنة من جديد، وتواصل مع دعم Zoho إذا تكرر ذلك.";
    }
    RECORD_NOT_UTF8: Ours, Zoho, None {
        en: "The source sent bytes in this record that are not valid text.",
            "Enter the texts of the record in Zoho again.";
        ar: "أرسل المصدر في هذا السجل محتوى لا يمثّل نصًا صالحًا.",
            "أعد إدخال نصوص السجل في Zoho.";
    }
    RECORD_POISON: Ours, Sigma, None {
        en: "The record cannot be processed because of an error of the service.",
            "Report the id of the record to the operator of the service.";
        ar: "تعذّرت معالجة السجل بسبب خطأ في الخدمة.",
            "أبلغ مسؤول الخدمة بمعرّف السجل.";
    }
    REMOVAL_KEPT: Ours, Sigma, None, Modules {
        en: "The record is gone from the source, and the module keeps what it made.",
            "Change the removal action of the module if the accounts or enrolments of such records are to end.";
        ar: "لم يعد السجل موجودًا في المصدر، والوحدة مضبوطة على إبقاء ما أنشأته.",
            "غيّر إجراء الإزالة في الوحدة إذا أردت إنهاء حسابات هذه السجلات أو تسجيلاتها.";
    }
    RICH_TEXT_CUT: Ours, Zoho, None, Mappings {
        en: "Only a part of the rich text field {field}, from which {mapped} is mapped, can be read, and what is in Moodle was left as it is: {reason}.",
            "Give the user of the connection the right to read the module, or map another field.";
        ar: "لا يمكن قراءة سوى جزء من حقل النص المنسّق (rich text) {field} الذي رُبط منه {mapped}، فبقيت القيمة في Moodle كما هي: {reason}.",
            "امنح مستخدم الاتصال صلاحية قراءة الوحدة، أو اربط حقلًا آخر.";
    }
    SOURCE_GONE: Ours, Zoho, None {
        en: "The record is no longer in the source.",
            "Check in Zoho whether the record was deleted on purpose.";
        ar: "لم يعد السجل موجودًا في المصدر.",
            "تحقق في Zoho مما إذا كان السجل قد حُذف عن قصد.";
    }
    STATUS_UNKNOWN: Ours, Sigma, None, Mappings {
        en: "The word {value} in {field} is not a known status; what was in use stays in use, and what was closed stays closed.",
            "Map the word to a known status with a value map in the mapping.";
        ar: "الكلمة «{value}» في {field} ليست حالة معروفة؛ يبقى المفعّل مفعّلًا والموقوف موقوفًا.",
            "اربط الكلمة بحالة معروفة باستخدام جدول القيم (map) في الربط.";
    }
    // Said at the place of a step that makes another name of the value.
    USERNAME_INVALID: Ours, Sigma, None, Mappings {
        en: "The user name {value} has characters other than a-z, 0-9, hyphen, underscore, full stop and @.",
            "Correct the user name in Zoho, change the mapping, or switch extendedusernamechars on in Moodle; it takes no letters in upper case.";
        ar: "يحتوي اسم المستخدم «{value}» على أحرف غير مسموح بها، ولا يُسمح إلا بالأحرف a-z والأرقام 0-9 والشرطة والشرطة السفلية والنقطة وعلامة @.",
            "صحّح اسم المستخدم في Zoho، أو غيّر الربط، أو فعّل extendedusernamechars في Moodle؛ ولا تُقبل فيه الأحرف الكبيرة.";
    }
    USERNAME_KEPT: Ours, Sigma, None, Modules {
        en: "Linked accounts keep their user name, although {field} of their records has another value.",
            "Set the option rename_users of the students if the user names are to follow the records.";
        ar: "احتفظت الحسابات المرتبطة بأسماء المستخدم فيها، مع أن قيمة {field} في سجلاتها مختلفة.",
            "فعّل الخيار rename_users للطلاب إذا أردت أن تتبع أسماء المستخدم السجلات.";
    }
    VALUE_HAS_CONTROL: Ours, Sigma, None, Mappings {
        en: "The value of {field} has a control character, which databases refuse.",
            "Remove the character in Zoho, or with a transform.";
        ar: "تحتوي قيمة الحقل {field} على حرف تحكّم (control character) ترفضه قواعد البيانات.",
            "احذف هذا الحرف في Zoho، أو أزله باستخدام تحويل.";
    }
    VALUE_HAS_MARKUP: Ours, Sigma, None, Mappings {
        en: "The value of {field} has a less-than sign before a letter, which Moodle refuses as markup.",
            "Remove the sign in Zoho, or with a transform.";
        ar: "تحتوي قيمة الحقل {field} على علامة «أصغر من» قبل حرف أبجدي، ويرفضها Moodle لأنه يعدّها وسم HTML.",
            "احذف العلامة في Zoho، أو أزلها باستخدام تحويل.";
    }
    VALUE_TOO_LONG: Ours, Sigma, None, Mappings {
        en: "{field} has {length} characters; at most {limit} are allowed.",
            "Shorten the value in Zoho, or cut it in the mapping with a transform.";
        ar: "عدد أحرف الحقل {field} هو {length}، والحد الأقصى المسموح به هو {limit}.",
            "اختصر القيمة في Zoho، أو قصّها في الربط باستخدام تحويل.";
    }
}
