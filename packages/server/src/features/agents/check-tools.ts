import { type AgentDocument, nameOfTool } from '@hyponema/contract'
import { AppError, type FieldError } from '../../kernel/app-error.ts'
import { compileHttpTool } from '../tools/public.ts'

/** Variables of the platform; which there are does not depend on the agent. */
const systemVariable = /^system__[a-z0-9_]+$/

/**
 * Refuses a document whose tools could never be called as they are written: templates, argument schemas, names. `below` is
 * where the document lies in the body.
 */
export function checkTools({ tools, dynamic_variables: variables }: AgentDocument, below: string): void {
  const names = new Set(variables.map(({ name }) => name))
  const isVariable = (name: string): boolean => names.has(name) || systemVariable.test(name)
  const errors: FieldError[] = []
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
