import type { Config } from '../config.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import { installationFiles } from './installation-files.ts'
import { type OpenDemo, openDemo } from './open-demo.ts'
import type { Installation } from './open-installation.ts'

/** The demo of the embedded default. */
export async function prepareDemo(options: {
  config: Config
  installation: Installation
  clock: Clock
  newId: NewId
}): Promise<OpenDemo> {
  const { homeFolder, publicOrigin } = options.config
  return openDemo({ ...options, path: installationFiles(homeFolder).demo, publicOrigin })
}
