// The words of the wire in the reader's language, each with its tone and its sign. A word that this page does not know is
// shown as it is.
import { m } from "../paraglide/messages.js";
import type { Tone } from "../ui/basic";
import type { IconName } from "../ui/icon";

type Words = Readonly<Record<string, () => string>>;

function look(words: Words, word: string): string {
  return Object.hasOwn(words, word) ? (words[word]?.() ?? word) : word;
}

/** The modules in the order in which they run: parents first. */
export const MODULES = ["programs", "units", "students", "classes", "registrations", "enrollments", "payments", "grades"] as const;

const MODULE_NAMES: Words = {
  programs: () => m.module_programs(),
  units: () => m.module_units(),
  students: () => m.module_students(),
  classes: () => m.module_classes(),
  registrations: () => m.module_registrations(),
  enrollments: () => m.module_enrollments(),
  payments: () => m.module_payments(),
  grades: () => m.module_grades(),
};
export const moduleName = (word: string): string => look(MODULE_NAMES, word);

const ROLE_NAMES: Words = {
  platform: () => m.role_platform(),
  owner: () => m.role_owner(),
  operator: () => m.role_operator(),
  viewer: () => m.role_viewer(),
};
export const roleName = (word: string): string => look(ROLE_NAMES, word);

export interface Shown {
  text: string;
  tone: Tone;
  icon: IconName;
  spin?: boolean;
}

/** Every state of a run, each with a tone of its own: what waits is no failure. */
export const RUN_STATES: Readonly<Record<string, () => Shown>> = {
  queued: () => ({ text: m.state_queued(), tone: "none", icon: "wait" }),
  running: () => ({ text: m.state_running(), tone: "info", icon: "turn", spin: true }),
  held: () => ({ text: m.state_held(), tone: "held", icon: "held" }),
  completed: () => ({ text: m.state_completed(), tone: "good", icon: "good" }),
  partial: () => ({ text: m.state_partial(), tone: "warn", icon: "warn" }),
  failed: () => ({ text: m.state_failed(), tone: "bad", icon: "bad" }),
  cancelled: () => ({ text: m.state_cancelled(), tone: "none", icon: "dash" }),
};

export function runState(word: string): Shown {
  return (Object.hasOwn(RUN_STATES, word) ? RUN_STATES[word]?.() : undefined) ?? { text: word, tone: "none", icon: "dash" };
}

const TRIGGERS: Words = {
  manual: () => m.trigger_manual(),
  retry: () => m.trigger_retry(),
  scheduled: () => m.trigger_scheduled(),
  webhook: () => m.trigger_webhook(),
  dependency: () => m.trigger_dependency(),
  chain: () => m.trigger_chain(),
};
export const triggerName = (word: string): string => look(TRIGGERS, word);
export const TRIGGER_WORDS = Object.keys(TRIGGERS);

const PHASES: Words = {
  queued: () => m.phase_queued(),
  reading: () => m.phase_reading(),
  planning: () => m.phase_planning(),
  writing: () => m.phase_writing(),
  done: () => m.phase_done(),
};
export const phaseName = (word: string): string => look(PHASES, word);

/** The outcomes of a record. */
const OUTCOMES: Readonly<Record<string, () => Shown>> = {
  NEW: () => ({ text: m.outcome_new(), tone: "good", icon: "plus" }),
  UPDATED: () => ({ text: m.outcome_updated(), tone: "info", icon: "pencil" }),
  UNCHANGED: () => ({ text: m.outcome_unchanged(), tone: "none", icon: "check" }),
  SKIPPED: () => ({ text: m.outcome_skipped(), tone: "none", icon: "dash" }),
  FAILED: () => ({ text: m.outcome_failed(), tone: "bad", icon: "bad" }),
  WARNED: () => ({ text: m.outcome_warned(), tone: "warn", icon: "warn" }),
};

export function outcome(word: string): Shown {
  return (Object.hasOwn(OUTCOMES, word) ? OUTCOMES[word]?.() : undefined) ?? { text: word, tone: "none", icon: "dash" };
}
export const OUTCOME_WORDS = Object.keys(OUTCOMES);

const OPERATIONS: Words = {
  create: () => m.op_create(),
  link: () => m.op_link(),
  update: () => m.op_update(),
  suspend: () => m.op_suspend(),
  reactivate: () => m.op_reactivate(),
  unenrol: () => m.op_unenrol(),
};
export const operationName = (word: string): string => look(OPERATIONS, word);

const CLASSES: Words = {
  I: () => m.class_ours(),
  R: () => m.class_other_side(),
  T: () => m.class_transient(),
  ours: () => m.class_ours(),
  other_side: () => m.class_other_side(),
  transient: () => m.class_transient(),
  call: () => m.class_call(),
};
export const className = (word: string): string => look(CLASSES, word);
