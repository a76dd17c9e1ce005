/**
 * Threat: whoever writes an agent, or a model that fills its arguments in, makes a tool call another host, another path, or send
 * a header that carries somebody else's authority.
 * Rule: scheme, host, port and header names are fixed texts. Arguments stand in path segments and in the query, variables there
 * and in the values of headers and body; each name exists. Headers that belong to the door, to the sealed key or to us are refused (that of the key itself by the contract).
 * On failure: the tool is not saved; each wrong place has its pointer.
 */
import { type HttpTool, isDoorHeader } from '@hyponema/contract'
import type { FieldError } from '../../kernel/app-error.ts'
import { jsonPointer } from '../../kernel/json-pointer.ts'
import { compileArguments, type ToolArguments } from './compile-arguments.ts'
import { compileTemplate, type TemplateFilling, type TemplatePart } from './compile-template.ts'
import { readToolOrigin } from './read-tool-origin.ts'

export type NamedTemplate = { readonly name: string; readonly parts: readonly TemplatePart[] }

/** An HTTP tool whose templates and schema were read. */
export type CompiledHttpTool = {
  readonly origin: string
  readonly segments: readonly (readonly TemplatePart[])[]
  readonly inQuery: readonly NamedTemplate[]
  readonly headers: readonly NamedTemplate[]
  readonly body: readonly NamedTemplate[]
  readonly arguments: ToolArguments
  /** Arguments that stand in a template; all others are the body, or of GET and DELETE the query. */
  readonly placed: ReadonlySet<string>
  readonly sendsBody: boolean
}

type NamedField = '/query' | '/headers' | '/body'

export type CompiledTool =
  | { readonly ok: true; readonly tool: CompiledHttpTool }
  | { readonly ok: false; readonly errors: readonly FieldError[] }

/** Reads a tool; `isVariable` says which dynamic variables there are. Pointers lead from the tool. */
export function compileHttpTool(tool: HttpTool, isVariable: (name: string) => boolean): CompiledTool {
  const reader = new ToolReader(tool, isVariable)
  return reader.read()
}

/** What the call says of its body and of itself is written from the tool and the call, never from a template. */
const callHeaders = new Set(['content-encoding', 'content-type', 'idempotency-key'])
const keyNames = /^(?:.*[-_])?(?:api[-_]?key|secret|password|access[-_]?token|auth[-_]?token)$/i
/** RFC 3986: what may stand in a segment as it is; everything else is written as %XX by whoever writes the tool. */
const pathText = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*$/
/** Parsers take these segments for a way up. */
const dots = /^(?:\.|%2e){1,2}$/i

class ToolReader {
  readonly #tool: HttpTool
  readonly #isVariable: (name: string) => boolean
  readonly #errors: FieldError[] = []
  readonly #sendsBody: boolean
  /** By the pointer to each. */
  readonly #named: Readonly<Record<NamedField, Readonly<Record<string, string>>>>

  constructor(tool: HttpTool, isVariable: (name: string) => boolean) {
    this.#tool = tool
    this.#isVariable = isVariable
    this.#sendsBody = tool.method !== 'GET' && tool.method !== 'DELETE'
    this.#named = { '/query': tool.query, '/headers': tool.headers, '/body': tool.body }
  }

  read(): CompiledTool {
    const args = compileArguments(this.#tool.arguments)
    if (!('check' in args)) {
      for (const { pointer, detail } of args) this.#refuse(`/arguments${pointer}`, detail)
      return { ok: false, errors: this.#errors }
    }
    const origin = readToolOrigin(this.#tool.url)
    const segments = this.#readPath(origin, args)
    const inQuery = this.#readNamed('/query', 'arguments', args)
    const headers = this.#readNamed('/headers', 'variables', args)
    const body = this.#readNamed('/body', 'text', args)
    for (const [name, text] of Object.entries(this.#tool.headers)) this.#checkHeader(name, text)
    if (!this.#sendsBody && body.length > 0) this.#refuse('/body', `${this.#tool.method} sends no body`)
    const parts = [...segments, ...inQuery.map((one) => one.parts)].flat()
    const placed = new Set(parts.flatMap((part) => (part.kind === 'argument' ? [part.name] : [])))
    this.#checkRest(args, placed)
    if (origin === undefined || this.#errors.length > 0) return { ok: false, errors: this.#errors }
    const sendsBody = this.#sendsBody
    return { ok: true, tool: { origin, segments, inQuery, headers, body, arguments: args, placed, sendsBody } }
  }

  #readPath(origin: string | undefined, args: ToolArguments): readonly (readonly TemplatePart[])[] {
    const { url } = this.#tool
    if (origin === undefined) {
      this.#refuse('/url', 'expected http:// or https://, a host that is written out, and a path that begins with /')
      return []
    }
    if (/[?#]/.test(url)) {
      this.#refuse('/url', 'parameters stand in query, and a fragment is never sent')
      return []
    }
    const path = /^[^/]+\/\/[^/]+\/?(.*)$/s.exec(url)?.[1] ?? ''
    return path.split('/').map((segment, index, all) => this.#readSegment(segment, args, index === all.length - 1))
  }

  #readSegment(segment: string, args: ToolArguments, isLast: boolean): readonly TemplatePart[] {
    const parts = compileTemplate(segment, 'arguments')
    if (typeof parts === 'string') return this.#refuse('/url', parts)
    if (parts.length === 0 && !isLast) return this.#refuse('/url', 'a segment of the path is empty')
    for (const part of parts) {
      this.#checkPart(part, '/url', args)
      if (part.kind === 'argument' && args.isKnown(part.name) && !args.isRequired(part.name))
        this.#refuse('/url', `the argument ${part.name} stands in the path, so it must be required`)
      if (part.kind === 'text' && !pathText.test(part.text))
        this.#refuse('/url', 'a character stands here that a path holds percent-encoded only')
    }
    if (dots.test(segment)) this.#refuse('/url', 'a path without . and .. is expected')
    return parts
  }

  #readNamed(field: NamedField, filling: TemplateFilling, args: ToolArguments): readonly NamedTemplate[] {
    return Object.entries(this.#named[field]).flatMap(([name, text]) => {
      const pointer = field + jsonPointer([name])
      const parts = compileTemplate(text, filling)
      if (typeof parts === 'string') return this.#refuse(pointer, parts)
      for (const part of parts) this.#checkPart(part, pointer, args)
      const needed = parts.length > 1 ? parts.filter((part) => part.kind === 'argument') : []
      for (const part of needed.filter((one) => args.isKnown(one.name) && !args.isRequired(one.name)))
        this.#refuse(pointer, `the argument ${part.name} stands among other text, so it must be required`)
      if (field !== '/body' && keyNames.test(name) && parts.every((part) => part.kind === 'text'))
        this.#refuse(pointer, 'this looks like a key, which everybody could read here; seal it and name it in auth')
      return [{ name, parts }]
    })
  }

  #checkPart(part: TemplatePart, pointer: string, args: ToolArguments): void {
    if (part.kind === 'text') return
    if (part.kind === 'variable') {
      if (!this.#isVariable(part.name)) this.#refuse(pointer, unknownVariable(part.name))
    } else if (!args.isKnown(part.name)) this.#refuse(pointer, `arguments has no property ${part.name}`)
    else if (!args.isPlain(part.name))
      this.#refuse(pointer, `the argument ${part.name} is no plain value; only a text, a number or a boolean fits here`)
  }

  #checkHeader(name: string, text: string): void {
    const pointer = jsonPointer(['headers', name])
    if (name === 'authorization') this.#refuse(pointer, 'keys stand sealed in auth')
    else if (isReserved(name)) this.#refuse(pointer, 'this header is written by the server')
    else if (name === this.#tool.auth?.header) this.#refuse(pointer, 'auth writes this header')
    if (!/^[\x20-\x7e]*$/.test(text)) this.#refuse(pointer, 'expected printable ASCII')
  }

  /** What stands in no template goes where the method sends it, and may not meet a field that is there already. */
  #checkRest(args: ToolArguments, placed: ReadonlySet<string>): void {
    const field = this.#sendsBody ? '/body' : '/query'
    for (const name of args.names.filter((one) => !placed.has(one))) {
      if (Object.hasOwn(this.#named[field], name))
        this.#refuse(field + jsonPointer([name]), 'an argument has this name; it could not be told from this field')
      if (!this.#sendsBody && !args.isPlain(name))
        this.#refuse(
          jsonPointer(['arguments', 'properties', name]),
          `${this.#tool.method} sends arguments in the query, where only a text, a number or a boolean fits`,
        )
    }
  }

  #refuse(pointer: string, detail: string): readonly [] {
    this.#errors.push({ pointer, detail })
    return []
  }
}

function isReserved(header: string): boolean {
  return callHeaders.has(header) || isDoorHeader(header)
}

function unknownVariable(name: string): string {
  return name.startsWith('system__')
    ? `there is no system variable ${name}`
    : `the agent has no dynamic variable ${name}; declare it in dynamic_variables`
}
