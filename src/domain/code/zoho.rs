//! Words about Zoho CRM: its tokens, its modules, its limits, and what it refuses.

codes! {
    ZOHO_ALREADY_MODIFIED: Transient, Zoho, None, Runs {
        en: "The record has been changed in Zoho in the meantime.",
            "Retry the record.";
        ar: "تغيّر السجل في Zoho في هذه الأثناء.",
            "أعد مزامنة السجل.";
    }
    ZOHO_BULK_FAILED: Transient, Zoho, Wait {
        en: "Zoho could not carry out the bulk read, which starts again.",
            "Wait for the next try, and contact Zoho support if bulk reads keep failing.";
        ar: "تعذّر على Zoho تنفيذ القراءة المجمّعة، وستبدأ القراءة من جديد.",
            "انتظر المحاولة التالية، وتواصل مع دعم Zoho إذا تكرر فشل القراءة المجمّعة.";
    }
    ZOHO_BULK_PENDING: Transient, Zoho, Wait {
        en: "Zoho is still working on the bulk read.",
            "Wait; the run goes on by itself.";
        ar: "ما زال Zoho ينفّذ القراءة المجمّعة.",
            "انتظر، وستُستأنف عملية المزامنة تلقائيًا.";
    }
    ZOHO_CLIENT_REFUSED: Ours, Zoho, Failed, Connections {
        en: "The accounts server of Zoho refuses the OAuth client: {reason}.",
            "Check the client ID, the client secret and the data centre in the settings.";
        ar: "يرفض خادم حسابات Zoho عميل OAuth: {reason}.",
            "تحقق من معرّف العميل وسر العميل ومركز البيانات في الإعدادات.";
    }
    ZOHO_CREDITS_LOW: Transient, Zoho, Wait, Connections {
        en: "The API credits of the day are used up, except for the share that is kept for people.",
            "Wait until credits are available again, or raise zoho_daily_credits if the edition of Zoho has more.";
        ar: "استُهلك رصيد API اليومي باستثناء الحصة المحجوزة للمستخدمين.",
            "انتظر حتى يتجدد الرصيد، أو ارفع قيمة zoho_daily_credits إذا كانت باقة Zoho لديك تتيح رصيدًا أكبر.";
    }
    ZOHO_CURSOR_EXPIRED: Transient, Zoho, Wait {
        en: "Zoho no longer knows where the list continues, and the list is read again from its start.",
            "Wait for the next try.";
        ar: "لم يعد موضع المتابعة في القائمة معروفًا لدى Zoho، وستُقرأ القائمة من بدايتها.",
            "انتظر المحاولة التالية.";
    }
    ZOHO_DEPENDENT_MISSING: OtherSide, Zoho, None {
        en: "A field of the record depends on another one that is missing or does not fit: {reason}.",
            "Fill in the field that Zoho names, or correct the dependency in the layout of the Zoho module.";
        ar: "يعتمد أحد حقول السجل على حقل آخر ناقص أو غير متوافق معه: {reason}.",
            "املأ الحقل الذي يذكره Zoho، أو صحّح علاقة التبعية بين الحقلين في تخطيط وحدة Zoho.";
    }
    ZOHO_DISABLED: Ours, Sigma, Failed, Connections {
        en: "The Zoho connection is switched off.",
            "Switch on the connection in the settings.";
        ar: "الاتصال بـ Zoho غير مفعّل.",
            "فعّل الاتصال في الإعدادات.";
    }
    ZOHO_DUPLICATE: OtherSide, Zoho, None {
        en: "Another record in Zoho already has this value in the unique field {field}.",
            "Find that record in Zoho, and correct or delete it.";
        ar: "يوجد في Zoho سجل آخر بهذه القيمة في الحقل الفريد {field}.",
            "ابحث عن ذلك السجل في Zoho ثم صحّحه أو احذفه.";
    }
    ZOHO_FIELD_UNKNOWN: Ours, Zoho, Failed, Mappings {
        en: "The mapped name {source} is not a valid API name, which has letters, digits and underscores only.",
            "Correct the API name of the field in the mapping.";
        ar: "الاسم {source} في الربط ليس اسم API صالحًا، إذ لا يحتوي اسم API إلا على أحرف لاتينية وأرقام وشرطات سفلية.",
            "صحّح اسم API للحقل في الربط.";
    }
    ZOHO_INVALID_DATA: OtherSide, Zoho, None, Mappings {
        en: "Zoho refuses the value of {field}: {reason}.",
            "Compare the value with the type and the length of the field in Zoho.";
        ar: "يرفض Zoho قيمة الحقل {field}: {reason}.",
            "قارن القيمة بنوع الحقل وطوله في Zoho.";
    }
    ZOHO_KEY_NOT_UNIQUE: OtherSide, Zoho, Failed, Mappings {
        en: "Grades are found by the Zoho field {field}, whose values are not unique.",
            "Delete records in Zoho that share a value, and make the field unique, or map grade_key to a unique field.";
        ar: "يُعثر على الدرجات في Zoho بواسطة الحقل {field}، وقيمه ليست فريدة.",
            "احذف سجلات Zoho التي تشترك في القيمة نفسها واجعل الحقل فريدًا، أو اربط grade_key بحقل فريد.";
    }
    ZOHO_LIST_TOO_LONG: Ours, Zoho, Failed, Connections {
        en: "The list is longer than Zoho's paging reaches, and queries, which reach further, are refused or go in circles.",
            "Authorise the connection again with the scope ZohoCRM.coql.READ.";
        ar: "القائمة أطول مما تسمح به صفحات Zoho، والاستعلامات التي تتجاوز هذا الحد مرفوضة أو لا تنتهي.",
            "أعد تفويض الاتصال مع تضمين نطاق الصلاحيات ZohoCRM.coql.READ.";
    }
    ZOHO_MANDATORY_MISSING: OtherSide, Zoho, None {
        en: "Zoho requires a value in {field}, which the record does not have.",
            "Make the field optional in the Zoho module, or give it a default value there.";
        ar: "يشترط Zoho قيمة للحقل {field}، ولا توجد له قيمة في السجل.",
            "اجعل الحقل اختياريًا في وحدة Zoho، أو حدّد له قيمة افتراضية فيها.";
    }
    // Said at the place, where the name of the module is not known.
    ZOHO_MODULE_UNKNOWN: Ours, Zoho, Failed, Modules {
        en: "Zoho does not have a module {module} that the API can read.",
            "Correct the API name of the Zoho module in the settings of the module.";
        ar: "لا توجد في Zoho وحدة باسم {module} يمكن قراءتها عبر API.",
            "صحّح اسم API لوحدة Zoho في إعدادات الوحدة.";
    }
    ZOHO_NOT_CONFIGURED: Ours, Sigma, Failed, Connections {
        en: "The setting {field} of the Zoho connection is not set.",
            "Enter {field} in the settings of the tenant.";
        ar: "لم يُضبط الإعداد {field} الخاص بالاتصال بـ Zoho.",
            "أدخل {field} في إعدادات المستأجر.";
    }
    ZOHO_PERMISSION_MISSING: OtherSide, Zoho, Failed, Connections {
        en: "The Zoho user of the connection may not read or write this module: {reason}.",
            "Give the permission to the profile of that user in Zoho.";
        ar: "لا يملك مستخدم Zoho الخاص بالاتصال صلاحية قراءة هذه الوحدة أو الكتابة فيها: {reason}.",
            "امنح هذه الصلاحية للملف التعريفي (profile) لذلك المستخدم في Zoho.";
    }
    ZOHO_RECORD_LOCKED: OtherSide, Zoho, None, Runs {
        en: "The record is locked in Zoho, waits for an approval there, or is in a blueprint.",
            "Release the record in Zoho, and retry it.";
        ar: "السجل مقفل في Zoho، أو ينتظر الموافقة فيه، أو يمر بمخطط عمل (blueprint).",
            "حرّر السجل في Zoho ثم أعد مزامنته.";
    }
    ZOHO_RECORD_UNKNOWN: OtherSide, Zoho, None, Runs {
        en: "The record of the grade is no longer in Zoho.",
            "Start a new run: it creates the record again.";
        ar: "لم يعد سجل الدرجة موجودًا في Zoho.",
            "ابدأ عملية مزامنة جديدة لإنشاء السجل من جديد.";
    }
    // Said at the place where the connector itself refuses what Zoho could not take.
    ZOHO_REJECTED: OtherSide, Zoho, None, Runs {
        en: "Zoho refused the data that was sent: {reason}.",
            "Correct what the message names, and retry the record.";
        ar: "رفض Zoho البيانات المرسلة: {reason}.",
            "صحّح ما تذكره الرسالة ثم أعد مزامنة السجل.";
    }
    // The place says whether the scope to read or to write is missing.
    ZOHO_SCOPE_MISSING: OtherSide, Zoho, Failed, Connections {
        en: "The refresh token of Zoho lacks the scope {scope}.",
            "Authorise the connection again with that scope.";
        ar: "لا يشمل رمز التحديث الخاص بـ Zoho نطاق الصلاحيات {scope}.",
            "أعد تفويض الاتصال مع تضمين هذا النطاق.";
    }
    ZOHO_THROTTLED: Transient, Zoho, Wait {
        en: "Zoho's limit of simultaneous calls, or of credits in 24 hours, is reached.",
            "Wait; the run goes on by itself.";
        ar: "بلغ عدد الطلبات المتزامنة أو رصيد API المستهلك خلال 24 ساعة الحدّ الذي يسمح به Zoho.",
            "انتظر، وستُستأنف عملية المزامنة تلقائيًا.";
    }
    ZOHO_TOKEN_REFUSED: Ours, Zoho, Failed, Connections {
        en: "Zoho refuses a fresh access token.",
            "Check that the accounts server and the API domain in the settings belong to the same data centre.";
        ar: "يرفض Zoho رمز وصول صدر للتو.",
            "تأكد من أن خادم الحسابات وعنوان API في الإعدادات تابعان لمركز البيانات نفسه.";
    }
    ZOHO_TOKEN_REVOKED: OtherSide, Zoho, Failed, Connections {
        en: "The refresh token of Zoho is revoked or belongs to another client.",
            "Authorise the connection again.";
        ar: "رمز التحديث الخاص بـ Zoho مُلغى أو صادر لعميل آخر.",
            "أعد تفويض الاتصال.";
    }
    ZOHO_TOKEN_THROTTLED: Transient, Zoho, Wait {
        en: "Zoho does not issue an access token, because too many were requested.",
            "Wait; the run goes on by itself.";
        ar: "أوقف Zoho إصدار رموز الوصول مؤقتًا لكثرة طلبها.",
            "انتظر، وستُستأنف عملية المزامنة تلقائيًا.";
    }
    ZOHO_TOO_MANY_FIELDS: Ours, Zoho, Failed, Mappings {
        en: "The mapping asks for more fields than Zoho's lists can deliver.",
            "Map fewer fields.";
        ar: "يطلب الربط حقولًا أكثر مما تتيحه قوائم Zoho.",
            "قلّل عدد الحقول المربوطة.";
    }
}
