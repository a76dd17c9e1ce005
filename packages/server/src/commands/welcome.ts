import type { Config } from '../config.ts'
import { ownCommand } from '../platform/own-command.ts'
import type { EmbeddedPostgres } from '../platform/postgres/embedded/start-embedded-postgres.ts'
import type { DemoFile } from './demo-file.ts'

/** What a newcomer needs to know when the server is ready. */
export function welcome(options: {
  config: Config
  demo: DemoFile | undefined
  embedded: EmbeddedPostgres | undefined
  readyMs: number
}): string {
  const { config, demo, embedded } = options
  const lines = [
    '',
    `Hyponema is ready (${(options.readyMs / 1000).toFixed(1)} s).`,
    '',
    ...(demo === undefined ? [] : [`  Talk to the demo   ${demo.talk_url}`]),
    `  API                ${config.publicOrigin}/v1  (described in /v1/openapi.json)`,
    `  Members            ${config.publicOrigin}/members${demo === undefined || config.mail !== undefined ? '' : ' (sign in as owner@demo.invalid; its mail is printed here)'}`,
    ...(demo === undefined ? [] : [`  Demo key           in ${config.homeFolder}/demo.json (a test key of 30 days)`]),
    `  Data               ${embedded?.dataFolder ?? 'the database of DATABASE_URL'}`,
    `  Keys               ${config.homeFolder} (keep a copy of keyring.json: without it nothing sealed can be opened)`,
    ...(embedded?.serverUser === undefined
      ? []
      : [`  Database user      ${embedded.serverUser}, because PostgreSQL does not run as root`]),
    `  Add a provider key ${ownCommand('operator-token create')}, then POST /v1/credentials; see README.md`,
    '',
    'Ctrl-C stops it.',
    '',
  ]
  return `${lines.join('\n')}\n`
}
