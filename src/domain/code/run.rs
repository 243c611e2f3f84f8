//! Words about a run as a whole: its source, its target, its removals and its end.

codes! {
    ABSENCE_UNPROVEN: OtherSide, Zoho, None {
        en: "Records that the source did not show were not removed, because it may leave out records that are there: {reason}.",
            "Approve the records that wait in the source, or end the use of a record by its status.";
        ar: "لم تُزل السجلات التي لم يعرضها المصدر لأنه قد يستبعد سجلات موجودة فيه: {reason}.",
            "وافق على السجلات المعلّقة في المصدر، أو أنهِ استخدام السجل من خلال حالته.";
    }
    CHANGES_DISCARDED: Ours, Sigma, Partial, Runs {
        en: "The changes of the run were not carried out: {reason}.",
            "Correct the mapping or the records, and start a new run; approve its changes if they are right.";
        ar: "لم تُنفَّذ التغييرات في عملية المزامنة: {reason}.",
            "صحّح ربط الحقول أو السجلات ثم ابدأ عملية جديدة، ووافق على تغييراتها إذا كانت صحيحة.";
    }
    CHANGES_WOULD_BE_HELD: Ours, Sigma, None, Runs {
        en: "The changes of the real run would wait for an approval: {reason}.",
            "Check the items and the mapping before the real run is started.";
        ar: "ستبقى التغييرات في عملية المزامنة الفعلية بانتظار الموافقة: {reason}.",
            "راجع العناصر وربط الحقول قبل بدء عملية المزامنة الفعلية.";
    }
    DATABASE_RESTORED: Ours, Sigma, None, Runs {
        en: "The run did not go on, because the database was restored from an older copy.",
            "Start a new run.";
        ar: "لم تُستأنف عملية المزامنة لأن قاعدة البيانات استُعيدت من نسخة أقدم.",
            "ابدأ عملية مزامنة جديدة.";
    }
    DELETED_LIST_REFUSED: OtherSide, Zoho, Partial, Connections {
        en: "The source does not tell which records were deleted: {reason}.",
            "Give the right that the message names; until then a run of changes begins where this one did, and deleted records are found by whole runs.";
        ar: "لا يفصح المصدر عن السجلات المحذوفة: {reason}.",
            "امنح الصلاحية المذكورة في الرسالة، وحتى ذلك الحين تبدأ عملية مزامنة التغييرات من حيث بدأت هذه العملية، ولا تُكتشف السجلات المحذوفة إلا بعملية مزامنة كاملة.";
    }
    EVERY_RECORD_FAILED: Ours, Sigma, Failed, Runs {
        en: "Every record of the run failed ({count}).",
            "Open the failed items, and remove the cause that they name.";
        ar: "فشلت جميع السجلات في عملية المزامنة (العدد: {count}).",
            "افتح العناصر الفاشلة وعالج السبب المذكور فيها.";
    }
    GRADES_EMPTY_UNEXPECTED: OtherSide, Moodle, Partial, Connections {
        en: "No grade came from Moodle, although there were some before.",
            "Check in Moodle that the grades are there, that the enrolments have not ended, and that the user of the token can see both.";
        ar: "لم تصل أي درجة من Moodle مع أنه كانت توجد درجات من قبل.",
            "تحقق في Moodle من وجود الدرجات، ومن عدم انتهاء التسجيلات، ومن أن مستخدم الرمز يرى كليهما.";
    }
    LAYOUT_CONFLICT: Ours, Sigma, Failed, Modules {
        en: "The forms that the modules take in Moodle do not fit each other: {reason}.",
            "Change the form of one of the modules in its settings.";
        ar: "طرق تمثيل الوحدات في Moodle غير متوافقة: {reason}.",
            "غيّر طريقة تمثيل إحدى الوحدات في إعداداتها.";
    }
    NOT_VERIFIED: OtherSide, Moodle, None {
        en: "Linked objects were not looked at: {reason}.",
            "Look at them in the other system, or forget the links of single records (sigma-sync links forget), which the next run takes up again.";
        ar: "لم تُفحص الكائنات المرتبطة: {reason}.",
            "افحصها في النظام الآخر، أو امسح ارتباطات سجلات بعينها (sigma-sync links forget) لتتناولها عملية المزامنة التالية من جديد.";
    }
    REMOVALS_DISCARDED: Ours, Sigma, Partial, Runs {
        en: "The removals of the run were not carried out: {reason}.",
            "Start a new run if the records are to be removed after all.";
        ar: "لم تُنفَّذ عمليات الإزالة في عملية المزامنة: {reason}.",
            "ابدأ عملية جديدة إذا أردت إزالة السجلات مع ذلك.";
    }
    REMOVALS_WOULD_BE_HELD: Ours, Sigma, None, Runs {
        en: "The removals of the real run would wait for an approval: {reason}.",
            "Check the list of removals before the real run is started.";
        ar: "ستبقى عمليات الإزالة في عملية المزامنة الفعلية بانتظار الموافقة: {reason}.",
            "راجع قائمة عمليات الإزالة قبل بدء عملية المزامنة الفعلية.";
    }
    RUN_BEHIND_CHAIN: Transient, Sigma, Wait, Runs {
        en: "An earlier run of the chain must end before it: {run} ({module}).",
            "Wait for the end of that run.";
        ar: "تسبقها عملية مزامنة أخرى في السلسلة نفسها: {run} ({module}).",
            "انتظر حتى تنتهي تلك العملية.";
    }
    RUN_BEHIND_RUN: Transient, Sigma, Wait, Runs {
        en: "Another run of the module must end before it: {run}.",
            "Wait for the end of that run, or cancel it.";
        ar: "تسبقها عملية مزامنة أخرى للوحدة نفسها: {run}.",
            "انتظر حتى تنتهي تلك العملية، أو ألغِها.";
    }
    RUN_HELD_CHANGES: Ours, Sigma, None, Runs {
        en: "The change of the record was not carried out, because it was not approved.",
            "Start a new run, and approve its changes if they are right.";
        ar: "لم يُنفَّذ تغيير السجل لعدم الموافقة عليه.",
            "ابدأ عملية مزامنة جديدة، ووافق على تغييراتها إذا كانت صحيحة.";
    }
    RUN_HELD_REMOVALS: Ours, Sigma, None, Runs {
        en: "The removal of the record was not carried out, because it was not approved.",
            "Start a new run, and approve its removals if they are right.";
        ar: "لم تُنفَّذ إزالة السجل لعدم الموافقة عليها.",
            "ابدأ عملية مزامنة جديدة، ووافق على عمليات الإزالة فيها إذا كانت صحيحة.";
    }
    RUN_NEEDS_APPROVAL: Ours, Sigma, None, Runs {
        en: "The run waits for an approval: {reason}.",
            "Check the list of its changes or removals, and approve or discard them; without a decision they are discarded after 7 days.";
        ar: "عملية المزامنة بانتظار الموافقة: {reason}.",
            "راجع قائمة التغييرات أو عمليات الإزالة، ثم وافق عليها أو ارفضها، علمًا بأنها تُلغى بعد 7 أيام إذا لم يُتخذ قرار.";
    }
    RUN_NOT_STORED: Transient, Sigma, Wait {
        en: "The database of the service did not store the work of the run.",
            "Ask the operator to check the database and its disk if this lasts.";
        ar: "لم تحفظ قاعدة بيانات الخدمة نتائج عملية المزامنة.",
            "اطلب من مسؤول الخدمة فحص قاعدة البيانات ومساحة القرص إذا استمر ذلك.";
    }
    RUN_NO_WORKER: Transient, Sigma, Wait {
        en: "No worker has taken the run yet: all are busy, or none is running.",
            "Ask the operator to check the workers if this lasts.";
        ar: "لم يبدأ تنفيذ عملية المزامنة بعد: كل البرامج المنفّذة مشغولة أو لا يعمل أي منها.",
            "اطلب من مسؤول الخدمة فحص البرامج المنفّذة إذا استمر ذلك.";
    }
    RUN_TENANT_LIMIT: Transient, Sigma, Wait {
        en: "As many runs of the tenant are worked on as may be at once ({count}).",
            "Wait for the end of one of them.";
        ar: "بلغ عدد عمليات المزامنة الجارية للمستأجر حدّه الأقصى ({count}).",
            "انتظر حتى تنتهي إحداها.";
    }
    RUN_WORKER_LOST: Ours, Sigma, Failed, Runs {
        en: "The workers of the run stopped answering too often.",
            "Start the run again, and look into the log of the service if this comes back.";
        ar: "توقف البرنامج المنفّذ لعملية المزامنة عن الاستجابة مرات أكثر من المسموح به.",
            "ابدأ عملية المزامنة من جديد، وراجع سجل أحداث الخدمة إذا تكرر ذلك.";
    }
    SOURCE_EMPTY_UNEXPECTED: OtherSide, Zoho, Partial, Connections {
        en: "The source is empty, although it had records before.",
            "Check in Zoho that the user of the connection can see the module and its records.";
        ar: "المصدر فارغ مع أنه كان يحتوي على سجلات من قبل.",
            "تأكد في Zoho من أن مستخدم Zoho الخاص بالاتصال يرى الوحدة وسجلاتها.";
    }
    SOURCE_INCOMPLETE: Transient, Zoho, Partial, Runs {
        en: "The source was not read to its end: {reason}.",
            "Start the run again later; what was read is kept.";
        ar: "لم تكتمل قراءة المصدر: {reason}.",
            "ابدأ عملية المزامنة من جديد لاحقًا، علمًا بأن ما تمت قراءته محفوظ.";
    }
    SOURCE_READ_REFUSED: OtherSide, Zoho, None, Connections {
        en: "The source refuses one kind of read, and its lists were read instead: {reason}.",
            "Give the right that the message names; without it a record that moves while a list is read may be found by the next run only.";
        ar: "يرفض المصدر أحد أنواع القراءة، فقُرئت قوائمه بدلًا منه: {reason}.",
            "امنح الصلاحية المذكورة في الرسالة، فمن دونها قد لا يُكتشف السجل الذي ينتقل أثناء قراءة القائمة إلا في عملية المزامنة التالية.";
    }
    TARGET_CHANGED: Ours, Moodle, Failed, Connections {
        en: "The Moodle address leads to another site than the one that the links were made for (objects checked without a match: {count}).",
            "Enter the earlier address again, or forget the links (SettingsService.ForgetLinks) and link the records again.";
        ar: "يؤدي عنوان Moodle إلى موقع غير الموقع الذي أُنشئت له الارتباطات (عدد الكائنات التي فُحصت ولم يتطابق أي منها: {count}).",
            "أعد إدخال العنوان السابق، أو امسح الارتباطات (SettingsService.ForgetLinks) ثم اربط السجلات من جديد.";
    }
    TARGET_LOST: OtherSide, Moodle, Failed, Runs {
        en: "Too many linked objects of {module} are no longer in Moodle ({gone} of {count} that were looked at), as after a restore from an older copy.",
            "Find out what happened to the site, and then start a run with --scope verify, which looks at every linked object and asks before it makes many of them again.";
        ar: "كثير من كائنات {module} المرتبطة لم يعد موجودًا في Moodle (عدد المفقود: {gone}، وعدد ما فُحص: {count})، كما يحدث بعد استعادة الموقع من نسخة أقدم.",
            "تحقق مما حدث للموقع، ثم ابدأ عملية مزامنة باستخدام --scope verify، فهي تفحص كل كائن مرتبط وتطلب الموافقة قبل إنشاء كثير من الكائنات من جديد.";
    }
    TENANT_NOT_ACTIVE: Ours, Sigma, Failed {
        en: "The tenant is not active.",
            "Activate the tenant, and start the run again.";
        ar: "المستأجر غير نشط.",
            "فعّل المستأجر ثم ابدأ عملية المزامنة من جديد.";
    }
}
