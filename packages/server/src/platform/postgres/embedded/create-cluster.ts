/**
 * Makes the data folder of a new installation: initdb with checksums, scram everywhere and a generated password, then the
 * database itself. It is built beside its place and moved there in one step: a killed first start leaves nothing that looks
 * like data. The password is saved before that step, so that there is never data without it.
 */
import { spawn } from 'node:child_process'
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../../../kernel/has-code.ts'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import type { EmbeddedPlace } from './choose-place.ts'
import { folderRefusal } from './folder-refusal.ts'
import type { Binaries } from './native-binaries.ts'
import { makePrivateFolder } from './private-folder.ts'
import { serverSpawnOptions } from './server-spawn-options.ts'

export const superuserName = 'postgres'
export const databaseName = 'hyponema'

export type CreateClusterOptions = {
  readonly place: EmbeddedPlace
  readonly binaries: Binaries
  readonly newPassword: () => string
  readonly saveSuperuserPassword: (password: string) => Promise<void>
}

export async function createCluster(options: CreateClusterOptions): Promise<void> {
  const { place } = options
  const unfinished = `${place.dataFolder}.new`
  const passwordPath = join(place.baseFolder, 'initdb-password')
  try {
    await rm(unfinished, { recursive: true, force: true })
    await makePrivateFolder(unfinished, place.serverUser)
    const password = options.newPassword()
    await writePasswordFile(passwordPath, password, place)
    await initialise(unfinished, passwordPath, options)
    await options.saveSuperuserPassword(password)
    await rename(unfinished, place.dataFolder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw folderRefusal(place.dataFolder, error)
  } finally {
    await rm(passwordPath, { force: true })
  }
}

/** Expected version of the data is the first number of the version of the binaries. */
export async function readDataVersion(dataFolder: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataFolder, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw folderRefusal(dataFolder, error)
  }
}

export function majorVersion(binaries: Binaries): string {
  return binaries.version.split('.')[0] ?? ''
}

async function writePasswordFile(path: string, password: string, place: EmbeddedPlace): Promise<void> {
  await rm(path, { force: true })
  await writeFile(path, `${password}\n`, { mode: 0o600, flag: 'wx' })
  if (place.serverUser !== undefined) await chown(path, place.serverUser.userId, place.serverUser.groupId)
}

async function initialise(dataFolder: string, passwordPath: string, options: CreateClusterOptions): Promise<void> {
  const { binaries, place } = options
  const initdb = [
    ...['-D', dataFolder, `--username=${superuserName}`, `--pwfile=${passwordPath}`],
    ...['--auth-local=scram-sha-256', '--auth-host=scram-sha-256', '--data-checksums', '--no-instructions'],
    ...['--encoding=UTF8', '--locale=C', ...localeArguments(binaries)],
  ]
  await runToEnd({ program: join(binaries.folder, 'initdb'), args: initdb, place })
  const single = ['--single', '-D', dataFolder, '-c', 'log_min_messages=fatal', 'template1']
  await runToEnd({
    program: join(binaries.folder, 'postgres'),
    args: single,
    place,
    input: `create database ${databaseName}\n`,
  })
}

/** Letters of every language sort and fold alike on every machine. Servers before 17 have no locales of their own. */
function localeArguments(binaries: Binaries): readonly string[] {
  return Number(majorVersion(binaries)) >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []
}

function runToEnd(options: {
  program: string
  args: readonly string[]
  place: EmbeddedPlace
  input?: string
}): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const child = spawn(options.program, options.args, {
    ...serverSpawnOptions(options.place),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const said: string[] = []
  child.stdout?.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')))
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')))
  // A program that ended early closes its input; its exit code says why.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(options.input ?? '')
  child.on('error', (cause) => reject(cannotRun(options.program, cause.message, cause)))
  child.on('close', (code, signal) => {
    if (code === 0) resolve()
    else reject(cannotRun(options.program, lastWords(said.join('')) ?? `it ended with ${signal ?? code}`))
  })
  return promise
}

function cannotRun(program: string, reason: string, cause?: Error): StartupRefusal {
  return new StartupRefusal(
    `The embedded PostgreSQL could not be set up: ${program} said "${reason}"; fix that and start again, or set DATABASE_URL to a PostgreSQL of yours.`,
    { cause },
  )
}

/** The line that names the failure, else the last one. */
export function lastWords(output: string): string | undefined {
  const lines = output.split('\n').map((line) => line.trim())
  const told = lines.filter((line) => line !== '')
  return told.findLast((line) => /(error|FATAL|PANIC|could not|cannot):?/.test(line)) ?? told.at(-1)
}
