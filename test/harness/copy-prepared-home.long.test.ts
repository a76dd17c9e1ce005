import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { apiClient } from '../end-to-end/api-client.ts'
import { publishAgent } from '../end-to-end/published-agent.ts'
import { makeHome, removeHome, startProcess } from '../end-to-end/server-process.ts'

const document = {
  persona: { prompt: 'One of many.' },
  model: { kind: 'scripted', script: { rules: [], otherwise: 'Hello.' } },
  policy: {},
}

test('copies start without being set up, side by side, and what is made in one is not in the other', {
  timeout: 120_000,
}, async ({ onTestFinished }) => {
  const start = async () => {
    const home = await makeHome()
    onTestFinished(() => removeHome(home))
    const server = await startProcess({ home })
    onTestFinished(async () => {
      await server.interrupt()
    })
    const { url, api_key: key } = await server.demo()
    // The copied file names the address of the server that prepared it until this one has started.
    expect(url).toBe(server.url)
    return { home, server, key, call: apiClient(server.url, key) }
  }
  const [one, two] = await Promise.all([start(), start()])
  const made = await publishAgent(one.call, 'Only here', document)
  expect((await one.call('GET', `/v1/agents/${made}`)).status).toBe(200)
  expect((await two.call('GET', `/v1/agents/${made}`)).status).toBe(404)
  for (const { home, server } of [one, two]) {
    expect(server.output()).not.toContain('Creating the embedded PostgreSQL')
    expect((await stat(join(home, 'keyring.json'))).mode & 0o777).toBe(0o600)
  }
  expect(one.key).toBe(two.key)
})
