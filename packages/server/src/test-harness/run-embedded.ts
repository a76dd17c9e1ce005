/**
 * A process of its own around `startEmbeddedPostgres`, to be killed, or run as another user:
 * run-embedded.ts HOME ROOT_STATE_FOLDER BINARIES VERSION [NAME=VALUE ...], where the binaries may be
 * empty. Prints one JSON line when ready or refused; stops when its input closes.
 */
import { readHostFacts } from '../platform/postgres/embedded/host-facts.ts'
import { startEmbeddedPostgres } from '../platform/postgres/embedded/start-embedded-postgres.ts'

const [homeFolder = '', rootStateFolder = '', folder = '', version = '', ...settings] = process.argv.slice(2)
let password: string | undefined
try {
  const postgres = await startEmbeddedPostgres({
    homeFolder,
    newPassword: () => 'password-of-a-test-0123456789',
    saveSuperuserPassword: async (made) => {
      password = made
    },
    facts: { ...readHostFacts(), rootStateFolder },
    ...(folder === '' ? {} : { binaries: { folder, version } }),
    settings: Object.fromEntries(settings.map(readSetting)),
  })
  process.stdout.write(`${JSON.stringify({ ...postgres, password })}\n`)
  process.stdin.on('close', () => void postgres.stop())
  process.stdin.resume()
} catch (error) {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  process.stdout.write(`${JSON.stringify({ refused: message })}\n`)
}

function readSetting(text: string): [name: string, value: string] {
  const [name = '', value = ''] = text.split('=', 2)
  return [name, value]
}
