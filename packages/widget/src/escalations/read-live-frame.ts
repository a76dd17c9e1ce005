import { fieldOf } from '../voice/field-of.ts'
import { readEscalations, readTalk, type ShownEscalation, type ShownMessage } from './read-escalations.ts'

export type ShownFrame =
  | { readonly type: 'queue'; readonly rows: readonly ShownEscalation[] }
  | { readonly type: 'talk'; readonly id: string; readonly messages: readonly ShownMessage[] }
  | { readonly type: 'unwatched'; readonly id: string; readonly code: string }
  | { readonly type: 'said'; readonly key: string }
  | { readonly type: 'refused'; readonly key: string; readonly title: string }

/** Undefined for what this page does not know, so that the server may add some. */
export function readLiveFrame(untrusted: unknown): ShownFrame | undefined {
  const json = typeof untrusted === 'string' ? parseJson(untrusted) : undefined
  const [type, id, key, of] = ['type', 'escalation_id', 'id', 'code'].map((name) => textOf(json, name))
  switch (type) {
    case 'queue': {
      const rows = readEscalations(json)
      return rows === undefined ? undefined : { type, rows }
    }
    case 'talk': {
      const messages = readTalk(json)
      return messages === undefined || id === undefined ? undefined : { type, id, messages }
    }
    case 'unwatched':
      return id === undefined || of === undefined ? undefined : { type, id, code: of }
    case 'said':
      return key === undefined ? undefined : { type, key }
    case 'refused': {
      const title = textOf(json, 'title')
      return key === undefined || title === undefined ? undefined : { type, key, title }
    }
    default:
      return undefined
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // No frame of ours.
    return undefined
  }
}

function textOf(json: unknown, name: string): string | undefined {
  const value = fieldOf(json, name)
  return typeof value === 'string' ? value : undefined
}
