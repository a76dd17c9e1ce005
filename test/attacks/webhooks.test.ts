/** What somebody could do with an endpoint: aim it inside, prove what is not so, flood or read us, and act at a bad moment. */
import { createHmac, createPublicKey, verify as verifySignature } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { createdWebhookSchema, webhookSchema, webhookVerificationSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import { createOutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { type Api, newId, openApi } from '../api/api-harness.ts'
import { auditedActions } from '../api/audited-actions.ts'
import { createdWebhook, type MadeWebhook, verifiedWebhook } from '../api/made-things.ts'
import { echo, type Received, type Receiver, startChallengeReceiver } from './webhook-receiver.ts'

/** Stands in answers of endpoints and may stand nowhere else. */
const mark = 'words-of-the-endpoint'

describe('webhook endpoints under attack', () => {
  let receiver: Receiver
  let door: ReturnType<typeof createOutboundDoor>
  let api: Api
  const records = new Map<string, readonly string[]>()
  beforeAll(async () => {
    receiver = await startChallengeReceiver()
    door = createOutboundDoor({
      allow: [parseAllowEntry(receiver.origin)],
      ownNames: ['talk.example.com'],
      ownAddresses: [],
      resolver: async (host) => records.get(host) ?? [],
      refusalStepMs: 1,
      budget: { burst: 10_000, perSecond: 10_000, atOnce: 1_000 },
    })
    api = await openApi({ outboundDoor: door, lockTimeoutMs: 300 })
  })
  afterAll(async () => {
    await door.close()
    await api.close()
    await receiver.close()
  })

  const here = (path: string): string => `${receiver.origin}${path}`
  const read = async ({ id }: { id: string }) =>
    webhookSchema.parse((await api.a.call('GET', `/v1/webhooks/${id}`)).body)
  const verify = async ({ id }: { id: string }) => {
    const answer = await api.a.call('POST', `/v1/webhooks/${id}/verify`)
    return { text: answer.text, ...webhookVerificationSchema.parse(answer.body) }
  }
  const received = (path: string): readonly Received[] => receiver.received.filter((one) => one.path === path)

  describe('aimed inside', () => {
    const inside = [
      'https://127.0.0.1/x',
      'https://[::1]/x',
      'https://169.254.169.254/latest/meta-data',
      'https://10.0.0.5/x',
      'https://0x7f.1/x',
      'https://localhost/x',
      'https://inside.example.com/x',
      'https://both.example.com/x',
      'https://nowhere.example.com/x',
      'https://talk.example.com/x',
      'https://good.example.com:22/x',
      'http://good.example.com/x',
      'wss://good.example.com/x',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'https://user:pass@good.example.com/x',
      'not a url',
    ]
    beforeAll(() => {
      records.set('inside.example.com', ['10.0.0.5'])
      records.set('both.example.com', ['93.184.215.14', '127.0.0.1'])
      records.set('talk.example.com', ['93.184.215.14'])
      records.set('good.example.com', ['93.184.215.14'])
    })

    test('nothing of it is saved, and every refusal says the same', async () => {
      const texts = new Set<string>()
      for (const url of inside) {
        const answer = await api.a.call('POST', '/v1/webhooks', { body: { url, event_types: ['*'] } })
        expect([url, answer.status, answer.code(), answer.pointers()]).toEqual([
          url,
          422,
          'outbound.address_refused',
          ['/url'],
        ])
        texts.add(answer.text.replace(/req_[0-9a-z]{26}/, ''))
      }
      expect(texts.size).toBe(1)
      expect(await api.ask('select 1 from tenant.webhooks where workspace_id = $1', [api.a.id])).toEqual([])
    })

    test('an endpoint that is changed to it stays what it was', async () => {
      const made = await verifiedWebhook(api.a, { url: here('/stays') })
      const before = await read(made)
      for (const url of inside) {
        const answer = await api.a.call('PATCH', `/v1/webhooks/${made.id}`, { body: { url } })
        expect([url, answer.status, answer.code()]).toEqual([url, 422, 'outbound.address_refused'])
      }
      expect(await read(made)).toEqual(before)
    })

    test('a name that leads elsewhere after it was saved is refused when it is used', async () => {
      records.set('turns.example.com', ['93.184.215.14'])
      const made = await createdWebhook(api.a, { url: 'https://turns.example.com/x' })
      records.set('turns.example.com', ['127.0.0.1'])
      const answer = await verify(made)
      expect(answer).toMatchObject({ verified: false, outcome: 'refused', status_code: null })
      expect(answer.webhook.state).toBe('unverified')
      records.delete('turns.example.com')
      expect((await verify(made)).detail).toBe(answer.detail)
    })

    test('what the workspace does not list any more is refused when it is used', async () => {
      const made = await createdWebhook(api.a, { url: here('/narrowed') })
      const credential = await api.a.makeOperatorToken()
      const narrow = (hosts: readonly string[] | null) =>
        api.a.call('PATCH', '/v1/workspaces/current', { credential, body: { outbound_hosts: hosts } })
      await narrow(['elsewhere.example.com'])
      expect(await verify(made)).toMatchObject({ verified: false, outcome: 'refused' })
      expect(received('/narrowed')).toEqual([])
      await narrow(null)
      expect(await verify(made)).toMatchObject({ verified: true })
    })
  })

  describe('proving it', () => {
    test('the challenge is signed with both keys, and no two are alike', async () => {
      const answer = await api.a.call('POST', '/v1/webhooks', {
        body: { url: here('/signed'), event_types: ['*'], asymmetric: true },
      })
      const made = createdWebhookSchema.parse(answer.body)
      await verify(made)
      await verify(made)
      const [first, second] = received('/signed')
      if (first === undefined || second === undefined) throw new Error('two challenges were sent')
      expect(first.challenge).toMatch(/^[\w-]{43}$/)
      expect(first.challenge).not.toBe(second.challenge)
      expect(JSON.parse(first.body)).toMatchObject({ type: 'webhook.challenge', id: first.headers['webhook-id'] })
      expect(first.body).not.toContain(made.secret)
      const content = signedContent(first)
      const [v1, v1a] = String(first.headers['webhook-signature']).split(' ')
      const key = Buffer.from(made.secret?.slice('whsec_'.length) ?? '', 'base64')
      expect(v1).toBe(`v1,${createHmac('sha256', key).update(content).digest('base64')}`)
      const spki = Buffer.concat([
        Buffer.from('302a300506032b6570032100', 'hex'),
        Buffer.from(made.public_key?.slice('whpk_'.length) ?? '', 'base64'),
      ])
      const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
      const signature = Buffer.from(v1a?.slice('v1a,'.length) ?? '', 'base64')
      expect(verifySignature(null, Buffer.from(content), publicKey, signature)).toBe(true)
    })

    test('during an overlap it is signed with the old secret too', async () => {
      const made = await createdWebhook(api.a, { url: here('/overlap') })
      await api.a.call('POST', `/v1/webhooks/${made.id}/rotate-secret`, { body: { overlap_seconds: 60 } })
      await verify(made)
      const [got] = received('/overlap')
      if (got === undefined) throw new Error('a challenge was sent')
      const content = signedContent(got)
      const old = createHmac('sha256', Buffer.from(made.secret.slice('whsec_'.length), 'base64'))
      const signatures = String(got.headers['webhook-signature']).split(' ')
      expect(signatures).toHaveLength(2)
      expect(signatures[1]).toBe(`v1,${old.update(content).digest('base64')}`)
    })

    test.each([
      ['the bare text', (got: Received, response: ServerResponse) => response.end(got.challenge)],
      ['the bare text on a line', (got: Received, response: ServerResponse) => response.end(`${got.challenge}\n`)],
      [
        'JSON with more in it',
        (got: Received, response: ServerResponse) =>
          response.end(JSON.stringify({ ok: true, challenge: got.challenge })),
      ],
      ['another 2xx', (got: Received, response: ServerResponse) => response.writeHead(202).end(got.challenge)],
    ])('%s is an echo', async (name, how) => {
      const path = `/echo-${name.replaceAll(' ', '-')}`
      receiver.answer(path, how)
      expect(await verify(await createdWebhook(api.a, { url: here(path) }))).toMatchObject({ verified: true })
    })

    const wrong: readonly (readonly [
      string,
      string,
      number | null,
      (got: Received, response: ServerResponse) => void,
    ])[] = [
      ['nothing', 'not_echoed', 200, (_got, response) => response.end()],
      ['no content', 'not_echoed', 204, (_got, response) => response.writeHead(204).end()],
      ['other words', 'not_echoed', 200, (_got, response) => response.end(mark)],
      ['a page around it', 'not_echoed', 200, (got, response) => response.end(`<p>${mark} ${got.challenge}</p>`)],
      ['the whole event', 'not_echoed', 200, (got, response) => response.end(got.body)],
      ['it in a list', 'not_echoed', 200, (got, response) => response.end(JSON.stringify([got.challenge]))],
      ['it as JSON text', 'not_echoed', 200, (got, response) => response.end(JSON.stringify(got.challenge))],
      ['it with its end cut', 'not_echoed', 200, (got, response) => response.end(got.challenge.slice(0, -1))],
      ['it in other letters', 'not_echoed', 200, (got, response) => response.end(got.challenge.toUpperCase())],
      ['its signature', 'not_echoed', 200, (got, response) => response.end(String(got.headers['webhook-signature']))],
      [
        'a failure with the echo',
        'status',
        500,
        (got, response) => response.writeHead(500, { 'x-m': mark }).end(got.challenge),
      ],
      ['gone', 'status', 410, (_got, response) => response.writeHead(410).end(mark)],
      [
        'a redirect to an echo',
        'status',
        302,
        (_got, response) => response.writeHead(302, { location: here('/target') }).end(mark),
      ],
      [
        'a redirect that keeps the method',
        'status',
        307,
        (_got, response) => response.writeHead(307, { location: here('/target') }).end(mark),
      ],
      ['an endless answer', 'too_large', null, (got, response) => endless(got, response)],
      [
        'a length that is too much',
        'too_large',
        null,
        (_got, response) => response.writeHead(200, { 'content-length': '5000000' }).end(mark),
      ],
      [
        'a compressed echo',
        'unreachable',
        null,
        (got, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(got.challenge)),
      ],
      ['a broken connection', 'unreachable', null, (_got, response) => void response.destroy()],
      ['half an answer', 'unreachable', null, (got, response) => halfAnswer(got, response)],
    ]
    test.each(wrong)('%s is none: %s, and nothing of it is passed on', async (name, outcome, statusCode, how) => {
      const path = `/wrong-${name.replaceAll(' ', '-')}`
      receiver.answer(path, how)
      const made = await createdWebhook(api.a, { url: here(path) })
      const answer = await verify(made)
      expect(answer).toMatchObject({ verified: false, outcome, status_code: statusCode })
      expect(answer.webhook).toMatchObject({ state: 'unverified', verified_at: null })
      expect(answer.text).not.toContain(mark)
      expect(answer.text).not.toContain(received(path)[0]?.challenge)
      expect(api.logged.join('')).not.toContain(mark)
      const [event] = await auditedActions(api, api.a.id, 'webhook.verification_failed')
      expect(event?.after).toEqual({ outcome, status_code: statusCode })
      expect(received('/target')).toEqual([])
    })

    test('a slow answer is cut at 15 s, whether it never begins or never ends', async () => {
      receiver.answer('/silent', () => undefined)
      receiver.answer('/dripping', (_got, response) => {
        const timer = setInterval(() => response.write(' '), 500)
        response.once('close', () => clearInterval(timer))
      })
      const made = await Promise.all(['/silent', '/dripping'].map((path) => createdWebhook(api.a, { url: here(path) })))
      for (const answer of await Promise.all(made.map(verify)))
        expect(answer).toMatchObject({ verified: false, outcome: 'timeout', status_code: null })
    }, 40_000)

    test('the challenge of another time or of another endpoint proves nothing', async () => {
      const earlier: string[] = []
      const made = await createdWebhook(api.a, { url: here('/again') })
      receiver.answer('/again', (got, response) => {
        response.end(earlier[0] ?? '')
        earlier.push(got.challenge)
      })
      expect((await verify(made)).verified).toBe(false)
      expect((await verify(made)).verified).toBe(false)
      const other = await createdWebhook(api.a, { url: here('/other') })
      const atOnce = Promise.withResolvers<string>()
      const compared = Promise.withResolvers<void>()
      receiver.answer('/other', (got, response) => {
        atOnce.resolve(got.challenge)
        void compared.promise.then(() => echo(got, response))
      })
      receiver.answer('/again', (_got, response) => void atOnce.promise.then((challenge) => response.end(challenge)))
      const verifyingOther = verify(other)
      expect((await verify(made)).verified).toBe(false)
      compared.resolve()
      expect((await verifyingOther).verified).toBe(true)
    }, 30_000)
  })

  describe('at a bad moment', () => {
    /** An endpoint whose challenge has arrived and is answered when the test says so. */
    const challenged = async (path: string) => {
      const made = await createdWebhook(api.a, { url: here(path) })
      const arrived = Promise.withResolvers<() => void>()
      receiver.answer(path, (got, response) => arrived.resolve(() => echo(got, response)))
      const answer = api.a.call('POST', `/v1/webhooks/${made.id}/verify`)
      return { made, answer, echoNow: await arrived.promise }
    }

    test('an echo for an old URL does not verify the new one', async () => {
      const { made, answer, echoNow } = await challenged('/moving')
      await api.a.call('PATCH', `/v1/webhooks/${made.id}`, { body: { url: here('/moved') } })
      echoNow()
      const { status, code } = await answer
      expect([status, code()]).toEqual([409, 'request.conflict'])
      expect(await read(made)).toMatchObject({ state: 'unverified', verified_at: null, url: here('/moved') })
    })

    test('an echo does not undo that somebody has disabled it meanwhile', async () => {
      const { made, answer, echoNow } = await challenged('/disabling')
      await api.a.call('POST', `/v1/webhooks/${made.id}/disable`)
      echoNow()
      expect((await answer).status).toBe(200)
      expect(await read(made)).toMatchObject({ state: 'disabled', disabled_reason: 'by_operator' })
    })

    test('an endpoint that is deleted meanwhile is gone', async () => {
      const { made, answer, echoNow } = await challenged('/deleting')
      expect((await api.a.call('DELETE', `/v1/webhooks/${made.id}`)).status).toBe(204)
      echoNow()
      expect((await answer).status).toBe(404)
    })

    test('deleting while something is being written for it waits for nobody, and what was on its way comes to nothing', async () => {
      const made = await verifiedWebhook(api.a, { url: here('/busy') })
      await api.a.call('POST', `/v1/webhooks/${made.id}/test`, { body: { type: 'session.started' } })
      const [locked, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const worker = api.installation.database.workerWithWorkspace(api.a.scope, async (tx) => {
        await tx.db
          .updateTable('tenant.webhook_deliveries')
          .set({ next_attempt_at: new Date(api.clock.nowMs() + 30_000) })
          .where('webhook_id', '=', made.uuid)
          .execute()
        locked.resolve()
        await release.promise
      })
      await locked.promise
      const { status } = await api.a.call('DELETE', `/v1/webhooks/${made.id}`)
      release.resolve()
      await worker
      expect(status).toBe(204)
      expect((await api.a.call('GET', `/v1/webhooks/${made.id}`)).status).toBe(404)
      await expect(lateAttempt(api, made)).rejects.toMatchObject({ code: '23503' })
    })
  })
})

/** What a signature is over. */
function signedContent({ headers, body }: Received): string {
  return [headers['webhook-id'], headers['webhook-timestamp'], body].join('.')
}

/** More than anybody reads, as long as somebody does. */
function endless({ challenge }: Received, response: ServerResponse): void {
  const more = (): void => {
    if (response.destroyed) return
    if (response.write(`${challenge}${' '.repeat(1_000)}`)) setImmediate(more)
    else response.once('drain', more)
  }
  more()
}

function halfAnswer({ challenge }: Received, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '43' })
  response.write(challenge.slice(0, 20), () => response.destroy())
}

/** What a worker writes that has not heard yet. */
async function lateAttempt(api: Api, made: MadeWebhook): Promise<void> {
  await api.installation.database.workerWithWorkspace(api.a.scope, async (tx) => {
    await tx.db
      .insertInto('tenant.webhook_attempts')
      .values({
        workspace_id: tx.workspaceId,
        id: newId(),
        delivery_id: newId(),
        webhook_id: made.uuid,
        event_id: newId(),
        attempt: 1,
        outcome: 'succeeded',
        status_code: 200,
        error_code: null,
        duration_ms: 1,
        answer: null,
      })
      .execute()
  })
}
