/**
 * Threat: an answer that is endless, nested without end, no text, or not what it says it is.
 * Rule: at most 256 KiB are read; JSON and plain text in UTF-8 are taken, nothing else; lists and objects are nested 64 deep at most.
 * On failure: a reason and our own words; nothing of the answer.
 */

import { isJsonObject } from '../../platform/json-schema/is-json-object.ts'
import { isNestedDeeper } from '../../platform/json-schema/is-nested-deeper.ts'
import type { JsonValue } from './define-tool.ts'

export type ToolAnswer = { readonly answerBytes: number } & (
  | { readonly ok: true; readonly fields: Readonly<Record<string, JsonValue>> }
  | { readonly ok: false; readonly problem: string }
)

/** For the door. What the model gets of it is far less. */
export const maxAnswerBytes = 256 * 1024
const maxNesting = 64
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads the body of a good answer. Rejects with what the door says when that cuts it. */
export async function readToolAnswer(response: Response): Promise<ToolAnswer> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  const answerBytes = bytes.byteLength
  if (answerBytes === 0) return { ok: true, fields: {}, answerBytes }
  const refused = (problem: string): ToolAnswer => ({ ok: false, problem, answerBytes })
  const { type, charset } = readContentType(response.headers.get('content-type') ?? '')
  const isJson = /^application\/(?:[a-z0-9.-]+\+)?json$/.test(type)
  if (!isJson && type !== 'text/plain') return refused(`answered with ${nameOf(type)}`)
  if (charset !== undefined && !/^(?:utf-?8|us-ascii)$/.test(charset))
    return refused('answered in another charset than UTF-8')
  const text = decode(bytes)
  if (text === undefined) return refused('answered with bytes that are no UTF-8')
  if (!isJson) return { ok: true, fields: { text }, answerBytes }
  const parsed = parse(text)
  if (parsed === undefined) return refused('answered with something that is no JSON')
  if (isNestedDeeper(parsed.value, maxNesting))
    return refused(`answered with JSON that is nested deeper than ${maxNesting}`)
  return { ok: true, fields: asFields(parsed.value), answerBytes }
}

/** What operators come across. A type is words of the other side, so any other is not told. */
const knownTypes = new Set([
  'application/gzip',
  'application/octet-stream',
  'application/pdf',
  'application/x-www-form-urlencoded',
  'application/xml',
  'multipart/form-data',
  'text/csv',
  'text/event-stream',
  'text/html',
  'text/xml',
])

function nameOf(type: string): string {
  if (type === '') return 'the content type of nothing'
  return knownTypes.has(type) ? `the content type ${type}` : 'a content type that is neither JSON nor text'
}

function readContentType(header: string): { readonly type: string; readonly charset: string | undefined } {
  const [type = '', ...parameters] = header.toLowerCase().split(';')
  const charset = parameters
    .map((one) => /^\s*charset="?([a-z0-9_-]{1,30})"?\s*$/.exec(one)?.[1])
    .find((one) => one !== undefined)
  return {
    type: type
      .trim()
      .replaceAll(/[^a-z0-9/.+-]/g, '')
      .slice(0, 60),
    charset,
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

function asFields(value: unknown): Readonly<Record<string, JsonValue>> {
  return isFields(value) ? value : isJson(value) ? { result: value } : {}
}

/** What JSON.parse gave is JSON. */
function isJson(_value: unknown): _value is JsonValue {
  return true
}

function isFields(value: unknown): value is Readonly<Record<string, JsonValue>> {
  return isJsonObject(value)
}
