/**
 * Runs Hyponema on Node 24, whatever Node the machine has (20 or newer).
 *   node tools/launch.mjs start              the server
 *   node tools/launch.mjs hyponema ...       the commands for operators
 *   node tools/launch.mjs test ...           the tests
 *   node tools/launch.mjs check ...          everything that must be green before a commit
 *   node tools/launch.mjs build              the talk page alone
 *   node tools/launch.mjs run SCRIPT ...     a script of the repository
 *   node tools/launch.mjs check|build|...    what `npm run` names
 *
 * On a Node 24 or newer it goes on in this process. Else it starts the Node 24 of the installed packages as a child, whose
 * life follows ours: signals are passed on, and when we are killed the closing channel tells it.
 */
import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import module from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ensureInstalled } from './ensure-installed.mjs'
import { LaunchRefusal } from './launch-refusal.mjs'
import { serverFlags } from './node-flags.mjs'

const neededMajor = 24
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const server = join(root, 'packages', 'server', 'src', 'main.ts')

/**
 * Which script a command runs, with which arguments before the user's, and what it needs first. Only our own server gets a
 * channel: it would make the test runner think that it is a worker of another one.
 */
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const commands = {
  start: {
    script: server,
    first: ['start'],
    flags: serverFlags,
    needsPage: true,
    needsHome: true,
    hasChannel: true,
  },
  hyponema: { script: server, first: [], needsPage: false, needsHome: true, hasChannel: true },
  test: { script: vitest, first: ['run'], needsPage: true, needsHome: false, hasChannel: false },
  check: { script: join(root, 'tools', 'check.mjs'), first: [], needsPage: true, needsHome: false, hasChannel: false },
  build: { script: undefined, first: [], needsPage: true, needsHome: false, hasChannel: false },
  /** The first argument is the script, seen from the root. */
  run: { script: undefined, first: [], needsPage: false, needsHome: false, hasChannel: false },
}

try {
  await launch(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof LaunchRefusal)) throw error
  console.error(error.message)
  process.exitCode = 1
}

async function launch([name, ...given]) {
  const found = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined
  if (found === undefined || (name === 'run' && given.length === 0)) {
    throw new LaunchRefusal(`Say what to launch: node tools/launch.mjs ${Object.keys(commands).join(' | ')}.`)
  }
  const [command, args] =
    name === 'run' ? [{ ...found, script: resolve(root, given[0]) }, given.slice(1)] : [found, given]
  process.chdir(root)
  // Also done by prestart and pretest, which npm leaves out where install scripts are switched off.
  const hasInstalled = await ensureInstalled(root)
  const home = resolve(root, process.env['HYPONEMA_HOME']?.trim() || '.hyponema')
  const cache = prepareHome(home, command.needsHome)
  if (command.needsPage) await buildPage()
  if (command.script === undefined) return undefined
  const all = [...command.first, ...args]
  // After an install this process may run on a Node that is no longer there.
  if (majorOf(process.versions.node) >= neededMajor && !hasInstalled) return goOnHere(command, all, cache)
  return runChild(ownNode(), command, all, cache)
}

/** @returns the folder for compiled code, undefined where it cannot be had and is not needed */
function prepareHome(home, isNeeded) {
  const cache = join(home, 'compile-cache')
  try {
    makeFolders(home)
    accessSync(home, constants.W_OK | constants.X_OK)
    makeFolders(cache)
    return cache
  } catch (error) {
    if (!isNeeded) return undefined
    throw new LaunchRefusal(whyNotHome(home, error), { cause: error })
  }
}

/** One at a time: Node's own `recursive` never ends where a file system takes no folders and says "no such file", as /proc does. */
function makeFolders(path) {
  if (existsSync(path) && statSync(path).isDirectory()) return
  if (dirname(path) !== path) makeFolders(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another start may have made it in the meantime.
    if (error.code !== 'EEXIST' || !statSync(path).isDirectory()) throw error
  }
}

function whyNotHome(home, error) {
  if (['ENOTDIR', 'EEXIST'].includes(error.code)) {
    return `${home} is not a folder: move the file of that name away, or set HYPONEMA_HOME to another folder.`
  }
  if (error.code === 'ENOSPC')
    return `There is no space left for ${home}: free some, or set HYPONEMA_HOME to a folder on another disk.`
  const owner = existsSync(home) ? ` (it belongs to user id ${statSync(home).uid})` : ''
  return `${home} cannot be written by this user${owner}: start as the user who owns it, make it writable, or set HYPONEMA_HOME to a folder that is.`
}

async function buildPage() {
  const { buildWidget } = await import('./build-widget.mjs')
  await buildWidget()
}

async function goOnHere(command, args, cache) {
  if (cache !== undefined) {
    // For the processes that come from this one; the second call is for this one.
    process.env['NODE_COMPILE_CACHE'] = cache
    module.enableCompileCache?.(cache)
  }
  process.argv = [process.execPath, command.script, ...args]
  await import(pathToFileURL(command.script).href)
}

function ownNode() {
  const platform = `${process.platform}-${process.arch}`
  const binary = process.platform === 'win32' ? ['node.exe', 'bin/node.exe'] : ['bin/node']
  const found = [`node-${platform}`, `node-bin-${platform}`]
    .flatMap((name) => binary.map((file) => join(root, 'node_modules', name, file)))
    .find((path) => existsSync(path))
  if (found !== undefined) return found
  if (majorOf(process.versions.node) >= neededMajor) return process.execPath
  throw new LaunchRefusal(
    `Hyponema runs on Node ${neededMajor}, this is ${process.version}, and the packages brought none for ${platform}: install Node ${neededMajor} or newer and run the same command again.`,
  )
}

function runChild(node, command, args, cache) {
  const child = spawn(node, [...(command.flags ?? []), command.script, ...args], {
    cwd: root,
    stdio: command.hasChannel ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
    env: { ...process.env, ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }) },
  })
  // The terminal sends Ctrl-C to the child as well, which then ends in order; we wait for it.
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(cannotRun(node, error)))
    child.on('exit', (code, signal) => {
      if (signal === null) process.exitCode = code ?? 1
      else dieOf(signal)
      resolve()
    })
  })
}

function cannotRun(node, error) {
  // The file is there, so what is missing is the loader that it names: the binary is for glibc.
  const reason =
    error.code === 'ENOENT' && existsSync(node)
      ? 'this Linux has no glibc (Alpine): install Node 24 with its own package manager, or use a Debian based image'
      : `it said "${error.message}": install Node ${neededMajor} or newer`
  return new LaunchRefusal(`${node} cannot run here, ${reason}, and run the same command again.`, { cause: error })
}

/** So that whoever started us sees how the server ended. */
function dieOf(signal) {
  process.removeAllListeners(signal)
  process.exitCode = 1
  process.kill(process.pid, signal)
}

function majorOf(version) {
  return Number(version.split('.')[0])
}
