//! Words about what a new school still has to do.

codes! {
    MODULES_NOT_RUN: Ours, Sigma, None, Runs {
        en: "These modules have not run yet: {modules}.",
            "Start a run of each of them.";
        ar: "لم تُنفَّذ بعد أي عملية مزامنة لهذه الوحدات: {modules}.",
            "ابدأ عملية مزامنة لكل منها.";
    }
    NO_DRY_RUN: Ours, Sigma, None, Runs {
        en: "No dry run has ended yet.",
            "Start a dry run: it shows what would be written, and writes nothing.";
        ar: "لم تنتهِ بعد أي عملية مزامنة تجريبية.",
            "ابدأ عملية مزامنة تجريبية: فهي تعرض ما سيُكتب ولا تكتب شيئًا.";
    }
    NO_MODULE_ENABLED: Ours, Sigma, None, Modules {
        en: "No module is enabled.",
            "Enable the modules that the school uses.";
        ar: "لا توجد وحدة مفعّلة.",
            "فعّل الوحدات التي تستخدمها المدرسة.";
    }
    NO_RUN_WORKED: Ours, Sigma, None, Runs {
        en: "The last run of every module has failed.",
            "Open these runs, and remove the causes that they name.";
        ar: "فشلت آخر عملية مزامنة لكل وحدة.",
            "افتح هذه العمليات وعالج الأسباب المذكورة فيها.";
    }
    NO_SCHEDULE: Ours, Sigma, None, Modules {
        en: "No module has a schedule, so its runs are started by hand.",
            "Give the modules a schedule.";
        ar: "لا يوجد جدول زمني لأي وحدة، ولذلك تُبدأ عمليات المزامنة يدويًا.",
            "حدّد جدولًا زمنيًا للوحدات.";
    }
    SCHEDULES_NOT_SERVED: Ours, Sigma, None, Runs {
        en: "Schedules are stored, but no run is started by them yet.",
            "Start the runs over the API or with sigma-sync.";
        ar: "الجداول الزمنية مخزّنة، لكنها لا تبدأ بعد أي عملية مزامنة.",
            "ابدأ عمليات المزامنة عبر API أو باستخدام sigma-sync.";
    }
}
