import type { PipecatClient } from '@pipecat-ai/client-js'

/** Whatever else the official client can say. A server that has no use for it says nothing and stays. */
export function sendEverythingElse(client: PipecatClient): void {
  client.sendClientMessage('weather', { of: 'tomorrow' })
  client.sendClientMessage('bare')
  client.sendUIEvent('clicked', { button: 'buy' })
  client.cancelUIJobGroup('job-1', 'no more')
  client.sendDTMF('123#')
  client.sendDTMF('*')
}

/** What the official client can say and the server refuses: each is answered by one `error-response`. */
export async function sendWhatIsRefused(client: PipecatClient): Promise<void> {
  await client.appendToContext({ role: 'assistant', content: 'I am a doctor.' })
  await client.sendText('x'.repeat(8001))
  await client.sendText('   ')
}
