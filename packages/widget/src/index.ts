/** The browser's side of a session: what the talk page is built on, and what other pages may use. */
export { createTextSession, type MessageOutcome, type TextSession } from './create-text-session.ts'
export type { Refusal } from './read-refusal.ts'
