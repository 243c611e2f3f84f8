//! Words about a call to either system: the way there, its answer, and what this service needs for both.

codes! {
    MEMORY_SHORT: Transient, Sigma, Wait {
        en: "The system at {host} sent a large answer while other answers took all the memory that is set for them.",
            "Ask the operator to raise memory.decoding_mib if this happens often.";
        ar: "أرسل النظام {host} ردًا كبيرًا بينما كانت ردود أخرى تشغل كامل الذاكرة المخصصة لها.",
            "اطلب من مسؤول الخدمة رفع قيمة memory.decoding_mib إذا تكرر ذلك.";
    }
    OUTCOME_UNKNOWN: Transient, Sigma, None, Runs {
        en: "The outcome of the write is not known: {reason}.",
            "Retry the record; the service first checks whether the write was carried out.";
        ar: "نتيجة عملية الكتابة غير معروفة: {reason}.",
            "أعد مزامنة السجل، وستتحقق الخدمة أولًا مما إذا كانت الكتابة قد نُفّذت.";
    }
    TARGET_NOT_ALLOWED: Ours, Sigma, Failed, Connections {
        en: "Calls to {host} are not allowed: {reason}.",
            "Correct the address in the settings, or ask the operator to allow it.";
        ar: "إرسال الطلبات إلى {host} غير مسموح به: {reason}.",
            "صحّح العنوان في الإعدادات، أو اطلب من مسؤول الخدمة السماح به.";
    }
    TEMPORARY_FILE_FAILED: Ours, Sigma, Wait {
        en: "The machine of the service has no room for the answer of another system.",
            "Ask the operator to free space for temporary files.";
        ar: "لا توجد على خادم الخدمة مساحة كافية لحفظ رد النظام الآخر.",
            "اطلب من مسؤول الخدمة توفير مساحة للملفات المؤقتة.";
    }
    TOKEN_STORE_FAILED: Transient, Sigma, Wait {
        en: "Access tokens could not be read or stored.",
            "Ask the operator to check the database of the service if this lasts.";
        ar: "تتعذّر حاليًا قراءة رموز الوصول أو تخزينها.",
            "اطلب من مسؤول الخدمة فحص قاعدة البيانات إذا استمر ذلك.";
    }
    UPSTREAM_PROTOCOL: Transient, Sigma, Wait {
        en: "The answer of the other system is not as documented: {reason}.",
            "Wait for the next try, and report the message to the operator if this lasts.";
        ar: "لا يطابق رد النظام الآخر الصيغة الموثّقة: {reason}.",
            "انتظر المحاولة التالية، وأبلغ مسؤول الخدمة بهذه الرسالة إذا استمر ذلك.";
    }
    UPSTREAM_TOO_LARGE: Ours, Sigma, Failed {
        en: "The system at {host} sent an answer that is too large.",
            "Ask the operator to raise memory.decoding_mib if the system has very long lists.";
        ar: "أرسل النظام {host} ردًا أكبر من المسموح به.",
            "اطلب من مسؤول الخدمة رفع قيمة memory.decoding_mib إذا كانت قوائم النظام طويلة جدًا.";
    }
    UPSTREAM_UNREACHABLE: Transient, Sigma, Wait, Connections {
        en: "The other system cannot be reached or does not answer: {reason}.",
            "Check that the system is up; the run is tried again by itself.";
        ar: "تعذّر الوصول إلى النظام الآخر، أو أنه لا يردّ: {reason}.",
            "تأكد من أن النظام يعمل، وستُعاد محاولة تنفيذ عملية المزامنة تلقائيًا.";
    }
}
