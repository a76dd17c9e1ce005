import type { ContactChannel, ContactClass, Uuid } from '@hyponema/contract'
import type { ContactFacts, ContactPast, PolicyLayer } from '@hyponema/policy'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { zonesOfCountry, zonesOfNumber } from '../../platform/time/possible-zones.ts'
import { readZoneTransitions } from '../../platform/time/read-zone-transitions.ts'
import { isAnyMarked, type UserRow } from '../users/public.ts'
import { longestWindowMs } from './delete-old-attempts.ts'
import { type CountedAttempt, findLastRefusal, findLatestConsent, listCounted, listUsersOfNumber } from './store.ts'

export type ContactOf = {
  readonly user: Pick<UserRow, 'id' | 'timeZone' | 'doNotContact'>
  readonly layers: readonly PolicyLayer[]
  readonly channel: ContactChannel
  readonly class: ContactClass
  readonly atMs: number
}

export type Addressed = {
  readonly number: string | undefined
  readonly country: string | undefined
  /** Keyed hashes; absent: none was named. */
  readonly numberIndex: Buffer | null
  readonly subjectIndex: Buffer | null
}

/** What is known of a person whom somebody wants to contact. Whoever counts on it holds the locks of create-attempt.ts. */
export async function findOutboundFacts(tx: WorkspaceTx, of: ContactOf, to: Addressed): Promise<ContactFacts> {
  const { user, channel, atMs } = of
  const consent = await findLatestConsent(tx, { userId: user.id, channel, class: of.class })
  return {
    ...factsOf(of, user.timeZone === null ? possibleZones(to) : [user.timeZone]),
    direction: 'outbound',
    doNotContact: user.doNotContact || (await isNumberMarked(tx, to)),
    consent: consent?.state ?? 'none',
    past: hasCaps(of.layers)
      ? await findPast(tx, { userId: user.id, since: new Date(atMs - longestWindowMs), to })
      : {},
    isUrgent: false,
  }
}

/** Who wants no more calls says it of the number that rings, by whatever id the next caller knows its holder. */
async function isNumberMarked(tx: WorkspaceTx, { numberIndex }: Addressed): Promise<boolean> {
  return numberIndex !== null && isAnyMarked(tx, await listUsersOfNumber(tx, numberIndex))
}

/** What is known of a person who comes by itself. */
export function findInboundFacts(of: ContactOf & { readonly isUrgent: boolean }): ContactFacts {
  const zones = of.user.timeZone === null ? [] : [of.user.timeZone]
  return { ...factsOf(of, zones), direction: 'inbound', consent: 'none', past: {}, isUrgent: of.isUrgent }
}

function factsOf({ user, layers, channel, class: ofClass, atMs }: ContactOf, personZones: readonly string[]) {
  const fixed = layers.flatMap(({ document }) =>
    document.sleep_windows.flatMap(({ time_zone: name }) => (name === 'user' ? [] : [name])),
  )
  const names = [...new Set([...personZones, ...fixed])]
  // One that nobody knows is missing here, and the engine puts off what it is asked without it.
  const zones = names.map((name) => readZoneTransitions(name, atMs)).filter((zone) => zone !== null)
  return { channel, class: ofClass, atMs, zones, personZones, doNotContact: user.doNotContact }
}

/** The country says more than the number: people keep their numbers when they move. */
function possibleZones({ country, number }: Addressed): readonly string[] {
  const ofCountry = country === undefined ? [] : zonesOfCountry(country)
  return ofCountry.length > 0 || number === undefined ? ofCountry : zonesOfNumber(number)
}

function hasCaps(layers: readonly PolicyLayer[]): boolean {
  return layers.some(({ document }) => document.contact_caps.length > 0)
}

async function findPast(
  tx: WorkspaceTx,
  { userId, since, to }: { readonly userId: Uuid; readonly since: Date; readonly to: Addressed },
): Promise<ContactFacts['past']> {
  const { numberIndex, subjectIndex } = to
  const refusal = await findLastRefusal(tx, userId)
  const ofUser = pastOf(await listCounted(tx, { kind: 'user', userId, since }))
  const ofSubject = pastOf(await listCounted(tx, { kind: 'subject', userId, subjectIndex, since }))
  const withRefusal = (past: ContactPast): ContactPast => {
    const lastRefusalMs = Math.max(past.lastRefusalMs ?? 0, refusal?.getTime() ?? 0)
    return lastRefusalMs === 0 ? past : { ...past, lastRefusalMs }
  }
  const past = { user: withRefusal(ofUser), subject: withRefusal(ofSubject) }
  if (numberIndex === null) return past
  return { ...past, number: pastOf(await listCounted(tx, { kind: 'number', numberIndex, since })) }
}

function pastOf(rows: readonly CountedAttempt[]): ContactPast {
  const attempts = rows.map(({ channel, class: ofClass, state, ...row }) => ({
    atMs: madeAtMs(row),
    channel,
    class: ofClass,
    state,
  }))
  const latest = (state: CountedAttempt['state']): number | undefined => {
    const times = attempts.filter((attempt) => attempt.state === state).map(({ atMs }) => atMs)
    return times.length === 0 ? undefined : Math.max(...times)
  }
  const [lastTalkMs, lastRefusalMs] = [latest('reached'), latest('refused')]
  return {
    attempts: attempts.toSorted((left, right) => left.atMs - right.atMs),
    ...(lastTalkMs === undefined ? {} : { lastTalkMs }),
    ...(lastRefusalMs === undefined ? {} : { lastRefusalMs }),
  }
}

/** The latest instant at which it can have been made: when it was reported, or when its reservation ended without a word. */
function madeAtMs({ expiresAt, reportedAt }: Pick<CountedAttempt, 'expiresAt' | 'reportedAt'>): number {
  const expiresMs = expiresAt?.getTime() ?? 0
  return reportedAt === null ? expiresMs : Math.min(expiresMs, reportedAt.getTime())
}
