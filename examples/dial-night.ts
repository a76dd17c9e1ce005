/**
 * A dialler that asks before it dials. Ten people in ten places; whether each may be called is not its business but that of the
 * policy, so it asks. Nothing but Node.
 *
 *   npm run demo:dial              at the running demo (its key stands in .hyponema/demo.json)
 *   DIAL_URL=... DIAL_KEY=... npm run demo:dial
 *
 * It publishes an agent with the preset `us-federal` (8 to 21 by the person's own clock) and at most three attempts a day. Then it asks
 * for a whole night, hour by hour, without reserving anything; then for now: what is allowed is reserved, "dialled" and reported.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const people = [
  { id: 'dial-honolulu', time_zone: 'Pacific/Honolulu' },
  { id: 'dial-los-angeles', time_zone: 'America/Los_Angeles' },
  { id: 'dial-new-york', time_zone: 'America/New_York' },
  { id: 'dial-sao-paulo', time_zone: 'America/Sao_Paulo' },
  { id: 'dial-london', time_zone: 'Europe/London' },
  { id: 'dial-berlin', time_zone: 'Europe/Berlin' },
  { id: 'dial-mumbai', time_zone: 'Asia/Kolkata' },
  { id: 'dial-tokyo', time_zone: 'Asia/Tokyo' },
  { id: 'dial-lord-howe', time_zone: 'Australia/Lord_Howe' },
  // Nobody knows where this one is: the number is American, so every American clock has to allow it.
  { id: 'dial-somewhere', time_zone: null, number: '+14155550123' },
] as const

const document = {
  persona: {
    prompt: 'You remind people of their appointments.',
    first_message: 'Hello, this is the AI of the clinic.',
  },
  model: { kind: 'scripted', script: { rules: [], otherwise: 'I heard you.' } },
  policy: {
    sleep_windows: [{ name: 'night', preset: 'us-federal' }],
    contact_caps: [{ name: 'daily', attempts: 3, window_hours: 24 }],
  },
}

const { url, key } = await readAccess()
const agent = await call('POST', '/v1/agents', { name: 'Night dialler', document })
await call('POST', `/v1/agents/${text(agent, 'id')}/publish`, {})
for (const { id, time_zone } of people) await knowPerson(id, time_zone)

console.log('\nA night from now on, hour by hour in UTC: x may be called, . may not\n')
const startMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 + 3_600_000
const hours = Array.from({ length: 24 }, (_, hour) => new Date(startMs + hour * 3_600_000))
console.log(`${''.padEnd(18)}${hours.map((at) => String(at.getUTCHours()).padStart(3)).join('')}`)
for (const person of people) {
  const row = await Promise.all(hours.map((at) => ask(person, { reserve: false, at: at.toISOString() })))
  console.log(
    `${person.id.padEnd(18)}${row.map((one) => (text(one, 'decision') === 'allow' ? '  x' : '  .')).join('')}`,
  )
}

console.log('\nNow\n')
for (const person of people) {
  const asked = await ask(person, { subject: 'reminder' })
  const decision = text(asked, 'decision')
  console.log(
    `${person.id.padEnd(18)}${decision.padEnd(7)}${decision === 'allow' ? '' : `from ${text(asked, 'allowed_at')}`}`,
  )
  if (decision === 'allow')
    await call('POST', `/v1/contact-attempts/${text(asked, 'id')}/outcome`, { outcome: 'no_answer' })
}

/** A person of an earlier run is known already. */
async function knowPerson(id: string, timeZone: string | null): Promise<void> {
  const found = await call('GET', `/v1/users?external_id=${id}`)
  if (JSON.stringify(found).includes(id)) return
  await call('POST', '/v1/users', { external_id: id, time_zone: timeZone })
}

async function ask(person: (typeof people)[number], more: object): Promise<unknown> {
  const number = 'number' in person ? { number: person.number } : {}
  return call('POST', '/v1/contact-attempts', { agent_id: text(agent, 'id'), user_id: person.id, ...number, ...more })
}

async function call(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
  return answer
}

function text(answer: unknown, name: string): string {
  if (typeof answer !== 'object' || answer === null || !(name in answer)) return 'nobody knows when'
  const value: unknown = Object.entries(answer).find(([field]) => field === name)?.[1]
  return typeof value === 'string' ? value : 'nobody knows when'
}

async function readAccess(): Promise<{ readonly url: string; readonly key: string }> {
  const given = { url: process.env['DIAL_URL'], key: process.env['DIAL_KEY'] }
  if (given.url !== undefined && given.key !== undefined) return { url: given.url, key: given.key }
  const file = join(process.env['HYPONEMA_HOME'] ?? '.hyponema', 'demo.json')
  const demo: unknown = JSON.parse(await readFile(file, 'utf8'))
  return { url: text(demo, 'url'), key: text(demo, 'api_key') }
}
