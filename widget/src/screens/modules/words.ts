// What the records of a module may become in Moodle, what a removal may do to it, and the words for both.
import { m } from "../../paraglide/messages.js";

/** The choices of a module; one that is not here has none. */
export const TARGETS: Readonly<Record<string, readonly string[]>> = {
  programs: ["category", "course"],
  units: ["course", "record"],
  classes: ["course", "group"],
  registrations: ["cohort", "enrolment"],
  payments: ["profile", "record"],
};

/** What may happen to an object whose record is gone; one that is not here is kept. */
export const REMOVALS: Readonly<Record<string, readonly string[]>> = {
  user: ["keep", "suspend"],
  enrolment: ["keep", "suspend", "unenrol"],
  cohort: ["keep", "unenrol"],
  profile: ["keep", "unenrol"],
};

const NAMES: Readonly<Record<string, () => string>> = {
  user: () => m.target_user(),
  category: () => m.target_category(),
  course: () => m.target_course(),
  group: () => m.target_group(),
  enrolment: () => m.target_enrolment(),
  cohort: () => m.target_cohort(),
  profile: () => m.target_profile(),
  record: () => m.target_record(),
  grade: () => m.target_grade(),
};

export function targetName(word: string): string {
  return NAMES[word]?.() ?? word;
}
