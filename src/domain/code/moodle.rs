//! Words about Moodle: its site, its token, and what it refuses.

codes! {
    MOODLE_ACCESS_REFUSED: OtherSide, Moodle, Failed, Connections {
        en: "Moodle refuses access to the function {function}.",
            "Check in Moodle that the function is in the service of the token, that the service is enabled, that the account has the capability webservice/rest:use, and that the token is not restricted to other addresses or users.";
        ar: "لا يسمح Moodle بالوصول إلى الدالة {function}.",
            "تأكد في Moodle من أن الدالة مضافة إلى الخدمة المرتبطة بالرمز، وأن الخدمة مفعّلة، وأن الحساب يملك الصلاحية webservice/rest:use، وأن استخدام الرمز غير مقصور على عناوين أخرى أو مستخدمين آخرين.";
    }
    MOODLE_ACCOUNT_REFUSED: OtherSide, Moodle, Failed, Connections {
        en: "Moodle refuses the account of the token: {reason}.",
            "Sign in to Moodle as that account and do what Moodle asks for, or use another account.";
        ar: "يرفض Moodle الحساب المرتبط بالرمز: {reason}.",
            "سجّل الدخول إلى Moodle بذلك الحساب ونفّذ ما يطلبه Moodle، أو استخدم حسابًا آخر.";
    }
    MOODLE_ANSWER_DIRTY: OtherSide, Moodle, Failed {
        en: "Moodle's answer has other text beside it: {reason}.",
            "Switch off display_errors in PHP and the display of debug messages in Moodle, or mend the plug-in that the text names.";
        ar: "يصاحب رد Moodle نص آخر: {reason}.",
            "عطّل display_errors في PHP وعرض رسائل التصحيح في Moodle، أو أصلح الإضافة التي يذكرها النص.";
    }
    MOODLE_CALL_CUT: OtherSide, Moodle, None {
        en: "A call of {count} form variables is too long: a call to the Moodle site may hold {limit}.",
            "Raise max_input_vars in the settings of PHP at the Moodle site; Moodle recommends 5000.";
        ar: "طلبٌ من {count} متغيرًا أطول من المسموح: يتسع الطلب إلى موقع Moodle لعدد {limit} متغيرًا.",
            "ارفع قيمة max_input_vars في إعدادات PHP في موقع Moodle؛ يوصي Moodle بالقيمة 5000.";
    }
    MOODLE_CAPABILITY_MISSING: OtherSide, Moodle, Failed, Connections {
        en: "The account of the Moodle token lacks a capability: {reason}.",
            "Give the capability to the role of that account in Moodle.";
        ar: "يفتقر الحساب المرتبط برمز Moodle إلى صلاحية: {reason}.",
            "امنح هذه الصلاحية لدور ذلك الحساب في Moodle.";
    }
    MOODLE_CATEGORY_UNKNOWN: OtherSide, Moodle, None, Runs {
        en: "The course category is not in Moodle, or the account of the token cannot see it.",
            "Synchronise the programs again, and check that the account may see hidden categories.";
        ar: "فئة المقررات غير موجودة في Moodle، أو لا يراها الحساب المرتبط بالرمز.",
            "أعد مزامنة البرامج، وتأكد من أن الحساب يستطيع رؤية الفئات المخفية.";
    }
    MOODLE_COHORT_UNKNOWN: OtherSide, Moodle, None, Runs {
        en: "The cohort is no longer in Moodle.",
            "Synchronise the programs again.";
        ar: "لم يعد الفوج (cohort) موجودًا في Moodle.",
            "أعد مزامنة البرامج.";
    }
    MOODLE_COURSE_UNKNOWN: OtherSide, Moodle, None, Runs {
        en: "The course is not in Moodle, or the account of the token cannot see it.",
            "Check in Moodle whether the course was deleted or hidden, and synchronise its module again.";
        ar: "المقرر غير موجود في Moodle، أو لا يراه الحساب المرتبط بالرمز.",
            "تحقق في Moodle مما إذا كان المقرر قد حُذف أو أُخفي، ثم أعد مزامنة وحدته.";
    }
    MOODLE_CURSOR_EXPIRED: Transient, Moodle, Wait {
        en: "The place in the list of grades is no longer valid, and the list is read again from its start.",
            "Wait for the next try.";
        ar: "لم يعد موضع القراءة في قائمة الدرجات صالحًا، وستُقرأ القائمة من بدايتها.",
            "انتظر المحاولة التالية.";
    }
    MOODLE_DATES_INVALID: Ours, Moodle, None {
        en: "Moodle refuses the dates of the course: a course that is made without a start date begins today.",
            "Make sure in Zoho that the course has a start date and that its end date is not before it.";
        ar: "يرفض Moodle تاريخي المقرر: يبدأ المقرر الذي يُنشأ بلا تاريخ بداية في يوم إنشائه.",
            "تأكد في Zoho من أن للمقرر تاريخ بداية وأن تاريخ نهايته لا يسبقه.";
    }
    MOODLE_DISABLED: Ours, Sigma, Failed, Connections {
        en: "The Moodle connection is switched off.",
            "Switch on the connection in the settings.";
        ar: "الاتصال بـ Moodle غير مفعّل.",
            "فعّل الاتصال في الإعدادات.";
    }
    MOODLE_EMAIL_TAKEN: OtherSide, Moodle, None, People {
        en: "Another account in Moodle has the e-mail address of the record.",
            "Link that account to the record, or change one of the two addresses.";
        ar: "يوجد في Moodle حساب آخر يحمل عنوان البريد الإلكتروني الوارد في السجل.",
            "اربط ذلك الحساب بالسجل، أو غيّر أحد العنوانين.";
    }
    MOODLE_ENROL_METHOD_MISSING: OtherSide, Moodle, None {
        en: "The course in Moodle does not have the enrolment method that is needed.",
            "Add manual enrolment to the course in Moodle, and enable it.";
        ar: "لا توجد في المقرر على Moodle طريقة التسجيل المطلوبة.",
            "أضف طريقة التسجيل اليدوي إلى المقرر في Moodle وفعّلها.";
    }
    MOODLE_FUNCTION_MISSING: OtherSide, Moodle, Failed, Connections {
        en: "The Moodle service of the token does not have the function {function}.",
            "Add the function to the service in Moodle; where Moodle does not offer it, update Moodle or install the plug-in that provides it.";
        ar: "لا توجد الدالة {function} في خدمة Moodle المرتبطة بالرمز.",
            "أضف الدالة إلى الخدمة في Moodle، وإذا لم يعرضها Moodle فحدّثه أو ثبّت الإضافة التي توفّرها.";
    }
    MOODLE_GROUP_NAME_TAKEN: OtherSide, Moodle, None {
        en: "Another group of the course in Moodle has the name '{name}'.",
            "Change the name in the record or of the other group.";
        ar: "توجد في المقرر في Moodle مجموعة أخرى تحمل الاسم «{name}».",
            "غيّر الاسم في السجل أو غيّر اسم المجموعة الأخرى.";
    }
    MOODLE_GROUP_UNKNOWN: OtherSide, Moodle, None, Runs {
        en: "The group is no longer in its course in Moodle.",
            "Synchronise the classes again.";
        ar: "لم تعد المجموعة موجودة في مقررها على Moodle.",
            "أعد مزامنة الشُّعَب.";
    }
    MOODLE_IDNUMBER_TAKEN: OtherSide, Moodle, None {
        en: "Another object in Moodle has the id of the record as its ID number.",
            "Remove the ID number from that object, or let the account of the token see it so that it can be linked.";
        ar: "يحمل كائن آخر في Moodle معرّف السجل في حقل رقم التعريف (ID number).",
            "احذف رقم التعريف من ذلك الكائن، أو امنح الحساب المرتبط بالرمز صلاحية رؤيته كي يُربط بالسجل.";
    }
    MOODLE_MAINTENANCE: Transient, Moodle, Wait {
        en: "The Moodle site is in maintenance mode.",
            "Wait until the maintenance is over; the run is tried again by itself.";
        ar: "موقع Moodle في وضع الصيانة.",
            "انتظر حتى تنتهي الصيانة، وستُعاد محاولة تنفيذ عملية المزامنة تلقائيًا.";
    }
    MOODLE_MEMBER_UNKNOWN: OtherSide, Moodle, None, Runs {
        en: "The account or the cohort of the membership is not in Moodle.",
            "Synchronise the students and the programs again.";
        ar: "الحساب أو الفوج (cohort) الذي تخصه العضوية غير موجود في Moodle.",
            "أعد مزامنة الطلاب والبرامج.";
    }
    MOODLE_NOT_CONFIGURED: Ours, Sigma, Failed, Connections {
        en: "The setting {field} of the Moodle connection is not set.",
            "Enter {field} in the settings of the tenant.";
        ar: "لم يُضبط الإعداد {field} الخاص بالاتصال بـ Moodle.",
            "أدخل {field} في إعدادات المستأجر.";
    }
    MOODLE_PARENT_UNKNOWN: OtherSide, Moodle, None, Runs {
        en: "The plug-in in Moodle does not find an object that the record depends on: {reason}.",
            "Check in Moodle whether the account or the course was deleted, and synchronise it again.";
        ar: "لم تعثر إضافة Moodle على كائن يعتمد عليه السجل: {reason}.",
            "تحقق في Moodle مما إذا كان الحساب أو المقرر قد حُذف، ثم أعد مزامنته.";
    }
    MOODLE_PLUGIN_FAILED: OtherSide, Moodle, None {
        en: "The plug-in in Moodle failed while it processed the record: {reason}.",
            "Look into the error log of Moodle, and report the fault to the maker of the plug-in.";
        ar: "حدث خطأ في إضافة Moodle أثناء معالجة السجل: {reason}.",
            "راجع سجل أخطاء Moodle، وأبلغ مطوّر الإضافة بالخلل.";
    }
    MOODLE_PLUGIN_REFUSED: OtherSide, Moodle, None, Runs {
        en: "The plug-in in Moodle refused the record: {reason}.",
            "Correct what the plug-in names, and retry the record.";
        ar: "رفضت إضافة Moodle السجل: {reason}.",
            "صحّح ما تذكره الإضافة ثم أعد مزامنة السجل.";
    }
    MOODLE_REDIRECTED: Ours, Moodle, Failed, Connections {
        en: "The Moodle site answers with a redirect.",
            "Enter the address exactly as in the wwwroot setting of the Moodle site.";
        ar: "يردّ موقع Moodle بإعادة توجيه.",
            "أدخل العنوان مطابقًا تمامًا لقيمة wwwroot في إعدادات موقع Moodle.";
    }
    // Said at the place where the connector itself refuses what Moodle could not take.
    MOODLE_REJECTED: OtherSide, Moodle, None, Mappings {
        en: "Moodle refused the data that was sent: {reason}.",
            "Correct the value that the message names in Zoho or in the mapping.";
        ar: "رفض Moodle البيانات المرسلة: {reason}.",
            "صحّح القيمة المذكورة في الرسالة في Zoho أو في الربط.";
    }
    // Said at the place of each status that means it.
    MOODLE_SERVICE_OFF: OtherSide, Moodle, Failed, Connections {
        en: "Moodle does not offer web services at this address, has the REST protocol switched off, or refuses calls from this service.",
            "Enable web services and the REST protocol in Moodle, and check the address in the settings.";
        ar: "إما أن Moodle لا يوفّر خدمات الويب على هذا العنوان، أو أن بروتوكول REST غير مفعّل فيه، أو أنه يرفض الطلبات الواردة من هذه الخدمة.",
            "فعّل خدمات الويب وبروتوكول REST في Moodle، وتحقق من العنوان في الإعدادات.";
    }
    MOODLE_SHORTNAME_TAKEN: OtherSide, Moodle, None {
        en: "Another course in Moodle has the short name of the record.",
            "Change the short name in the record or in the other course.";
        ar: "يوجد في Moodle مقرر آخر يحمل الاسم المختصر الوارد في السجل.",
            "غيّر الاسم المختصر في السجل أو في المقرر الآخر.";
    }
    MOODLE_THROTTLED: Transient, Moodle, Wait {
        en: "The Moodle site asks for fewer calls.",
            "Wait; the run goes on by itself.";
        ar: "يطلب موقع Moodle تقليل عدد الطلبات.",
            "انتظر، وستُستأنف عملية المزامنة تلقائيًا.";
    }
    MOODLE_TOKEN_INVALID: OtherSide, Moodle, Failed, Connections {
        en: "Moodle does not know the web-service token.",
            "Create a new token in Moodle, and enter it in the settings.";
        ar: "لا يعرف Moodle رمز خدمة الويب المستخدم.",
            "أنشئ رمزًا جديدًا في Moodle وأدخله في الإعدادات.";
    }
    MOODLE_USERNAME_TAKEN: OtherSide, Moodle, None, People {
        en: "Another account in Moodle has the user name of the record.",
            "Link that account to the record, or change one of the two user names.";
        ar: "يوجد في Moodle حساب آخر يحمل اسم المستخدم الوارد في السجل.",
            "اربط ذلك الحساب بالسجل، أو غيّر أحد اسمي المستخدم.";
    }
    MOODLE_USER_UNKNOWN: OtherSide, Moodle, None, Runs {
        en: "The account is no longer in Moodle.",
            "Synchronise the student again, which links or creates the account.";
        ar: "لم يعد الحساب موجودًا في Moodle.",
            "أعد مزامنة الطالب لربط الحساب أو إنشائه.";
    }
    MOODLE_VALUE_DROPPED: OtherSide, Moodle, None {
        en: "Moodle did not keep the value {value} in the profile field {field}.",
            "Create the profile field in Moodle, or add the value to its menu.";
        ar: "لم يحفظ Moodle القيمة «{value}» في حقل الملف الشخصي {field}.",
            "أنشئ حقل الملف الشخصي في Moodle، أو أضف القيمة إلى قائمة خياراته.";
    }
}
