export { closeArguments } from './close-arguments.ts'
export { type CompiledHttpTool, compileHttpTool } from './compile-http-tool.ts'
export type { TemplatePart } from './compile-template.ts'
export { readToolOrigin } from './read-tool-origin.ts'
