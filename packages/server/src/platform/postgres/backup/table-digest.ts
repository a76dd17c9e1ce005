import { createHash } from 'node:crypto'
import type { TableEnd } from './backup-format.ts'

const newline = 0x0a

/** Counts and hashes what COPY wrote of one table. In its text format a line is a row: a line break in a value is written `\n`. */
export class TableDigest {
  readonly #table: string
  readonly #hash = createHash('sha256')
  #rows = 0
  #bytes = 0

  constructor(table: string) {
    this.#table = table
  }

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk)
    this.#bytes += chunk.length
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, at + 1)) this.#rows += 1
  }

  get rows(): number {
    return this.#rows
  }

  get bytes(): number {
    return this.#bytes
  }

  end(): TableEnd {
    return { table: this.#table, rows: this.#rows, bytes: this.#bytes, sha256: this.#hash.digest('hex') }
  }
}
