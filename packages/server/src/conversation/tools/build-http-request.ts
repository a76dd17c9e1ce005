/**
 * Threat: a value that a model, a person or a backend chose leaves its place in the request: another path, another host, a second
 * header, a field that the agent fixed.
 * Rule: scheme, host and port come from the tool alone. A value in a path is one segment, whatever decodes it, and never empty,
 * dots or a slash; in a query it is percent-encoded; in a header printable ASCII. Fixed fields win over arguments.
 * On failure: nothing is sent; the problem says which place.
 */
import type { CompiledHttpTool, TemplatePart } from '../../features/tools/public.ts'

export type BuiltRequest =
  | {
      readonly ok: true
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
      readonly body: string | undefined
    }
  /** `arguments`: the model may write others. `variables`: it cannot. In our words; names may stand in it, values never. */
  | { readonly ok: false; readonly fault: 'arguments' | 'variables'; readonly problem: string }

/** What the door takes. */
const maxUrlCharacters = 2048

/** `args` has passed the schema of the tool. */
export function buildHttpRequest(
  tool: CompiledHttpTool,
  values: { readonly args: Readonly<Record<string, unknown>>; readonly variables: ReadonlyMap<string, string> },
): BuiltRequest {
  try {
    const path = tool.segments.map((parts) => fillSegment(parts, values)).join('/')
    const query = [...fillQuery(tool, values), ...(tool.sendsBody ? [] : restInQuery(tool, values.args))].join('&')
    const url = `${tool.origin}/${path}${query === '' ? '' : `?${query}`}`
    if (url.length > maxUrlCharacters) throw new Unfit('arguments', 'the arguments are too long for a URL')
    const headers = Object.fromEntries(tool.headers.map(({ name, parts }) => [name, fillHeader(name, parts, values)]))
    return { ok: true, url, headers, body: tool.sendsBody ? fillBody(tool, values) : undefined }
  } catch (error) {
    if (error instanceof Unfit) return { ok: false, fault: error.fault, problem: error.message }
    throw error
  }
}

type Values = Parameters<typeof buildHttpRequest>[1]

class Unfit extends Error {
  readonly fault: 'arguments' | 'variables'

  constructor(fault: 'arguments' | 'variables', problem: string) {
    super(problem)
    this.fault = fault
  }
}

function fillSegment(parts: readonly TemplatePart[], values: Values): string {
  const filled = parts.map((part) => {
    if (part.kind === 'text') return part.text
    const value = valueOf(part, values) ?? missing(part)
    if (leavesItsSegment(value))
      throw unfit(part, 'holds what no part of a path may hold: nothing, dots, slashes, escapes or control characters')
    return encode(part, value)
  })
  const segment = filled.join('')
  // Two harmless values beside each other could make one of these, which parsers take for a way up.
  if (/^(?:\.|%2e){1,2}$/i.test(segment)) throw new Unfit('arguments', 'the arguments make a path that leads elsewhere')
  return segment
}

const control = /\p{Cc}/u

/**
 * As a server could read it that folds letters, decodes twice (so nothing may look percent-encoded), cuts parameters off or takes
 * a backslash for a slash.
 */
function leavesItsSegment(value: string): boolean {
  const text = value.normalize('NFKC')
  return /[/\\]|%(?:u|[0-9a-f]{2})/i.test(text) || control.test(text) || /^[.\s]*(?:;.*)?$/s.test(text)
}

function fillQuery(tool: CompiledHttpTool, values: Values): readonly string[] {
  return tool.inQuery.flatMap(({ name, parts }) => {
    const [first] = parts
    const isAlone = parts.length === 1 && first?.kind === 'argument'
    if (isAlone && valueOf(first, values) === undefined) return []
    const filled = parts.map((part) =>
      encode(part, part.kind === 'text' ? part.text : (valueOf(part, values) ?? missing(part))),
    )
    return [`${encodeURIComponent(name)}=${filled.join('')}`]
  })
}

function restInQuery(tool: CompiledHttpTool, args: Values['args']): readonly string[] {
  return rest(tool, args, tool.inQuery).flatMap(([name, value]) => {
    const text = asText({ kind: 'argument', name }, value)
    const part = { kind: 'argument', name } as const
    return text === undefined ? [] : [`${encode(part, name)}=${encode(part, text)}`]
  })
}

function fillHeader(name: string, parts: readonly TemplatePart[], values: Values): string {
  const value = parts
    .map((part) => (part.kind === 'text' ? part.text : (valueOf(part, values) ?? missing(part))))
    .join('')
  if (/^[\x20-\x7e]*$/.test(value)) return value.trim()
  throw new Unfit('variables', `a variable in the header ${name} holds what no header may hold`)
}

function fillBody(tool: CompiledHttpTool, values: Values): string {
  const fixed = tool.body.map(({ name, parts }) => {
    const filled = parts.map((part) => (part.kind === 'text' ? part.text : (valueOf(part, values) ?? missing(part))))
    return [name, filled.join('')] as const
  })
  return JSON.stringify(Object.fromEntries([...rest(tool, values.args, tool.body), ...fixed]))
}

/** Arguments without a place of their own, without those that a fixed field takes the place of. */
function rest(
  { placed }: CompiledHttpTool,
  args: Values['args'],
  fixed: CompiledHttpTool['inQuery'],
): readonly (readonly [string, unknown])[] {
  const taken = new Set(fixed.map(({ name }) => name))
  return Object.entries(args).filter(([name]) => !placed.has(name) && !taken.has(name))
}

type Filled = Exclude<TemplatePart, { kind: 'text' }>

function valueOf(part: Filled, { args, variables }: Values): string | undefined {
  if (part.kind === 'variable') return variables.get(part.name)
  return Object.hasOwn(args, part.name) ? asText(part, args[part.name]) : undefined
}

/** Undefined for null: it was given as nothing. */
function asText(part: Filled, value: unknown): string | undefined {
  if (value === null) return undefined
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw unfit(part, 'is no plain value')
}

function encode(part: TemplatePart, value: string): string {
  if (!value.isWellFormed())
    throw part.kind === 'text' ? new RangeError('a template is not well-formed') : unfit(part, 'is no text')
  return encodeURIComponent(value)
}

function missing(part: Filled): never {
  throw unfit(part, 'has no value')
}

function unfit(part: Filled, what: string): Unfit {
  return part.kind === 'argument'
    ? new Unfit('arguments', `${part.name.slice(0, 64)}: ${what}`)
    : new Unfit('variables', `the variable ${part.name} ${what}`)
}
