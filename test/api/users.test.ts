import { pageSchema, userSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, type ApiWorkspace, openApi } from './api-harness.ts'
import { bareId } from './made-things.ts'
import { tablesThatHold } from './tables-that-hold.ts'

const profile = { favourite: 'wintergreen-toffee', note: 'calls on Tuesdays' }

describe('users', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const create = (workspace: ApiWorkspace, body: object) => workspace.call('POST', '/v1/users', { body })
  const made = async (workspace: ApiWorkspace, body: object) => userSchema.parse((await create(workspace, body)).body)

  test('a user is made with what is given and found again by id and by external id', async () => {
    const answer = await create(api.a, { external_id: ' crm-1 ', profile, time_zone: 'Europe/Paris', language: 'fr' })
    expect(answer.status).toBe(201)
    const user = userSchema.parse(answer.body)
    expect(user).toMatchObject({
      external_id: 'crm-1',
      profile,
      time_zone: 'Europe/Paris',
      language: 'fr',
      do_not_contact: false,
    })
    expect((await api.a.call('GET', `/v1/users/${user.id}`)).body).toEqual(user)
    const found = pageSchema(userSchema).parse((await api.a.call('GET', '/v1/users?external_id=crm-1')).body)
    expect(found).toEqual({ data: [user], next_cursor: null })
    expect((await api.a.call('GET', '/v1/users?external_id=crm-2')).body).toEqual({ data: [], next_cursor: null })
  })

  test('two spellings of one Unicode text are one external id', async () => {
    const user = await made(api.a, { external_id: 'Zo\u00eb' })
    const found = pageSchema(userSchema).parse(
      (await api.a.call('GET', `/v1/users?external_id=${encodeURIComponent('Zoe\u0308')}`)).body,
    )
    expect(found.data.map(({ id }) => id)).toEqual([user.id])
  })

  test('an external id that is taken is refused with a pointer and changes nothing', async () => {
    const user = await made(api.a, { external_id: 'taken', profile })
    const again = await create(api.a, { external_id: 'taken', profile: null })
    expect([again.status, again.code(), again.pointers()]).toEqual([422, 'request.invalid', ['/external_id']])
    expect((await api.a.call('GET', `/v1/users/${user.id}`)).body).toEqual(user)
  })

  test('of several creations of one external id at once exactly one is made', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => create(api.a, { external_id: 'rushed' })))
    expect(answers.map(({ status }) => status).sort(ascending)).toEqual([201, 422, 422, 422])
  })

  test('the same external id in another workspace is another user, and no index shows that they are equal', async () => {
    const [inA, inB] = [await made(api.a, { external_id: 'shared' }), await made(api.b, { external_id: 'shared' })]
    expect(inA.id).not.toBe(inB.id)
    const rows = await api.ask<{ external_id_index: Buffer }>(
      'select external_id_index from tenant.users where id = any($1)',
      [[bareId('user', inA.id), bareId('user', inB.id)]],
    )
    expect(rows).toHaveLength(2)
    expect(new Set(rows.map((row) => row.external_id_index.toString('hex'))).size).toBe(2)
    const found = pageSchema(userSchema).parse((await api.b.call('GET', '/v1/users?external_id=shared')).body)
    expect(found.data.map(({ id }) => id)).toEqual([inB.id])
  })

  test('a change touches only the fields that are given, and null empties one', async () => {
    const user = await made(api.a, { external_id: 'changing', profile, language: 'de' })
    const path = `/v1/users/${user.id}`
    const one = userSchema.parse((await api.a.call('PATCH', path, { body: { do_not_contact: true } })).body)
    expect(one).toMatchObject({ profile, language: 'de', do_not_contact: true })
    const two = userSchema.parse(
      (await api.a.call('PATCH', path, { body: { profile: { a: 'b' }, language: null } })).body,
    )
    expect(two).toMatchObject({ profile: { a: 'b' }, language: null, do_not_contact: true })
    const three = userSchema.parse((await api.a.call('PATCH', path, { body: { profile: null } })).body)
    expect(three.profile).toBeNull()
    expect(three.external_id).toBe('changing')
  })

  test.each([
    [{ external_id: 'other' }, ['/external_id']],
    [{ time_zone: 'Mars/Olympus' }, ['/time_zone']],
    [{ time_zone: '+01:00' }, ['/time_zone']],
    [{ language: 'english' }, ['/language']],
    [{ profile: { long: 'x'.repeat(501) } }, ['/profile/long']],
  ])('refuses the change %j', async (body, pointers) => {
    const user = await made(api.a, { external_id: `refused-${JSON.stringify(body).slice(0, 40)}` })
    const answer = await api.a.call('PATCH', `/v1/users/${user.id}`, { body })
    expect([answer.status, answer.pointers()]).toEqual([422, pointers])
  })

  test('external id and profile lie nowhere in the database as they are', async () => {
    await made(api.a, { external_id: 'crm-quince-77', profile })
    // The probe finds what is not sealed, so that an empty answer means something.
    expect(await tablesThatHold(api, 'test key')).toContain('api_keys')
    for (const words of ['crm-quince-77', 'wintergreen-toffee', 'Tuesdays']) {
      expect(await tablesThatHold(api, words)).toEqual([])
    }
  })

  test('reading a person is audited, and the audit event holds nothing about the person', async () => {
    const user = await made(api.a, { external_id: 'watched', profile })
    await api.a.call('GET', `/v1/users/${user.id}`)
    const answer = await api.a.call('GET', '/v1/audit-events?action=user.opened&limit=1')
    expect(answer.text).toContain(user.id)
    expect(answer.text).not.toMatch(/watched|toffee/)
  })

  test('lists users newest first', async () => {
    const made1 = await made(api.b, { external_id: 'one' })
    const made2 = await made(api.b, { external_id: 'two' })
    const page = pageSchema(userSchema).parse((await api.b.call('GET', '/v1/users?limit=1')).body)
    expect(page.data.map(({ id }) => id)).toEqual([made2.id])
    const next = pageSchema(userSchema).parse(
      (await api.b.call('GET', `/v1/users?limit=1&cursor=${page.next_cursor}`)).body,
    )
    expect(next.data.map(({ id }) => id)).toEqual([made1.id])
  })
})

function ascending(left: number, right: number): number {
  return left - right
}
