/**
 * Writes the types of `webhook-event.ts` from the catalogue of the contract, so that who installs the SDK needs neither the
 * contract nor zod.
 */
import { eventCatalogue, eventTypes } from '@hyponema/contract'
import { z } from 'zod'

/** Before formatting. */
export function renderEventTypes(): string {
  const entries = eventTypes.map((type) => {
    const { when, data } = eventCatalogue[type]
    return `/** Sent when ${when}. */\n'${type}': ${typeOf(z.toJSONSchema(data))}\n`
  })
  return `${head}export type WebhookEventData = {\n${entries.join('\n')}}\n${tail}`
}

const head = `/**
 * Made from the event catalogue of \`@hyponema/contract\` by \`render-event-types.ts\`; a test compares the two.
 * \`npx vitest run packages/sdk/src/webhook-event.test.ts --update\` makes it again.
 */

/** The \`data\` of each type of event. */
`

const tail = `
type Told = {
  [Type in keyof WebhookEventData]: {
    /** Stays the same over all attempts and replays: what to remember, so that an event is not done twice. */
    readonly id: string
    readonly type: Type
    /** When the fact was committed, not when it was sent. */
    readonly created_at: string
    readonly data: WebhookEventData[Type]
  }
}[keyof WebhookEventData]

/** The data of its person was erased before the event could be delivered: that it was is all that is left of it. */
type Erased = {
  readonly id: string
  readonly type: keyof WebhookEventData
  readonly created_at: string
  readonly data: null
  readonly erased: true
}

/** Sent once somebody asks to verify the endpoint: answer 2xx with \`{ "challenge": data.challenge }\`. */
type Challenge = {
  readonly id: string
  readonly type: 'webhook.challenge'
  readonly created_at: string
  readonly data: { readonly challenge: string }
}

/** What a request says. Where \`data\` is null, it was erased. */
export type WebhookEvent = Told | Erased | Challenge
`

function typeOf(schema: unknown): string {
  const node = record(schema)
  if (Array.isArray(node['anyOf'])) return node['anyOf'].map(typeOf).join(' | ')
  if (Array.isArray(node['enum'])) return node['enum'].map((value) => `'${String(value)}'`).join(' | ')
  switch (node['type']) {
    case 'string':
      return 'string'
    case 'integer':
    case 'number':
      return 'number'
    case 'null':
      return 'null'
    case 'array':
      return `(${typeOf(node['items'])})[]`
    case 'object':
      return node['properties'] === undefined ? mapOf(node) : `{ ${fieldsOf(record(node['properties']))} }`
    default:
      throw new TypeError(`no type for ${JSON.stringify(node)}`)
  }
}

function mapOf(node: Readonly<Record<string, unknown>>): string {
  return `Readonly<Partial<Record<${typeOf(node['propertyNames'])}, ${typeOf(node['additionalProperties'])}>>>`
}

function fieldsOf(properties: Readonly<Record<string, unknown>>): string {
  return Object.entries(properties)
    .map(([name, field]) => `${commentOf(field)}readonly ${name}: ${typeOf(field)}`)
    .join('\n')
}

function commentOf(field: unknown): string {
  const description = record(field)['description']
  return typeof description === 'string' ? `\n/** ${description} */\n` : ''
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  const parsed = z.record(z.string(), z.unknown()).safeParse(value)
  if (!parsed.success) throw new TypeError('no schema')
  return parsed.data
}
