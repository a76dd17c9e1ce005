export { closeSession } from './close-session.ts'
export { createSession } from './create-session.ts'
export { endSession } from './end-session.ts'
export { findReadableSession } from './find-readable-session.ts'
export { sessionJobs } from './jobs.ts'
export { readContentPage } from './read-content-page.ts'
export { readUsage } from './read-usage.ts'
export { renderCreatedSession, type SessionTokenIssuer } from './render-session.ts'
export { openSettings } from './seal-settings.ts'
export {
  addUsage,
  countLiveSessions,
  deleteOldSessions,
  findEndedSignal,
  findOldestSession,
  findSession,
  listNewestSessions,
  listOldSessions,
  listOwners,
  listPurgeable,
  listSessionTimes,
  lockSession,
  purgedBits,
  type SessionRow,
  type SessionTimes,
  setPurged,
  setStarted,
  spendToken,
} from './store.ts'
