/** A stranger asks for links in somebody's name. */
import { expect, test } from 'vitest'
import { openSignInApi } from './sign-in-people.ts'

test('a stranger who asks for links for somebody does not keep that person from signing in', async () => {
  const world = await openSignInApi()
  await world.makePerson('ada@example.com', [world.api.a])
  const stranger = { 'x-forwarded-for': '203.0.113.66' }
  for (let index = 0; index < 5; index += 1)
    await world.openBrowser().post('/auth/sign-in', { email: 'ada@example.com' }, stranger)
  const asked = await world.openBrowser().post('/auth/sign-in', { email: 'ada@example.com' })
  await world.api.close()
  expect(asked.status).toBe(202)
})
