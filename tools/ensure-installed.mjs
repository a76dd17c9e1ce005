/**
 * Installs what package-lock.json lists, when it is not there yet. Plain JavaScript for any Node from 20 on.
 *
 * Installed means: the stamp in node_modules names this lockfile and this platform, and every package that was there when
 * it was written still is. The stamp is removed before npm begins and written after it has ended well, so a half install is
 * repaired. A node_modules that somebody made with npm by hand is compared package by package and then stamped.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { LaunchRefusal } from './launch-refusal.mjs'
import { withInstallLock } from './with-install-lock.mjs'

/** @returns {Promise<boolean>} whether npm was called */
export async function ensureInstalled(root) {
  if (isInstalled(root)) return false
  return withInstallLock(root, async () => {
    // Another run may have done it while we waited.
    if (isInstalled(root)) return false
    await install(root)
    return true
  })
}

function isInstalled(root) {
  const lockText = readText(join(root, 'package-lock.json'))
  if (lockText === undefined)
    throw new LaunchRefusal(`There is no package-lock.json in ${root}; get a complete copy of the repository.`)
  const stamp = parse(readText(stampPath(root)))
  if (stamp !== undefined) return stamp.key === keyOf(lockText) && allExist(root, stamp.packages)
  return adoptByHand(root, lockText)
}

/** npm writes its own list last, so a list that agrees with the lockfile stands for a finished install. */
function adoptByHand(root, lockText) {
  const wanted = parse(lockText)?.packages
  const found = parse(readText(join(root, 'node_modules', '.package-lock.json')))?.packages
  if (wanted === undefined || found === undefined) return false
  const agrees = Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true
    if (found[path] === undefined) return entry.optional === true || entry.devOptional === true
    return found[path].version === entry.version && found[path].integrity === entry.integrity
  })
  const packages = Object.keys(found).filter((path) => path.startsWith('node_modules/'))
  if (!agrees || !allExist(root, packages)) return false
  try {
    writeStamp(root, lockText, packages)
  } catch {
    // A node_modules that we may not write to is as good without a stamp; the comparison takes milliseconds.
  }
  return true
}

async function install(root) {
  const startedMs = performance.now()
  say(
    'Installing the packages, with a Node 24 and a PostgreSQL of their own (about 700 MB on disk). Once only, about a minute.',
  )
  rmSync(stampPath(root), { force: true })
  const outcome = await runNpm(root)
  if (outcome.code !== 0) throw refusal(outcome)
  const packages = parse(readText(join(root, 'node_modules', '.package-lock.json')))?.packages ?? {}
  const lockText = readText(join(root, 'package-lock.json')) ?? ''
  writeStamp(
    root,
    lockText,
    Object.keys(packages).filter((path) => path.startsWith('node_modules/')),
  )
  say(`Installed in ${Math.round((performance.now() - startedMs) / 1000)} s.`)
}

/** In a process of its own: what is loaded here stays what it was, whatever npm replaces. */
function runNpm(root) {
  const flags = [
    ...['ci', '--no-audit', '--no-fund', '--loglevel=error', '--progress=false'],
    // The talk page is bundled and the tests run with development packages, whatever NODE_ENV or the user's npm says.
    ...['--include=dev', '--include=optional', '--include=peer'],
    // npm's own waits, 10 and 60 seconds, leave a newcomer without a network staring at nothing.
    ...['--fetch-retries=3', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=8000'],
  ]
  const outside = withoutOwnBinaries(root)
  const npmScript = process.env['npm_execpath']
  const [program, args] =
    npmScript !== undefined && /npm-cli\.c?js$/.test(npmScript)
      ? [outsideNode(root, outside), [npmScript, ...flags]]
      : ['npm', flags]
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, PATH: outside },
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm is a command file there.
    shell: program === 'npm' && process.platform === 'win32',
  })
  return collect(child)
}

function collect(child) {
  const said = []
  child.stdout.on('data', (chunk) => said.push(chunk))
  child.stderr.on('data', (chunk) => said.push(chunk))
  const passOn = ['SIGTERM', 'SIGHUP'].map((signal) => {
    const listener = () => child.kill(signal)
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  return new Promise((resolve) => {
    const end = (code, text) => {
      for (const stop of passOn) stop()
      resolve({ code, text })
    }
    child.on('error', (error) => end(1, error.message))
    child.on('close', (code) => end(code ?? 1, Buffer.concat(said).toString('utf8')))
  })
}

function refusal({ text }) {
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|FETCH_ERROR/.test(text)
  ) {
    return new LaunchRefusal(
      'The packages could not be downloaded because the npm registry cannot be reached: connect to the internet (or set registry or proxy with npm config) and run the same command again.',
    )
  }
  if (/EACCES|EPERM|EROFS/.test(text)) {
    return new LaunchRefusal(
      'The packages could not be installed because node_modules cannot be written by this user: make it writable, or start as the user who owns it.',
    )
  }
  if (/ENOSPC|EDQUOT/.test(text)) {
    return new LaunchRefusal(
      'The packages could not be installed because the disk is full: free about 1 GB and run the same command again.',
    )
  }
  if (/ENOENT/.test(text) && /spawn npm/.test(text)) {
    return new LaunchRefusal(
      'The packages could not be installed because npm was not found: install npm, or run npm start instead of calling node.',
    )
  }
  if (/from lock file/.test(text)) {
    return new LaunchRefusal(
      'The packages could not be installed because package-lock.json and package.json do not agree: run npm install --package-lock-only, then node tools/complete-lockfile.mjs, and the same command again.',
    )
  }
  const reason = text
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!)\s*/, '').trim())
    .filter((line) => line !== '' && !/^code |A complete log|^\/.*\.log$/.test(line))[0]
  return new LaunchRefusal(
    `The packages could not be installed: npm ci said "${reason ?? 'nothing'}"; fix that and run the same command again.`,
  )
}

/** npm puts node_modules/.bin first, where our own Node lies, which npm is about to delete under its feet. */
function withoutOwnBinaries(root) {
  const own = join(realOrSame(root), 'node_modules') + sep
  const entries = (process.env['PATH'] ?? '').split(delimiter)
  return entries.filter((entry) => !`${realOrSame(entry)}${sep}`.startsWith(own)).join(delimiter)
}

function outsideNode(root, path) {
  const own = join(realOrSame(root), 'node_modules') + sep
  if (!realOrSame(process.execPath).startsWith(own)) return process.execPath
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const found = path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))
  return found ?? process.execPath
}

function realOrSame(path) {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function keyOf(lockText) {
  return `${createHash('sha256').update(lockText).digest('hex')} ${process.platform}-${process.arch}`
}

function stampPath(root) {
  return join(root, 'node_modules', '.hyponema-stamp')
}

function writeStamp(root, lockText, packages) {
  writeFileSync(stampPath(root), `${JSON.stringify({ key: keyOf(lockText), packages })}\n`)
}

function allExist(root, packages) {
  return (
    Array.isArray(packages) &&
    packages.length > 0 &&
    packages.every((path) => existsSync(join(root, path, 'package.json')))
  )
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function parse(text) {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function say(line) {
  console.log(line)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await ensureInstalled(dirname(dirname(fileURLToPath(import.meta.url))))
  } catch (error) {
    if (!(error instanceof LaunchRefusal)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
