import { type AgentDocument, type AgentTool, nameOfTool, systemVariableNames } from '@hyponema/contract'
import { AppError, type FieldError } from '../../kernel/app-error.ts'
import { compileHttpTool } from '../tools/public.ts'

/**
 * Refuses a document whose tools could never be called as they are written: templates, argument schemas, names, and tools that a
 * script calls and the agent has not. `below` is where the document lies in the body.
 */
export function checkTools(document: AgentDocument, below: string): void {
  const { tools, dynamic_variables: variables } = document
  const names = new Set<string>([...variables.map(({ name }) => name), ...systemVariableNames])
  const isVariable = (name: string): boolean => names.has(name)
  const errors = wrongTools(document, below)
  for (const [index, tool] of tools.entries()) {
    if (typeof tool === 'string') continue
    const pointer = `${below}/tools/${index}`
    if (tool.kind === 'http') {
      const compiled = compileHttpTool(tool, isVariable)
      if (!compiled.ok) errors.push(...compiled.errors.map((error) => ({ ...error, pointer: pointer + error.pointer })))
      continue
    }
    const other = tools.map(nameOfTool).find((name) => name.startsWith(`${tool.name}_`))
    if (other !== undefined)
      errors.push({
        pointer: `${pointer}/name`,
        detail: `${other} could be a tool of this server; name one of them otherwise`,
      })
  }
  if (errors.length > 0) throw new AppError('request.invalid', 'tools of an agent cannot be called', { errors })
}

/** A script would say its `otherwise` for ever, and its author would look for the fault elsewhere. */
function wrongTools({ model, tools }: AgentDocument, below: string): FieldError[] {
  if (model.kind !== 'scripted') return []
  return model.script.rules.flatMap(({ tool }, index) => {
    if (tool === undefined || tools.some((one) => couldBe(one, tool.name))) return []
    const known = tools.map((one) => (isServer(one) ? `${nameOfTool(one)}_...` : nameOfTool(one))).join(', ') || 'none'
    const detail = `the agent has no tool of this name; name it in tools, or correct it (known: ${known})`
    return [{ pointer: `${below}/model/script/rules/${index}/tool/name`, detail }]
  })
}

/** Which tools a server has is not known before it is asked. */
function couldBe(tool: AgentTool, name: string): boolean {
  return isServer(tool) ? name.startsWith(`${nameOfTool(tool)}_`) : name === nameOfTool(tool)
}

function isServer(tool: AgentTool): boolean {
  return typeof tool !== 'string' && tool.kind === 'mcp'
}
