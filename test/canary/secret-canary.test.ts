/**
 * The secret canary (secrets-and-outbound 1). A real server is given keys that are like no other, everything is used with them and
 * fails with them, and then every place is searched where one of them could have been left: a secret lies where it must and nowhere
 * else. Into each place a secret of its own is leaked on purpose, so every search is seen to see.
 *
 * The snapshot of the heap shows what can still be reached; memory that was given back and not yet used again is not in it, nor
 * are the bytes of buffers, which a Secret zeroes itself. Strings that were made for a header are such memory (docs/operations.md).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askAsSuperuser } from './ask-as-superuser.ts'
import { type CanaryWorld, openWorld, providerKeys } from './canary-world.ts'
import { echoNames, failureNames } from './echoing-servers.ts'
import { holdTextConversations, holdVoiceConversations } from './hold-conversations.ts'
import { plantLeaks } from './plant-leaks.ts'
import { type Finds, type Place, places, searchPlaces } from './search-places.ts'
import { TraceFinder } from './trace-finder.ts'
import { unsealedRows } from './unsealed-rows.ts'
import {
  endCredentials,
  putKeysInWrongPlaces,
  runCommands,
  signIn,
  useApiKeys,
  useCredentials,
} from './use-everything.ts'
import { useSafety } from './use-safety.ts'
import { useTools } from './use-tools.ts'
import { openWebhooks, useWebhooks } from './use-webhooks.ts'

/** What may lie in a place: where in it, which secrets, and why. Everything else is a leak. */
type Allowed = { readonly where: RegExp; readonly secrets: RegExp; readonly because: string }

const planted: Readonly<Record<Place, readonly string[]>> = {
  log: ['log'],
  'standard output': ['output'],
  commands: ['command'],
  answers: ['row'],
  'webhook bodies': ['webhook'],
  heap: ['heap'],
  'copies of tables': ['row', 'job'],
  'data directory': ['row', 'job'],
  'write-ahead log': ['row', 'job', 'wal'],
  'temporary files': ['temporary file'],
  home: ['home'],
  backup: ['row', 'job'],
}

const allowed: Readonly<Partial<Record<Place, readonly Allowed[]>>> = {
  'standard output': [
    {
      where: /./,
      secrets: /^the secret of a link$/,
      because: 'without a mail server the embedded default prints its mails',
    },
  ],
  answers: [
    { where: /^\d+ POST \/v1\/sessions$/, secrets: /^the token of /, because: 'who makes a session gets its token' },
    {
      where: /^\d+ POST \/v1\/api-keys(\/\w+\/rotate)?$/,
      secrets: /API key$/,
      because: 'a key is shown once, when it is made',
    },
    {
      where: /^\d+ POST \/v1\/webhooks(\/\w+\/rotate-secret)?$/,
      secrets: /signing secret/,
      because: 'a signing secret is shown once, when it is made',
    },
    {
      where: /^\d+ POST \/v1\/escalations\/live-tickets$/,
      secrets: /^a live ticket/,
      because: 'who asks for a ticket gets it',
    },
    { where: /^\d+ POST \/auth\/(sign-in|confirm|refresh)$/, secrets: /^cookie /, because: 'a cookie is set so' },
    {
      where: /^\d+ POST \/auth\/confirm$/,
      secrets: /^the access token of a sign-in$/,
      because: 'it is what signing in is for',
    },
  ],
  home: [
    { where: /^keyring\.json$/, secrets: /^keyring /, because: 'it is the keyring' },
    { where: /^demo\.json$/, secrets: /^the demo key$/, because: 'scripts read it there; it ends after 30 days' },
  ],
}

let world: CanaryWorld
let found: ReadonlyMap<Place, Finds>

beforeAll(async () => {
  world = await openWorld()
  await useCredentials(world)
  await useTools(world)
  await useApiKeys(world)
  await signIn(world)
  const endpoints = await openWebhooks(world)
  await Promise.all([holdTextConversations(world), holdVoiceConversations(world)])
  await useWebhooks(world, endpoints)
  await useSafety(world)
  await endCredentials(world)
  await putKeysInWrongPlaces(world)
  await runCommands(world)
  await plantLeaks(world)
  found = await searchPlaces(world, new TraceFinder(world.markers))
}, 400_000)

afterAll(async () => {
  await world.close()
}, 60_000)

describe('after everything was used and everything has failed', () => {
  test.each(places)(
    '%s: what was leaked on purpose is found, and no secret beside those that belong there',
    (place) => {
      const finds = [...(found.get(place) ?? [])].flatMap(([where, names]) =>
        [...names].map((name) => ({ where, name })),
      )
      const isAllowed = ({ where, name }: { where: string; name: string }): boolean =>
        (allowed[place] ?? []).some((rule) => rule.where.test(where) && rule.secrets.test(name))
      const rest = finds.filter((find) => !isAllowed(find))
      expect(new Set(rest.map(({ name }) => name)), JSON.stringify(rest)).toEqual(
        new Set(planted[place].map((name) => `planted: ${name}`)),
      )
    },
  )

  test('a secret that is shown once was shown in one answer', () => {
    const shown = [...(found.get('answers') ?? new Map<string, ReadonlySet<string>>()).values()].flatMap((names) => [
      ...names,
    ])
    const once = shown.filter((name) =>
      /^the token of|API key$|signing secret|^the access token|^a live ticket/.test(name),
    )
    expect(once.length).toBeGreaterThan(6)
    expect(once).toEqual([...new Set(once)])
  })

  test('the failures have happened, and the providers were given their keys', async () => {
    const log = world.server.log()
    for (const code of [
      'keyring.key_missing',
      'credential.sealed_unreadable',
      'credential.rejected',
      'provider.unavailable',
      'provider.rate_limited',
    ])
      expect(log).toContain(`"code":"${code}"`)
    for (const failure of failureNames) expect(world.wires['echoing model'].sent()).toContain(`fail: ${failure} / `)
    for (const echo of echoNames) expect(world.wires['echoing model'].sent()).toContain(` / ${echo}`)
    const live = await askAsSuperuser(
      world.home,
      `select 1 from tenant.sessions where status not in ('completed', 'failed', 'pending')`,
    )
    expect(live).toEqual([])
    // The keyring was rotated meanwhile.
    expect(world.markers.map(({ name }) => name)).toContain('keyring credentials-2')
    expect(log.match(/\[secret\]/g)?.length).toBeGreaterThan(20)
  })

  test('a column that holds secrets holds them sealed or hashed, and no row of it reads as text', async () => {
    const { rows, unsealed } = await unsealedRows(world.home)
    expect(unsealed).toEqual([])
    expect(rows).toBeGreaterThan(20)
  })
})

describe('what went out to providers', () => {
  const environment = /^\$/

  test('on every wire is the key of its credential and no other secret, neither of ours nor of the environment', () => {
    const finder = new TraceFinder(world.markers)
    const { wires, voices } = world
    const at = (...names: readonly (keyof typeof wires)[]) => finder.find(...names.map((name) => wires[name].sent()))
    expect(at('model')).toEqual(new Set(['model', 'a rotated key', 'planted: wire']))
    expect(at('echoing model')).toEqual(new Set(['internal_api', 'model']))
    expect(at('speech')).toEqual(new Set(['speech']))
    expect(at('voice')).toEqual(new Set(['voice']))
    expect(at('echoing sockets')).toEqual(new Set(['speech', 'voice']))
    // What went over an open socket is masked on its wire.
    expect(finder.find(...voices.received)).toEqual(new Set())
    expect(world.markers.filter(({ name }) => environment.test(name)).length).toBeGreaterThan(20)
  })

  test('never is the placeholder that libraries are given', () => {
    for (const wire of Object.values(world.wires)) expect(wire.sent()).not.toMatch(/sealed/i)
    expect(world.voices.received.join('')).not.toMatch(/sealed/i)
    expect(providerKeys.length).toBe(6)
  })

  test('took no proxy of the environment', () => {
    expect(world.wires.proxy.sent()).toBe('')
  })
})
