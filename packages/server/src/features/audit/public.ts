export { createSealer, type Sealer } from './create-sealer.ts'
export { exportLog } from './export-log.ts'
export { logOrigin } from './render-origin.ts'
export { type Anchor, readAnchor, type Verification, verifyExport } from './verify-export.ts'
