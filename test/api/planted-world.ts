import {
  type OfficialServer,
  startOfficialServer,
} from '../../packages/server/src/platform/mcp/test-harness/official-server.ts'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import { createOutboundDoor, type OutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { openApi } from './api-harness.ts'
import { createFakeModelDoor, type FakeReply } from './fake-model-door.ts'
import { LiveDesk, liveTicket, openLiveServer } from './live-desk.ts'
import { openLoopbackServer } from './open-loopback-server.ts'
import type { PlantedWorld, ToolAnswer } from './planted-talk.ts'
import { openWebhookWorker } from './webhook-worker.ts'

/** A server with a model, a tool server, an MCP server, a webhook receiver and an operator's page, each played by the test. */
export async function openPlantedWorld(): Promise<PlantedWorld & { readonly close: () => Promise<void> }> {
  let toolAnswer: ToolAnswer | undefined
  const loopback = await openLoopbackServer((request, response) => {
    request.resume()
    const { status, body, delayMs = 0 } = toolAnswer ?? { status: 200, body: '{"text":"It is at nine thirty"}' }
    setTimeout(() => response.writeHead(status, { 'content-type': 'application/json' }).end(body), delayMs)
  })
  const mcp: OfficialServer = await startOfficialServer('sessions', [])
  const real = createOutboundDoor({
    allow: [loopback.origin, mcp.origin].map((origin) => parseAllowEntry(origin)),
    ownNames: [],
    ownAddresses: [],
    refusalStepMs: 1,
  })
  const model = createFakeModelDoor()
  let failure: { readonly status: number; readonly body: string } | undefined
  let pending: Promise<FakeReply> | undefined
  const isReal = (url: string): boolean => url.startsWith(loopback.origin) || url.startsWith(mcp.origin)
  const door: OutboundDoor = {
    ...model,
    fetch: async (request, use) => {
      if (isReal(request.url)) return real.fetch(request, use)
      const failed = failure
      failure = undefined
      if (failed === undefined) return model.fetch(request, use)
      return new Response(failed.body, {
        status: failed.status,
        headers: { 'content-type': failed.status === 200 ? 'text/event-stream' : 'application/json' },
      })
    },
    judge: (url, use) => (isReal(url) ? real.judge(url, use) : model.judge(url, use)),
    isOpened: (url) => (isReal(url) ? real.isOpened(url) : model.isOpened(url)),
  }
  const api = await openApi({ outboundDoor: door, operatorLimits: { lookMs: 3_600_000, settleMs: 5, perPrincipal: 3 } })
  const worker = await openWebhookWorker(api)
  const live = await openLiveServer(api)
  const desk = new LiveDesk(live.port, { ticket: await liveTicket(api, await api.a.makeOperatorToken('reviewer')) })
  await desk.until(() => desk.last('queue'))
  return {
    api,
    model,
    worker,
    desk,
    mcp,
    tools: {
      origin: loopback.origin,
      answerWith: (answer) => {
        toolAnswer = answer
      },
    },
    nextRequest: () => {
      pending ??= model.nextRequest().then((reply) => {
        pending = undefined
        return reply
      })
      return pending
    },
    failModel: (answer) => {
      failure = answer
    },
    close: async () => {
      desk.socket.terminate()
      await desk.end()
      await live.close()
      await worker.close()
      await api.close()
      await loopback.close()
      await real.close()
      await mcp.close()
    },
  }
}
