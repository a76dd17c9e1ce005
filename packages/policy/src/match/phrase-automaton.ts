/**
 * The phrases of a policy as one automaton: a trie in flat arrays, found by hash. It has no failure links, because a phrase
 * begins at a word boundary only: the walker starts a thread there, and a thread that has died was no phrase. So the live
 * threads are exactly the phrases that may still come, and the hold is minimal.
 */
import { separator } from '../fold/fold-phrase.ts'

/** No edge leads to the root, so 0 is also "no such edge". */
export const rootNode = 0

export const nodeFlags = { terminal: 1, separatorNext: 2, letterNext: 4 } as const

export interface PhrasePattern {
  readonly symbols: readonly number[]
  /** What is reported when it matches; several patterns may have the same. */
  readonly owner: number
  /** Bits of the languages in which it may be read as it is spoken; all when absent. */
  readonly languages?: number
  /** Not how the phrase is written, but how it is said. */
  readonly isSpoken?: boolean
}

/** A phrase that is complete at a node. */
export interface PhraseEnding {
  readonly owner: number
  readonly languages: number
  readonly isSpoken: boolean
}

export interface PhraseAutomaton {
  readonly nodeCount: number
  readonly flags: Uint8Array
  /** The node behind an edge, or 0. */
  readonly step: (node: number, symbol: number) => number
  readonly endingsAt: (node: number) => readonly PhraseEnding[]
}

/** Code points have 21 bits; node and symbol together fit a safe integer. */
const symbolSpan = 0x200000

export function buildPhraseAutomaton(patterns: readonly PhrasePattern[]): PhraseAutomaton {
  const edges = new Map<number, number>()
  const endings = new Map<number, PhraseEnding[]>()
  let nodeCount = 1
  for (const { symbols, owner, languages = -1, isSpoken = false } of patterns) {
    let node = rootNode
    for (const symbol of symbols) {
      const key = node * symbolSpan + symbol
      let next = edges.get(key)
      if (next === undefined) {
        next = nodeCount
        nodeCount += 1
        edges.set(key, next)
      }
      node = next
    }
    const known = endings.get(node) ?? []
    if (!known.some((ending) => ending.owner === owner && (ending.languages & languages) === languages))
      endings.set(node, [...known, { owner, languages, isSpoken }])
  }
  return {
    nodeCount,
    flags: flagsOf(edges, endings, nodeCount),
    step: freeze(edges),
    endingsAt: (node) => endings.get(node) ?? [],
  }
}

function flagsOf(
  edges: ReadonlyMap<number, number>,
  endings: ReadonlyMap<number, unknown>,
  nodeCount: number,
): Uint8Array {
  const flags = new Uint8Array(nodeCount)
  for (const key of edges.keys()) {
    const node = Math.floor(key / symbolSpan)
    flags[node] = (flags[node] ?? 0) | (key % symbolSpan === separator ? nodeFlags.separatorNext : nodeFlags.letterNext)
  }
  for (const node of endings.keys()) flags[node] = (flags[node] ?? 0) | nodeFlags.terminal
  return flags
}

/** Open addressing at a quarter full: most look-ups are misses, and a miss ends at the first empty slot. */
function freeze(edges: ReadonlyMap<number, number>): (node: number, symbol: number) => number {
  let size = 16
  while (size < edges.size * 4) size *= 2
  const mask = size - 1
  const nodes = new Int32Array(size).fill(-1)
  const symbols = new Int32Array(size)
  const targets = new Int32Array(size)
  for (const [key, target] of edges) {
    const node = Math.floor(key / symbolSpan)
    const symbol = key % symbolSpan
    let slot = hash(node, symbol) & mask
    while (nodes[slot] !== -1) slot = (slot + 1) & mask
    nodes[slot] = node
    symbols[slot] = symbol
    targets[slot] = target
  }
  return (node, symbol) => {
    let slot = hash(node, symbol) & mask
    for (;;) {
      const found = nodes[slot]
      if (found === -1) return 0
      if (found === node && symbols[slot] === symbol) return targets[slot] ?? 0
      slot = (slot + 1) & mask
    }
  }
}

function hash(node: number, symbol: number): number {
  const mixed = Math.imul(node, 0x9e3779b1) ^ Math.imul(symbol + 1, 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}
