// The words of a record: what it is in Moodle, how its link stands, how it stands itself.
import { m } from "../../paraglide/messages.js";
import type { Shown } from "../../text/words";

const TARGETS: Readonly<Record<string, () => string>> = {
  user: () => m.object_user(),
  profile: () => m.object_profile(),
  category: () => m.object_category(),
  course: () => m.object_course(),
  group: () => m.object_group(),
  enrolment: () => m.object_enrolment(),
  cohort: () => m.object_cohort(),
  cohort_member: () => m.object_cohort_member(),
  record: () => m.object_record(),
  grade: () => m.object_grade(),
};

export function targetName(word: string): string {
  return Object.hasOwn(TARGETS, word) ? (TARGETS[word]?.() ?? word) : word;
}

const STATES: Readonly<Record<string, () => Shown>> = {
  active: () => ({ text: m.record_active(), tone: "good", icon: "good" }),
  suspended: () => ({ text: m.record_suspended(), tone: "held", icon: "held" }),
  removed: () => ({ text: m.record_removed(), tone: "none", icon: "dash" }),
  waiting: () => ({ text: m.record_waiting(), tone: "warn", icon: "wait" }),
  failed: () => ({ text: m.record_failed(), tone: "bad", icon: "bad" }),
  skipped: () => ({ text: m.record_skipped(), tone: "none", icon: "dash" }),
  unseen: () => ({ text: m.record_unseen(), tone: "none", icon: "wait" }),
};

/** How a record or its link stands. */
export function recordState(word: string): Shown {
  return (Object.hasOwn(STATES, word) ? STATES[word]?.() : undefined) ?? { text: word, tone: "none", icon: "dash" };
}

const STEPS: Readonly<Record<string, () => string>> = {
  module: () => m.why_step_module(),
  read: () => m.why_step_read(),
  mapped: () => m.why_step_mapped(),
  parents: () => m.why_step_parents(),
  decision: () => m.why_step_decision(),
};

export function stepName(word: string): string {
  return Object.hasOwn(STEPS, word) ? (STEPS[word]?.() ?? word) : word;
}

const STEP_STATES: Readonly<Record<string, () => Shown>> = {
  passed: () => ({ text: m.why_passed(), tone: "good", icon: "good" }),
  stopped: () => ({ text: m.why_stopped(), tone: "bad", icon: "bad" }),
  not_reached: () => ({ text: m.why_not_reached(), tone: "none", icon: "dash" }),
};

export function stepState(word: string): Shown {
  return (Object.hasOwn(STEP_STATES, word) ? STEP_STATES[word]?.() : undefined) ?? { text: word, tone: "none", icon: "dash" };
}

const EVIDENCE: Readonly<Record<string, () => string>> = {
  absent: () => m.removal_by_absent(),
  deleted: () => m.removal_by_deleted(),
  status: () => m.removal_by_status(),
  moved: () => m.removal_by_moved(),
};

export function evidenceName(word: string): string {
  return Object.hasOwn(EVIDENCE, word) ? (EVIDENCE[word]?.() ?? word) : word;
}
