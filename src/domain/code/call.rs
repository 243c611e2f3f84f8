//! Words about a request to the API, and about the tenant, module or run that it names.

codes! {
    // Said at the place of the platform role: the REST contract has a text for it.
    AUTH_ROLE_REQUIRED: Call, Sigma, None, Keys {
        en: "The API key lacks the permission {permission}, which this call needs.",
            "Use a key whose role includes this permission, or ask an administrator to extend the role of the key.";
        ar: "لا يملك مفتاح API الصلاحية {permission} التي يتطلبها هذا الطلب.",
            "استخدم مفتاحًا يتضمن دوره هذه الصلاحية، أو اطلب من المسؤول إضافتها إلى دور المفتاح.";
    }
    CONNECTION_INCOMPLETE: Call, Sigma, None, Connections {
        en: "The connection of the tenant cannot be used: {reason}.",
            "Complete the connection in the settings of the tenant.";
        ar: "لا يمكن استخدام اتصال المستأجر: {reason}.",
            "أكمل بيانات الاتصال في إعدادات المستأجر.";
    }
    EVENTS_GONE: Call, Sigma, None {
        en: "The events after this number are not kept any more; the oldest number to go on from is {after}.",
            "Read the present state, and watch from then on without a number.";
        ar: "لم تعد الأحداث التي تلي هذا الرقم محفوظة؛ أقدم رقم يمكن المتابعة منه: {after}.",
            "اقرأ الحالة الحالية، ثم تابع من جديد دون رقم.";
    }
    FIELD_INVALID: Call, Sigma, None {
        en: "Fields of the request are not valid: {reason}.",
            "Correct the fields that the answer names, and send the request again.";
        ar: "يتضمن الطلب حقولًا غير صالحة: {reason}.",
            "صحّح الحقول المذكورة في الرد ثم أعد إرسال الطلب.";
    }
    // An answer to a caller has the text of the REST contract.
    GRADES_DIRECTION_BLOCKED: Ours, Sigma, Failed, Modules {
        en: "Grades flow from Moodle to Zoho only, and the write-back of grades is switched off.",
            "Switch on grades_writeback in the settings if grades are to be written to Zoho.";
        ar: "تنتقل الدرجات من Moodle إلى Zoho فقط، وكتابة الدرجات في Zoho غير مفعّلة.",
            "فعّل grades_writeback في الإعدادات إذا أردت كتابة الدرجات في Zoho.";
    }
    INTERNAL: Ours, Sigma, Failed {
        en: "The service has encountered an internal error.",
            "Try again, and report the time of the error to the operator of the service if it comes back.";
        ar: "حدث خطأ داخلي في الخدمة.",
            "أعد المحاولة، وإذا تكرر الخطأ فأبلغ مسؤول الخدمة بوقت حدوثه.";
    }
    // An answer to a caller has the text of the REST contract.
    KEY_GONE: Call, Sigma, None, Keys {
        en: "The API key or the tenant of this call is no longer valid.",
            "Call again with a valid key.";
        ar: "لم يعد مفتاح API أو المستأجر المستخدم في هذا الطلب صالحًا.",
            "أعد إرسال الطلب بمفتاح صالح.";
    }
    KEYS_FULL: Call, Sigma, None, Keys {
        en: "The tenant has the {max} keys that it may have.",
            "Revoke a key that is not used any more; expired ones count as well.";
        ar: "بلغ المستأجر الحد الأقصى لعدد المفاتيح (العدد: {max}).",
            "ألغِ مفتاحًا لم يعد مستخدمًا؛ فالمفاتيح المنتهية محسوبة أيضًا.";
    }
    KEY_IS_LAST: Call, Sigma, None, Keys {
        en: "The key {key} is the last one with its role, and nothing could be changed without it.",
            "Rotate the key, or make another one with the same role first.";
        ar: "المفتاح {key} هو آخر مفتاح يحمل دوره، ولا يمكن تغيير أي شيء من دونه.",
            "بدّل سرّ المفتاح، أو أنشئ أولًا مفتاحًا آخر بالدور نفسه.";
    }
    // An answer to a caller has a text of the same form as those for tenants and runs.
    KEY_NOT_FOUND: Call, Sigma, None, Keys {
        en: "The key was not found.",
            "Check the id of the key and the tenant that it belongs to.";
        ar: "لم يُعثر على المفتاح.",
            "تحقق من معرّف المفتاح ومن المستأجر الذي يتبعه.";
    }
    KEY_ROTATED: Call, Sigma, None, Keys {
        en: "The key {key} was rotated, and the secret before is still valid.",
            "Wait until that secret has ended, or rotate with overlap_s 0, which ends it at once.";
        ar: "بُدّل سرّ المفتاح {key} ولا يزال السرّ السابق صالحًا.",
            "انتظر حتى تنتهي صلاحية السرّ السابق، أو بدّل السرّ مع القيمة 0 في overlap_s لإنهائها فورًا.";
    }
    MASTER_KEY_WRONG: Ours, Sigma, Failed {
        en: "The stored secrets cannot be opened with the master key of the service.",
            "Ask the operator to start the service with the master key that sealed the secrets.";
        ar: "لا يمكن فك تشفير الأسرار المخزّنة بالمفتاح الرئيسي الذي تعمل به الخدمة.",
            "اطلب من مسؤول الخدمة تشغيلها بالمفتاح الرئيسي الذي شُفّرت به الأسرار.";
    }
    MESSAGE_MALFORMED: Call, Sigma, None {
        en: "The request is not a valid message of the type {type}.",
            "Send the message in the form that the description of the API defines.";
        ar: "الطلب ليس رسالة صالحة من النوع {type}.",
            "أرسل الرسالة بالصيغة المحددة في وصف API.";
    }
    MESSAGE_TOO_LARGE: Call, Sigma, None {
        en: "The request holds more than one call may hold: {reason}.",
            "Split the request into several smaller ones.";
        ar: "يتجاوز محتوى الطلب الحد المسموح به للطلب الواحد: {reason}.",
            "قسّم الطلب إلى عدة طلبات أصغر.";
    }
    // An answer to a caller has the text of the REST contract, or says that no module at all is enabled.
    MODULE_DISABLED: Ours, Sigma, Failed, Modules {
        en: "The module {module} is disabled.",
            "Enable the module, and start the run again.";
        ar: "الوحدة {module} معطّلة.",
            "فعّل الوحدة ثم ابدأ عملية المزامنة من جديد.";
    }
    // An answer to a caller has the text of the REST contract.
    MODULE_NOT_CONFIGURED: Ours, Sigma, Failed, Modules {
        en: "The module {module} is not configured.",
            "Check the name of the module, or configure it.";
        ar: "لم تُضبط إعدادات الوحدة {module}.",
            "تحقق من اسم الوحدة، أو اضبط إعداداتها.";
    }
    MODULE_OPTIONS_UNREADABLE: Ours, Sigma, Failed, Modules {
        en: "The stored value of {field} of the module {module} cannot be read by this version.",
            "Set the option again in the settings of the module, or return to the version that stored it.";
        ar: "لا يستطيع هذا الإصدار قراءة القيمة المخزّنة للخيار {field} في الوحدة {module}.",
            "اضبط الخيار من جديد في إعدادات الوحدة، أو عُد إلى الإصدار الذي خزّن القيمة.";
    }
    // An answer to a caller has the text of the REST contract.
    NOTHING_TO_RETRY: Call, Sigma, None, Runs {
        en: "The run has no failed items to retry.",
            "Choose a run with failed items, or start a new run.";
        ar: "لا توجد في عملية المزامنة عناصر فاشلة يمكن أن تُعاد محاولتها.",
            "اختر عملية فيها عناصر فاشلة، أو ابدأ عملية جديدة.";
    }
    // An answer to a caller has a text like that of a run that is not found.
    PERSON_NOT_FOUND: Call, Sigma, None, People {
        en: "The person was not found.",
            "Check the id, or search for the person by name or e-mail address.";
        ar: "لم يُعثر على الشخص.",
            "تحقق من المعرّف، أو ابحث عن الشخص باسمه أو بعنوان بريده الإلكتروني.";
    }
    RECORD_NOT_FOUND: Call, Zoho, None {
        en: "The record {id} was not found in Zoho.",
            "Check the id, and that the record belongs to this module.";
        ar: "لم يُعثر على السجل {id} في Zoho.",
            "تحقق من المعرّف ومن أن السجل ينتمي إلى هذه الوحدة.";
    }
    RUNS_ACTIVE: Call, Sigma, None, Runs {
        en: "Runs of the tenant are queued or under way.",
            "Wait until the runs end, or cancel them, and try again.";
        ar: "لدى المستأجر عمليات مزامنة جارية أو في قائمة الانتظار.",
            "انتظر حتى تنتهي العمليات أو ألغِها، ثم أعد المحاولة.";
    }
    RUN_DECIDED: Call, Sigma, None, Runs {
        en: "This part of the run does not wait for an approval any more: {decision}.",
            "Look at the run, and approve what still waits while it is held.";
        ar: "لم يعد هذا الجزء من عملية المزامنة ينتظر موافقة: {decision}.",
            "راجع العملية، ووافق على ما بقي منها ما دامت معلّقة.";
    }
    // An answer to a caller has the text of the REST contract.
    RUN_ENDED: Call, Sigma, None, Runs {
        en: "The run has already ended with the state {state}.",
            "Start a new run if another one is needed.";
        ar: "انتهت عملية المزامنة بالفعل، وحالتها {state}.",
            "ابدأ عملية جديدة إذا لزم الأمر.";
    }
    // An answer to a caller has the text of the REST contract.
    RUN_IN_PROGRESS: Call, Sigma, None, Runs {
        en: "The run is still in progress.",
            "Wait until the run has ended, and then retry its failed items.";
        ar: "ما زالت عملية المزامنة جارية.",
            "انتظر حتى تنتهي العملية، ثم أعد محاولة عناصرها الفاشلة.";
    }
    // An answer to a caller has the text of the REST contract.
    RUN_NOT_FOUND: Call, Sigma, None, Runs {
        en: "The run was not found.",
            "Check the id of the run.";
        ar: "لم يُعثر على عملية المزامنة.",
            "تحقق من معرّف العملية.";
    }
    RUN_NOT_HELD: Call, Sigma, None, Runs {
        en: "The run does not wait for an approval; its state is {state}.",
            "Look at the state of the run, and approve or discard removals only while the run is held.";
        ar: "عملية المزامنة لا تنتظر موافقة، فحالتها {state}.",
            "تحقق من حالة العملية، ولا توافق على عمليات الإزالة أو ترفضها إلا إذا كانت العملية معلّقة.";
    }
    SECRET_NEEDED_ANEW: Call, Sigma, None, Connections {
        en: "The stored value of {field} was given for another address, and the change of {setting} alters the scheme, host or port.",
            "Send {field} again in the same call as the new address.";
        ar: "أُدخلت القيمة المخزّنة للإعداد {field} من أجل عنوان آخر، وتعديل {setting} يغيّر البروتوكول أو المضيف أو المنفذ.",
            "أعد إرسال {field} في الطلب نفسه الذي يتضمن العنوان الجديد.";
    }
    // An answer to a caller has the text of the REST contract.
    SETTINGS_NOT_FOUND: Ours, Sigma, Failed, Connections {
        en: "The tenant has no settings.",
            "Save the settings of the tenant first.";
        ar: "لا توجد إعدادات للمستأجر.",
            "احفظ إعدادات المستأجر أولًا.";
    }
    // An answer to a caller has the text of the REST contract.
    TENANT_EXISTS: Call, Sigma, None {
        en: "The tenant {tenant} already exists.",
            "Choose another id.";
        ar: "المستأجر {tenant} موجود بالفعل.",
            "اختر معرّفًا آخر.";
    }
    // An answer to a caller has the text of the REST contract.
    TENANT_IS_LAST: Call, Sigma, None {
        en: "No tenant besides {tenant} has a platform key that is accepted, so it stays active.",
            "Activate another tenant with a platform key, or make such a key, first.";
        ar: "لا يوجد مستأجر غير {tenant} له مفتاح منصّة مقبول، ولذلك يبقى هذا المستأجر نشطًا.",
            "فعّل أولًا مستأجرًا آخر له مفتاح منصّة، أو أنشئ مفتاحًا كهذا.";
    }
    TENANT_IS_OWN: Call, Sigma, None {
        en: "The API key belongs to the tenant {tenant} itself, which stays active.",
            "Make this change with a platform key of another tenant.";
        ar: "مفتاح API تابع للمستأجر {tenant} نفسه، ولذلك يبقى هذا المستأجر نشطًا.",
            "نفّذ هذا التغيير بمفتاح منصّة تابع لمستأجر آخر.";
    }
    // An answer to a caller has the text of the REST contract.
    TENANT_NOT_FOUND: Call, Sigma, None {
        en: "The tenant was not found.",
            "Check the id of the tenant.";
        ar: "لم يُعثر على المستأجر.",
            "تحقق من معرّف المستأجر.";
    }
    TOO_MANY_WAITING: Call, Sigma, None, Runs {
        en: "Too many retries are already waiting.",
            "Try again when one of them has ended.";
        ar: "بلغ عدد عمليات إعادة المحاولة في قائمة الانتظار حدّه الأقصى.",
            "حاول مجددًا بعد انتهاء إحداها.";
    }
    UNAVAILABLE: Transient, Sigma, Wait {
        en: "The service is temporarily unavailable.",
            "Try again in a moment.";
        ar: "الخدمة غير متاحة مؤقتًا.",
            "أعد المحاولة بعد قليل.";
    }
    WATCH_OVER: Call, Sigma, None {
        en: "The watch has reached its longest duration, which is 30 minutes.",
            "Call again to continue watching.";
        ar: "بلغت المتابعة المباشرة أقصى مدة مسموح بها، وهي 30 دقيقة.",
            "أرسل الطلب من جديد لمواصلة المتابعة.";
    }
    VIEW_NOT_FOUND: Call, Sigma, None {
        en: "The saved view was not found.",
            "List the saved views; another person may have deleted it.";
        ar: "لم يُعثر على العرض المحفوظ.",
            "اعرض قائمة العروض المحفوظة؛ فربما حذفه شخص آخر.";
    }
    VIEWS_FULL: Call, Sigma, None {
        en: "The tenant has the {max} saved views that it may have.",
            "Delete a saved view that is not used any more.";
        ar: "بلغ المستأجر الحد الأقصى لعدد العروض المحفوظة (العدد: {max}).",
            "احذف عرضًا محفوظًا لم يعد مستخدمًا.";
    }
}
