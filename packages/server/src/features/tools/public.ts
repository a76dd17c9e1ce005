export { findToolPins, insertToolPins, type PinnedTool, type ServerPins } from './store.ts'
