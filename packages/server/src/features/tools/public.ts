export { checkPins } from './check-pins.ts'
export { judgeServer } from './check-servers.ts'
export { closeArguments } from './close-arguments.ts'
export { type CompiledHttpTool, compileHttpTool } from './compile-http-tool.ts'
export type { TemplatePart } from './compile-template.ts'
export { listToolNames } from './list-tool-names.ts'
export { readServers, type ServerReading } from './read-servers.ts'
export { readToolOrigin } from './read-tool-origin.ts'
export { renderServers } from './render-servers.ts'
export {
  countToolDay,
  deleteToolDays,
  findToolPins,
  insertToolPins,
  type PinnedTool,
  type ServerPins,
  takeToolDay,
} from './store.ts'
