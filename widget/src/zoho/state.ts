// Whether the page lives inside Zoho CRM: then it has no head of its own, and beside a record only that record.
import { signal } from "@preact/signals";

export const isInZoho = signal(false);
