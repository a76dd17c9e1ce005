/** What somebody is told whose sign-in waits for another one's. */
import { encodeId } from '@hyponema/contract'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { openApi } from './api-harness.ts'
import { cookieOf, refresh, signIn } from './sign-in-browser.ts'
import { openSignInApi } from './sign-in-people.ts'

describe('a lock that somebody else keeps', () => {
  test('a refresh that waits too long for its family is told to come back, and so is a sign-out', async () => {
    const api = await openApi({ lockTimeoutMs: 300 })
    const member = await api.a.makeMember('builder')
    const opened = await signIn(api, { workspaceId: api.a.id, member })
    const { database } = api.installation
    const codes = await database.withWorkspace(provenScope(api.a.id), async (tx) => {
      await sql`select 1 from tenant.refresh_families where id = ${opened.familyId} for update`.execute(tx.db)
      const told = []
      for (const path of ['/auth/refresh', '/auth/refresh/sign-out']) {
        const { answer } = await refresh(api, cookieOf(opened), { path })
        told.push([answer.status, answer.code()])
      }
      return told
    })
    await api.close()
    expect(codes).toEqual([
      [409, 'request.conflict'],
      [409, 'request.conflict'],
    ])
  })

  test('a link or a code that waits too long for the table is told to come back', async () => {
    const world = await openSignInApi({ lockTimeoutMs: 200 })
    await world.makePerson('ada@example.com', [world.api.a])
    const ada = world.openBrowser()
    await ada.post('/auth/sign-in', { email: 'ada@example.com' })
    const token = await world.lastToken('ada@example.com')
    const told = await world.api.installation.database.withIdentity(async (tx) => {
      await sql`lock table identity.sign_in_requests in share row exclusive mode`.execute(tx.db)
      return [
        (await ada.post('/auth/confirm', { token })).code,
        (await ada.post('/auth/code', { code: '000000' })).code,
        (await ada.post('/auth/choose', { choice: token, workspace_id: encodeId('workspace', world.api.a.id) })).code,
      ]
    })
    await world.api.close()
    expect(told).toEqual(['request.conflict', 'request.conflict', 'request.conflict'])
  })
})
