//! Words about the mapping of fields: its rows, its transforms, its tests and its file.

codes! {
    FIELD_GOES_NOWHERE: Ours, Sigma, None, Mappings {
        en: "The value of {field} has no effect, because the field is not sent: {reason}.",
            "Remove the row from the mapping if the value is not needed in previews.";
        ar: "لا أثر لقيمة الحقل {field} لأن الحقل لا يُرسَل: {reason}.",
            "احذف الصف من الربط إذا لم تكن بحاجة إلى القيمة في المعاينة.";
    }
    MAPPED_FIELD_ABSENT: Ours, Zoho, Failed, Mappings {
        en: "Zoho sends records without mapped fields, which is not the same as empty fields: {source}.",
            "Make the fields visible to the Zoho user of the connection, or change the mapping.";
        ar: "تنقص السجلات الواردة من Zoho حقول مربوطة، وهذا يختلف عن كون الحقول فارغة: {source}.",
            "أظهر هذه الحقول لمستخدم Zoho الخاص بالاتصال، أو غيّر الربط.";
    }
    MAPPED_FIELD_UNWRITABLE: Ours, Zoho, Failed, Mappings {
        en: "Grades cannot be written to mapped fields of Zoho, so nothing was written: {reason}.",
            "Correct the mapping of grades, or change the fields in Zoho.";
        ar: "لا يمكن كتابة الدرجات في حقول Zoho المربوطة، ولذلك لم يُكتب شيء: {reason}.",
            "صحّح ربط الدرجات، أو غيّر الحقول في Zoho.";
    }
    // A refused save has the text of the REST contract.
    MAPPING_CANONICAL_DOUBLED: Ours, Sigma, None, Mappings {
        en: "The mapping has more than one row for {field}.",
            "Keep one row for the field, and delete the others.";
        ar: "يتضمن الربط أكثر من صف للحقل {field}.",
            "أبقِ صفًا واحدًا للحقل واحذف بقية الصفوف.";
    }
    // A refused save has the text of the REST contract.
    MAPPING_CANONICAL_UNKNOWN: Ours, Sigma, None, Mappings {
        en: "The module {module} does not have the field {field}.",
            "Choose a field that the module has.";
        ar: "لا يوجد في الوحدة {module} حقل باسم {field}.",
            "اختر أحد حقول الوحدة.";
    }
    MAPPING_CHANGED: Call, Sigma, None, Mappings {
        en: "The mapping of {module} has been changed in the meantime: {reason}.",
            "Read the mapping again, and repeat the change.";
        ar: "تغيّر ربط الوحدة {module} في هذه الأثناء: {reason}.",
            "اقرأ الربط من جديد ثم كرّر التغيير.";
    }
    MAPPING_DEFAULT_INVALID: Ours, Sigma, None, Mappings {
        en: "The default value of {field} is not valid: {reason}.",
            "Enter a default value of the right type and length.";
        ar: "القيمة الافتراضية للحقل {field} غير صالحة: {reason}.",
            "أدخل قيمة افتراضية صحيحة النوع والطول.";
    }
    MAPPING_FIELDS_MANY: Ours, Sigma, None, Mappings {
        en: "The mapping reads more than {limit} fields ({count}), so that each page takes additional calls.",
            "Map fewer fields if the calls to Zoho become too many.";
        ar: "يتجاوز عدد الحقول التي يقرؤها الربط ({count}) الحد {limit}، فتتطلب كل صفحة طلبات إضافية.",
            "قلّل عدد الحقول المربوطة إذا كثرت الطلبات المرسلة إلى Zoho.";
    }
    MAPPING_FIELD_READ_ONLY: Ours, Zoho, None, Mappings {
        en: "The Zoho field {target} cannot be written, so {field} cannot go there.",
            "Map the field to one that can be written, or give the Zoho user of the connection the right to write it.";
        ar: "لا يمكن الكتابة في الحقل {target} في Zoho، ولذلك لا يمكن إرسال {field} إليه.",
            "اربط الحقل بحقل قابل للكتابة، أو امنح مستخدم Zoho الخاص بالاتصال صلاحية الكتابة فيه.";
    }
    MAPPING_FIELD_SINGLE_READ: Ours, Sigma, None, Mappings {
        en: "The Zoho field {source} comes only when records are read one by one, which takes longer.",
            "Remove the field from the mapping if it is not needed.";
        ar: "لا ترد قيمة الحقل {source} من Zoho إلا بقراءة السجلات واحدًا تلو الآخر، وهذا يستغرق وقتًا أطول.",
            "احذف الحقل من الربط إذا لم تكن بحاجة إليه.";
    }
    MAPPING_FIELD_UNKNOWN: Ours, Sigma, None, Mappings {
        en: "The Zoho module does not have the field {source}.",
            "Correct the API name of the field in the mapping, or create the field in Zoho.";
        ar: "لا يوجد في وحدة Zoho حقل باسم {source}.",
            "صحّح اسم API للحقل في الربط، أو أنشئ الحقل في Zoho.";
    }
    MAPPING_FILE_INVALID: Call, Sigma, None, Mappings {
        en: "The mapping file is not valid: {reason}.",
            "Correct the file at the place that the answer names.";
        ar: "ملف الربط غير صالح: {reason}.",
            "صحّح الملف في الموضع المذكور في الرد.";
    }
    MAPPING_INVALID: Ours, Sigma, Failed, Mappings {
        en: "The stored mapping cannot be used: {reason}.",
            "Correct the mapping, and start the run again.";
        ar: "لا يمكن استخدام الربط المخزّن: {reason}.",
            "صحّح الربط ثم ابدأ عملية المزامنة من جديد.";
    }
    MAPPING_LENGTH: Ours, Sigma, None, Mappings {
        en: "The Zoho field {source} may have up to {length} characters, and {field} takes at most {limit}.",
            "Add the transform truncate to the row, or shorten the field in Zoho.";
        ar: "قد يصل عدد أحرف الحقل {source} في Zoho إلى {length}، والحد الأقصى للحقل {field} هو {limit}.",
            "أضف التحويل truncate إلى الصف، أو قلّل الطول المسموح به للحقل في Zoho.";
    }
    // Said at the place of the field that is the key of a grade.
    MAPPING_NOT_UNIQUE: Ours, Zoho, None, Mappings {
        en: "The Zoho field {source} need not be unique, and of two records with the same value one fails.",
            "Make the field unique in Zoho, or map one that is.";
        ar: "لا يشترط Zoho أن تكون قيم الحقل {source} فريدة، وإذا تكررت القيمة في سجلين فشل أحدهما.",
            "اجعل الحقل فريدًا في Zoho، أو اربط حقلًا فريدًا بدلًا منه.";
    }
    // A refused save has the text of the REST contract.
    MAPPING_ON_INVALID: Ours, Sigma, None, Mappings {
        en: "What an unusable value of {field} costs is neither fail nor drop.",
            "Choose fail or drop, or leave it out.";
        ar: "ما تكلّفه القيمة غير الصالحة للحقل {field} (on_invalid) ليس fail ولا drop.",
            "اختر fail أو drop، أو اتركه فارغًا.";
    }
    MAPPING_REQUIRED_MISSING: Ours, Sigma, None, Mappings {
        en: "The required field {field} has no value: {reason}.",
            "Map the field, set a default value, or fill in the field in Zoho.";
        ar: "الحقل الإلزامي {field} بلا قيمة: {reason}.",
            "اربط الحقل، أو حدّد له قيمة افتراضية، أو املأه في Zoho.";
    }
    // A refused save has the text of the REST contract.
    MAPPING_SOURCE_INVALID: Ours, Sigma, None, Mappings {
        en: "The API name of the Zoho field in the row of {field} is empty or too long.",
            "Enter the API name as Zoho shows it.";
        ar: "اسم API لحقل Zoho في صف الحقل {field} فارغ أو أطول من المسموح به.",
            "أدخل اسم API كما يظهر في Zoho.";
    }
    MAPPING_TARGET_DOUBLED: Ours, Sigma, None, Mappings {
        en: "{other} is written to the Zoho field {target} already, so {field} cannot be.",
            "Map each canonical field to a Zoho field of its own.";
        ar: "يُكتب {other} بالفعل في الحقل {target} في Zoho، ولذلك لا يمكن كتابة {field} فيه.",
            "اربط كل حقل بحقل مستقل في Zoho.";
    }
    MAPPING_TESTS_SLOW: Call, Sigma, None, Mappings {
        en: "The tests of the mapping take more than 10 seconds together.",
            "Remove some of the tests, or make them simpler.";
        ar: "تستغرق اختبارات الربط مجتمعةً أكثر من 10 ثوانٍ.",
            "احذف بعض الاختبارات أو بسّطها.";
    }
    MAPPING_TEST_FAILED: Call, Sigma, None, Mappings {
        en: "The mapping does not pass its stored tests (failed: {count}).",
            "Correct the mapping or the tests, or force the change.";
        ar: "لا يجتاز الربط اختباراته المخزّنة (عدد الاختبارات الفاشلة: {count}).",
            "صحّح الربط أو الاختبارات، أو نفّذ التغيير مع تجاوز الاختبارات.";
    }
    MAPPING_TEST_INVALID: Call, Sigma, None, Mappings {
        en: "A test of the mapping is not valid: {reason}.",
            "Correct the test that the answer names.";
        ar: "أحد اختبارات الربط غير صالح: {reason}.",
            "صحّح الاختبار المذكور في الرد.";
    }
    // A refused save says which limit was passed.
    MAPPING_TOO_LARGE: Ours, Sigma, None, Mappings {
        en: "The mapping is too large: {reason}.",
            "Remove rows, patterns or expressions from the mapping.";
        ar: "الربط أكبر من المسموح به: {reason}.",
            "احذف من الربط صفوفًا أو أنماطًا أو تعبيرات.";
    }
    // A refused save says what the transform does not take.
    MAPPING_TRANSFORM_INVALID: Ours, Sigma, None, Mappings {
        en: "The transform of {field} is not valid: {reason}.",
            "Correct the transform rules of the row.";
        ar: "تحويل الحقل {field} غير صالح: {reason}.",
            "صحّح قواعد التحويل في الصف.";
    }
    // A refused save says which step does not fit.
    MAPPING_TYPE_MISMATCH: Ours, Sigma, None, Mappings {
        en: "The value of {field} does not fit the type of the field: {reason}.",
            "Add a transform that makes a value of the right type.";
        ar: "قيمة الحقل {field} لا تناسب نوعه: {reason}.",
            "أضف تحويلًا ينتج قيمة من النوع الصحيح.";
    }
    MAPPING_VALUE_SHOWN: Ours, Sigma, None, Mappings {
        en: "The value {value} is the one that Zoho displays; the records hold {stored}, and both count as the same.",
            "Use the stored value in the mapping.";
        ar: "القيمة «{value}» هي المعروضة في Zoho، أما المخزّنة في السجلات فهي «{stored}»، وتُعامَل القيمتان معاملة واحدة.",
            "استخدم القيمة المخزّنة في الربط.";
    }
    // Said at the place of a word that is not a grade, and of a grade that cannot be written.
    MAPPING_VALUE_UNKNOWN: Ours, Sigma, None, Mappings {
        en: "The value {value} is not one of the choices of the Zoho field {source}.",
            "Correct the value in the mapping, or add the choice in Zoho.";
        ar: "القيمة «{value}» ليست من خيارات الحقل {source} في Zoho.",
            "صحّح القيمة في الربط، أو أضف الخيار في Zoho.";
    }
    MAPPING_VERSION_NOT_FOUND: Call, Sigma, None, Mappings {
        en: "The mapping of {module} does not have the version {version}.",
            "List the versions of the mapping, and choose one of them.";
        ar: "لا يوجد لربط الوحدة {module} إصدار رقمه {version}.",
            "اعرض إصدارات الربط واختر أحدها.";
    }
    TRANSFORM_BUDGET: Ours, Sigma, None, Mappings {
        en: "The transform of {field} takes more work or memory than it may: {reason}.",
            "Simplify the transform.";
        ar: "يتجاوز تحويل الحقل {field} حدّ المعالجة أو الذاكرة المسموح به: {reason}.",
            "بسّط التحويل.";
    }
    TRANSFORM_FAILED: Ours, Sigma, None, Mappings {
        en: "The transform of {field} cannot handle the value of {source}: {reason}.",
            "Correct the value in Zoho, or change the transform.";
        ar: "تعذّرت معالجة قيمة {source} بتحويل الحقل {field}: {reason}.",
            "صحّح القيمة في Zoho، أو غيّر التحويل.";
    }
}
