export { checkInbound } from './check-inbound.ts'
export { deleteOldAttempts } from './delete-old-attempts.ts'
export { recordOptOut } from './record-opt-out.ts'
export { cancelReserved } from './store.ts'
