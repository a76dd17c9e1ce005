export { closeSession } from './close-session.ts'
export { createSession } from './create-session.ts'
export { endSession } from './end-session.ts'
export { findReadableSession } from './find-readable-session.ts'
export { sessionJobs } from './jobs.ts'
export {
  deleteOldSessions,
  type EndedCursor,
  findOldestSession,
  listOldSessions,
  listOwners,
  listPurgeable,
  purgedBits,
  setPurged,
} from './purge-sessions.ts'
export { readContentPage } from './read-content-page.ts'
export { readUsage } from './read-usage.ts'
export { renderCreatedSession, type SessionTokenIssuer } from './render-session.ts'
export { openSettings } from './seal-settings.ts'
export {
  addUsage,
  countLiveSessions,
  findEndedSignal,
  findSession,
  listNewestSessions,
  listSessionTimes,
  lockSession,
  type SessionRow,
  type SessionTimes,
  setStarted,
  spendToken,
} from './store.ts'
