export { openEvent, openEvents } from './open-event.ts'
export { type NewEvent, recordEvent } from './record-event.ts'
export { isRecorded } from './store.ts'
