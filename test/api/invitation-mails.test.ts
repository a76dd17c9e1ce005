/** What somebody with a workspace can do to a person whose address is known. */
import { invitationSchema } from '@hyponema/contract'
import { expect, test } from 'vitest'
import { openApi } from './api-harness.ts'

test('who manages a workspace does not fill a stranger’s mailbox with invitations', async () => {
  const api = await openApi()
  const owner = await api.a.makeMember('owner')
  const credential = await owner.token()
  const body = { email: 'victim@example.com', role: 'auditor' }
  const made = await api.a.call('POST', '/v1/invitations', { credential, body })
  const { id } = invitationSchema.parse(made.body)
  for (let index = 0; index < 15; index += 1) await api.a.call('POST', `/v1/invitations/${id}/send`, { credential })
  for (let index = 0; index < 15; index += 1) {
    const again = await api.a.call('POST', '/v1/invitations', { credential, body })
    const one = invitationSchema.safeParse(again.body).data?.id ?? id
    await api.a.call('DELETE', `/v1/invitations/${one}`, { credential })
  }
  const mails = api.mails.filter(({ to }) => to === 'victim@example.com').length
  await api.close()
  expect(mails).toBeLessThanOrEqual(5)
})
