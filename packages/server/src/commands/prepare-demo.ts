import { fileURLToPath } from 'node:url'
import type { Hono } from 'hono'
import type { Config } from '../config.ts'
import { createPages } from '../http/pages/create-pages.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import { installationFiles } from './installation-files.ts'
import { type OpenDemo, openDemo } from './open-demo.ts'
import type { Installation } from './open-installation.ts'

const assetsFolder = fileURLToPath(new URL('../../../widget/dist/', import.meta.url))

export type PreparedDemo = OpenDemo & { readonly pages: Hono }

/** The demo and its page, for the embedded default. */
export async function prepareDemo(options: {
  config: Config
  installation: Installation
  clock: Clock
  newId: NewId
}): Promise<PreparedDemo> {
  const { homeFolder, publicOrigin } = options.config
  const pages = await createPages({ assetsFolder })
  const demo = await openDemo({ ...options, path: installationFiles(homeFolder).demo, publicOrigin })
  return { ...demo, pages }
}
