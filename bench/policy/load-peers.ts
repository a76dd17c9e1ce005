/** The peers that are installed below bench/peers, each in its own folder; the others say how to install them. */
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
  return Promise.all(names.map(loadPeer))
}

async function loadPeer(name: string): Promise<Peer> {
  const manifest: { dependencies?: Record<string, string> } = JSON.parse(
    readFileSync(join(folder, name, 'package.json'), 'utf8'),
  )
  const absent = Object.keys(manifest.dependencies ?? {}).filter(
    (dependency) => !existsSync(join(folder, name, 'node_modules', dependency)),
  )
  if (absent.length > 0) {
    const missing = `not installed; run: npm ci --prefix bench/peers/${name}`
    return { name, missing, createGate: () => ({ run: () => Promise.reject(new Error(missing)) }) }
  }
  const loaded: { createGate: Peer['createGate'] } = await import(
    pathToFileURL(join(folder, name, 'create-gate.mjs')).href
  )
  return { name, missing: null, createGate: loaded.createGate }
}
