//! Words about sessions.

codes! {
    CODE_NOT_VALID: Call, Sigma, None {
        en: "The code of the session is not valid.",
            "Ask for another code; one is valid for five minutes and can be used once.";
        ar: "رمز الجلسة غير صالح.",
            "اطلب رمزًا آخر؛ فالرمز صالح لخمس دقائق ويُستخدم مرة واحدة.";
    }
    SESSION_NARROWED: Call, Sigma, None {
        en: "The session is narrowed to the modules {modules}.",
            "Name one of these modules in the request, or open a session without modules.";
        ar: "الجلسة مقصورة على الوحدات {modules}.",
            "حدد إحدى هذه الوحدات في الطلب، أو افتح جلسة غير مقصورة على وحدات.";
    }
    SESSION_NOT_FOUND: Call, Sigma, None, Keys {
        en: "The session was not found.",
            "Check the id of the session; it may have ended.";
        ar: "لم يُعثر على الجلسة.",
            "تحقق من معرّف الجلسة؛ فربما انتهت.";
    }
    SESSION_OVER: Call, Sigma, None {
        en: "The session of this call has ended.",
            "Open another session, and call again.";
        ar: "انتهت الجلسة المستخدمة في هذا الطلب.",
            "افتح جلسة أخرى ثم أعد إرسال الطلب.";
    }
    SESSION_ROLE: Call, Sigma, None, Keys {
        en: "The key cannot open a session with the role {role}.",
            "Ask for a role that the key has, or for a lesser one.";
        ar: "لا يستطيع المفتاح فتح جلسة بالدور {role}.",
            "اطلب دورًا يملكه المفتاح أو دورًا أقل منه.";
    }
    SESSIONS_FULL: Call, Sigma, None, Keys {
        en: "The key has opened the {max} sessions that it may have at once.",
            "End sessions that are not used any more, or wait until some have ended.";
        ar: "بلغ المفتاح الحد الأقصى لعدد الجلسات المفتوحة (العدد: {max}).",
            "أنهِ الجلسات التي لم تعد مستخدمة، أو انتظر حتى تنتهي بعضها.";
    }
}
