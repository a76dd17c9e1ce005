/**
 * What a rule forbids and what personal data a policy keeps back leave by no exit, wherever they come from: not to the client, the
 * model, the log, a webhook, an operator's page, a route, a row or a file. The sealed decision alone may hold them.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plantedSources } from './planted-sources.ts'
import { openPlantedWorld } from './planted-world.ts'

describe('nothing that is kept back leaves by any exit', () => {
  let world: Awaited<ReturnType<typeof openPlantedWorld>>
  beforeAll(async () => {
    world = await openPlantedWorld()
  }, 60_000)
  afterAll(() => world.close())

  test.each(Object.entries(plantedSources))('from %s', { timeout: 30_000 }, async (_name, { run, shows = {} }) => {
    const talk = await run(world)
    const leaks = await talk.leaks()
    expect(leaks.filter((leak) => !Object.keys(shows).some((exit) => leak.startsWith(exit)))).toEqual([])
  })
})
