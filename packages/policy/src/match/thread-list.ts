/**
 * Threat: many phrases of look-alike letters, and a text of signs that are each two letters and a separator, make so many
 * readings that one message keeps the whole process busy for minutes, and with it every other workspace.
 * Rule: equal threads are found in constant time, and there are at most 512 at once (1,600 phrases in all their disguises
 * need 65).
 * On failure: an error, which stops the turn (output-gate.ts) or gives the stage's safe default (decide.ts).
 */

const maxThreads = 512

/** Twice as many slots as threads, so that most look-ups end at the first. */
const slotCount = 1024
const slotShift = 22

/** Where the threads of the list stand that is being built. Shared, because one list is built at a time. */
const slots = new Int32Array(slotCount)
const stamps = new Float64Array(slotCount)
let generation = 0

/** Places in the automaton that are followed at once; flat arrays that are used again for each character. */
export class ThreadList {
  count = 0
  nodes = new Int32Array(16)
  starts = new Float64Array(16)
  states = new Int32Array(16)

  /** Empties the list, to be built anew. */
  begin(): void {
    this.count = 0
    generation += 1
  }

  /** Adds a thread that none equals; of two equal ones, the phrase that began first covers the other. */
  merge(node: number, start: number, state: number, placeBits: number): void {
    const place = state & placeBits
    let slot = (Math.imul(node, 0x9e3779b1) ^ Math.imul(place + 1, 0x85ebca6b)) >>> slotShift
    for (; stamps[slot] === generation; slot = (slot + 1) % slotCount) {
      const index = slots[slot] ?? 0
      const known = this.states[index] ?? 0
      if (this.nodes[index] !== node || (known & placeBits) !== place) continue
      const knownStart = this.starts[index] ?? 0
      if (start > knownStart || (start === knownStart && state >= known)) return
      this.starts[index] = start
      this.states[index] = state
      return
    }
    stamps[slot] = generation
    slots[slot] = this.count
    this.push(node, start, state)
  }

  push(node: number, start: number, state: number): void {
    if (this.count >= maxThreads) throw new RangeError(`the text can be read in more than ${maxThreads} ways at once`)
    if (this.count === this.nodes.length) this.grow()
    this.nodes[this.count] = node
    this.starts[this.count] = start
    this.states[this.count] = state
    this.count += 1
  }

  /** Where the first of them began, or Infinity. */
  earliestStart(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (let index = 0; index < this.count; index += 1) {
      const start = this.starts[index] ?? 0
      if (start < earliest) earliest = start
    }
    return earliest
  }

  /** Only those whose node passes. */
  keep(passes: (node: number) => boolean): void {
    let kept = 0
    for (let index = 0; index < this.count; index += 1) {
      if (passes(this.nodes[index] ?? 0)) this.move(index, kept++)
    }
    this.count = kept
  }

  /** Only those that began within [from, to). */
  keepStartsWithin(from: number, to: number): void {
    let kept = 0
    for (let index = 0; index < this.count; index += 1) {
      const start = this.starts[index] ?? 0
      if (start >= from && start < to) this.move(index, kept++)
    }
    this.count = kept
  }

  /** The same threads as another list; of those whose node has one of these flags. */
  copyFrom(other: ThreadList, automaton?: { readonly flags: Uint8Array }, flag = 0): void {
    this.count = 0
    for (let index = 0; index < other.count; index += 1) {
      const node = other.nodes[index] ?? 0
      if (automaton === undefined || ((automaton.flags[node] ?? 0) & flag) !== 0)
        this.push(node, other.starts[index] ?? 0, other.states[index] ?? 0)
    }
  }

  /** Takes from another list what stands behind its first `count`. */
  takeTail(other: ThreadList, count: number): void {
    this.count = 0
    for (let index = count; index < other.count; index += 1)
      this.push(other.nodes[index] ?? 0, other.starts[index] ?? 0, other.states[index] ?? 0)
    other.count = Math.min(other.count, count)
  }

  private move(from: number, to: number): void {
    this.nodes[to] = this.nodes[from] ?? 0
    this.starts[to] = this.starts[from] ?? 0
    this.states[to] = this.states[from] ?? 0
  }

  private grow(): void {
    const [nodes, starts, states] = [this.nodes, this.starts, this.states]
    this.nodes = new Int32Array(nodes.length * 2)
    this.starts = new Float64Array(nodes.length * 2)
    this.states = new Int32Array(nodes.length * 2)
    this.nodes.set(nodes)
    this.starts.set(starts)
    this.states.set(states)
  }
}
