/**
 * The peers below bench/peers, each in its own folder with its own lock file. What is not installed yet is installed now, without
 * the scripts of packages; where that fails, as without a network, the peer says how to do it and the rest is measured.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { StreamGate } from './measure-leaks.ts'

export interface Peer {
  readonly name: string
  /** A sentence for the reader when the peer is not there. */
  readonly missing: string | null
  readonly createGate: (phrases: readonly string[]) => StreamGate
}

const names = ['rolling-buffer', 'obscenity', 'openai-guardrails'] as const
const folder = join(dirname(fileURLToPath(import.meta.url)), '../peers')

export async function loadPeers(): Promise<readonly Peer[]> {
  const peers: Peer[] = []
  for (const name of names) peers.push(await loadPeer(name))
  return peers
}

async function loadPeer(name: string): Promise<Peer> {
  const manifest: { dependencies?: Record<string, string> } = JSON.parse(
    readFileSync(join(folder, name, 'package.json'), 'utf8'),
  )
  const absent = Object.keys(manifest.dependencies ?? {}).filter(
    (dependency) => !existsSync(join(folder, name, 'node_modules', dependency)),
  )
  if (absent.length > 0 && !isInstalled(name)) {
    const missing = `not installed; run: npm ci --prefix bench/peers/${name}`
    return { name, missing, createGate: () => ({ run: () => Promise.reject(new Error(missing)) }) }
  }
  const loaded: { createGate: Peer['createGate'] } = await import(
    pathToFileURL(join(folder, name, 'create-gate.mjs')).href
  )
  return { name, missing: null, createGate: loaded.createGate }
}

const installTimeoutMs = 150_000

/** Said on the other channel, so that what is printed stays a report. */
function isInstalled(name: string): boolean {
  process.stderr.write(`installing the peer ${name} from its lock file\n`)
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', join(folder, name)]
  try {
    execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: installTimeoutMs })
    return true
  } catch {
    return false
  }
}
