//! Words about a request that is refused before it reaches a service. An answer to a caller has the text of the REST
//! contract where there is one.

codes! {
    BODY_BROKEN: Call, Sigma, None {
        en: "The body of the request broke off.",
            "Send the request again, and check the network and the proxies on the way.";
        ar: "انقطع محتوى الطلب قبل اكتماله.",
            "أعد إرسال الطلب، وتحقق من الشبكة ومن الخوادم الوسيطة.";
    }
    BODY_LATE: Call, Sigma, None {
        en: "The body of the request did not arrive in time.",
            "Send the body at once, or use a faster network.";
        ar: "لم يصل محتوى الطلب في الوقت المحدد.",
            "أرسل المحتوى دفعة واحدة، أو استخدم شبكة أسرع.";
    }
    BODY_TOO_LARGE: Call, Sigma, None {
        en: "The body of the request is too large.",
            "Send at most 1 MiB by REST and 4 MiB by gRPC.";
        ar: "محتوى الطلب أكبر من الحد المسموح.",
            "أرسل 1 MiB على الأكثر عبر REST و4 MiB على الأكثر عبر gRPC.";
    }
    CREDENTIAL_INVALID: Call, Sigma, None {
        en: "The credential of the request is not valid.",
            "Check the key, the tenant, the clock, the nonce and the signature.";
        ar: "بيانات اعتماد الطلب غير صالحة.",
            "تحقق من المفتاح والمستأجر والساعة والرقم العشوائي والتوقيع.";
    }
    FRAME_INVALID: Call, Sigma, None {
        en: "The body of the request is not one whole, uncompressed gRPC frame.",
            "Send exactly one frame, without compression.";
        ar: "محتوى الطلب ليس إطار gRPC واحدًا كاملًا وغير مضغوط.",
            "أرسل إطارًا واحدًا فقط ومن دون ضغط.";
    }
    HEADERS_TOO_LARGE: Call, Sigma, None {
        en: "The headers of the request are too large.",
            "Send fewer or shorter headers.";
        ar: "ترويسات الطلب أكبر من الحد المسموح.",
            "أرسل ترويسات أقل أو أقصر.";
    }
    HEADER_MISSING: Call, Sigma, None {
        en: "The request lacks headers of the signature.",
            "Send each of the five headers once.";
        ar: "تنقص الطلب ترويسات التوقيع.",
            "أرسل كلًا من الترويسات الخمس مرة واحدة.";
    }
    HTTP2_NEEDED: Call, Sigma, None {
        en: "A gRPC call needs HTTP/2.",
            "Use a client that speaks HTTP/2, or use gRPC-Web.";
        ar: "يحتاج طلب gRPC إلى HTTP/2.",
            "استخدم عميلًا يدعم HTTP/2، أو استخدم gRPC-Web.";
    }
    METHOD_NOT_ALLOWED: Call, Sigma, None {
        en: "The path does not take this HTTP method.",
            "Use one of the methods in the header Allow of the answer.";
        ar: "لا يقبل المسار طريقة HTTP هذه.",
            "استخدم إحدى الطرق المذكورة في الترويسة Allow من الرد.";
    }
    METHOD_UNKNOWN: Call, Sigma, None {
        en: "The gRPC method does not exist.",
            "Check the names of the service and of the method.";
        ar: "طريقة gRPC غير موجودة.",
            "تحقق من اسم الخدمة واسم الطريقة.";
    }
    PATH_INVALID: Call, Sigma, None {
        en: "The path of the request holds characters that are not allowed.",
            "Send the path in UTF-8, without encoded slashes and control characters.";
        ar: "يحتوي مسار الطلب على أحرف غير مسموح بها.",
            "أرسل المسار بترميز UTF-8 من دون شرطات مائلة مرمّزة ومن دون أحرف تحكم.";
    }
    PATH_NOT_FOUND: Call, Sigma, None {
        en: "The path of the request does not exist.",
            "Check the path.";
        ar: "مسار الطلب غير موجود.",
            "تحقق من المسار.";
    }
    QUERY_NOT_SIGNED: Call, Sigma, None {
        en: "A query parameter of the request is not covered by the signature.",
            "Sign the path together with its query.";
        ar: "أحد معاملات الاستعلام في الطلب غير مشمول بالتوقيع.",
            "وقّع المسار مع الاستعلام.";
    }
    RATE_LIMITED: Call, Sigma, None, Keys {
        en: "The key or its tenant has sent more requests, started more runs or opened more sessions than its limit allows.",
            "Wait as long as `Retry-After` says, and send the request again. The operator of the service can set other limits.";
        ar: "تجاوز المفتاح أو المستأجر الحد المسموح به من الطلبات أو من بدء عمليات المزامنة أو من فتح الجلسات.",
            "انتظر المدة المذكورة في `Retry-After` ثم أعد إرسال الطلب. يمكن لمسؤول الخدمة ضبط حدود أخرى.";
    }
    SERVICE_BUSY: Call, Sigma, None {
        en: "The service has too many requests in progress, or its database does not answer.",
            "Send the request again later.";
        ar: "لدى الخدمة طلبات كثيرة قيد التنفيذ، أو لا ترد قاعدة بياناتها.",
            "أعد إرسال الطلب لاحقًا.";
    }
    SIGN_AGAIN: Call, Sigma, None {
        en: "The request was signed before the service could know whether it has accepted it already.",
            "Sign the request again, with a new timestamp and a new nonce.";
        ar: "وُقّع الطلب قبل الوقت الذي تستطيع الخدمة أن تعرف منه هل قبلته من قبل.",
            "وقّع الطلب من جديد بطابع زمني جديد ورقم عشوائي جديد.";
    }
    SIGN_INS_LIMITED: Call, Sigma, None {
        en: "Too many requests without a valid credential came from the address.",
            "Correct the key and the secret, wait as long as `Retry-After` says, and send the request again.";
        ar: "وردت من العنوان طلبات كثيرة من دون بيانات اعتماد صالحة.",
            "صحّح المفتاح والسر، وانتظر المدة المذكورة في `Retry-After` ثم أعد إرسال الطلب.";
    }
    STREAMS_FULL: Call, Sigma, None {
        en: "The tenant has the {max} open streams that it may have.",
            "Close a stream that is not read any more, or watch the events of the tenant in one stream.";
        ar: "بلغ المستأجر الحد الأقصى لعدد الاتصالات المستمرة المفتوحة (العدد: {max}).",
            "أغلق اتصالًا مستمرًا لم يعد مقروءًا، أو تابع أحداث المستأجر عبر اتصال واحد.";
    }
    TOO_MANY_REQUESTS: Call, Sigma, None, Keys {
        en: "The key or its tenant has too many requests in progress.",
            "Send fewer requests at a time, and send the request again later.";
        ar: "لدى المفتاح أو المستأجر طلبات كثيرة قيد التنفيذ.",
            "أرسل طلبات أقل في الوقت الواحد، ثم أعد إرسال الطلب لاحقًا.";
    }
}
