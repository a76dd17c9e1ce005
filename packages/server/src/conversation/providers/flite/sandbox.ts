/**
 * Threat: flite, a program in C that reads what strangers made the agent say, reaches files, variables or sockets of the server;
 * or what is said in confidence lies on a disk.
 * Rule: it gets the thirteen calls of WASI preview 1 that it is linked against, and behind them its arguments, a clock and one
 * file and an output of a bounded size in memory. There is no folder, no environment, no socket, and no Node behind any of them.
 * On failure: what is not there is ENOENT, what is too much is EFBIG, what is unknown is EBADF; a program that ends badly has
 * made no file.
 */

/** Two minutes of 16 kHz: six times what a unit of the longest permitted length takes. */
const maxFileBytes = 4_000_000
const maxComplaintBytes = 500
/** Of what it prints: the words of a unit of the longest permitted length, each digit spelled out. */
const maxPrintedBytes = 16_384

const success = 0
const errors = { badFile: 8, tooBig: 22, invalid: 28, noEntry: 44 } as const
const stdin = 0
const stdout = 1
const stderr = 2
const root = 3
const file = 4
const kinds = { characterDevice: 2, directory: 3, regularFile: 4 } as const

/** Thrown through the program to end it: WASI has no other way to leave. */
export class ProgramExit extends Error {
  readonly code: number

  constructor(code: number) {
    super(`the program ended with ${code}`)
    this.code = code
  }
}

export const outputPath = 'speech.wav'

/** What one run of a WASI program sees of the world. */
export class Sandbox {
  readonly #memory: () => ArrayBufferLike
  #args: readonly Uint8Array[] = []
  #file = new Uint8Array(0)
  #fileBytes = 0
  #position = 0
  #complaint = ''
  #printed = ''

  constructor(memory: () => ArrayBufferLike) {
    this.#memory = memory
  }

  /** What the program is called with; it asks when it starts. */
  setArguments(args: readonly string[]): void {
    this.#args = args.map((arg) => new TextEncoder().encode(`${arg}\0`))
  }

  /** What the program has written to its file. */
  get output(): Uint8Array {
    return this.#file.subarray(0, this.#fileBytes)
  }

  /** What it has printed on its standard output, whole. */
  get printed(): string {
    return this.#printed
  }

  /** What it has said on its standard error, cut. */
  get complaint(): string {
    return this.#complaint
  }

  /** The module `wasi_snapshot_preview1`; names and order of arguments are those of the standard. */
  readonly calls = {
    args_sizes_get: (count: number, size: number): number => {
      this.#view.setUint32(count, this.#args.length, true)
      this.#view.setUint32(
        size,
        this.#args.reduce((sum, arg) => sum + arg.length, 0),
        true,
      )
      return success
    },
    args_get: (pointers: number, buffer: number): number => {
      let at = buffer
      for (const [index, arg] of this.#args.entries()) {
        this.#view.setUint32(pointers + 4 * index, at, true)
        this.#bytes(at, arg.length).set(arg)
        at += arg.length
      }
      return success
    },
    clock_time_get: (_clock: number, _precision: bigint, time: number): number => {
      this.#view.setBigUint64(time, BigInt(Math.round(performance.now() * 1e6)), true)
      return success
    },
    fd_close: (fd: number): number => (isOpen(fd) ? success : errors.badFile),
    fd_fdstat_get: (fd: number, stat: number): number => {
      if (!isOpen(fd)) return errors.badFile
      const kind = fd === root ? kinds.directory : fd === file ? kinds.regularFile : kinds.characterDevice
      this.#bytes(stat, 24).fill(0)
      this.#view.setUint8(stat, kind)
      // All rights, here and for what is opened below: what is permitted is decided by each call.
      this.#view.setBigUint64(stat + 8, allRights, true)
      this.#view.setBigUint64(stat + 16, allRights, true)
      return success
    },
    fd_fdstat_set_flags: (fd: number): number => (isOpen(fd) ? success : errors.badFile),
    fd_prestat_get: (fd: number, stat: number): number => {
      if (fd !== root) return errors.badFile
      this.#view.setUint32(stat, 0, true)
      this.#view.setUint32(stat + 4, 1, true)
      return success
    },
    fd_prestat_dir_name: (fd: number, path: number, length: number): number => {
      if (fd !== root || length < 1) return errors.badFile
      this.#bytes(path, 1).set([slash])
      return success
    },
    path_open: (fd: number, _flags: number, path: number, length: number, ...rest: readonly unknown[]): number => {
      if (fd !== root) return errors.badFile
      if (new TextDecoder().decode(this.#bytes(path, length)) !== outputPath) return errors.noEntry
      const opened = rest.at(-1)
      if (typeof opened !== 'number') return errors.invalid
      this.#position = 0
      this.#fileBytes = 0
      this.#view.setUint32(opened, file, true)
      return success
    },
    fd_read: (fd: number, _vectors: number, _count: number, read: number): number => {
      if (fd !== stdin) return errors.badFile
      this.#view.setUint32(read, 0, true)
      return success
    },
    fd_seek: (fd: number, offset: bigint, whence: number, position: number): number => {
      if (fd !== file) return errors.badFile
      const from = [0, this.#position, this.#fileBytes][whence]
      const to = (from ?? Number.NaN) + Number(offset)
      if (!(to >= 0 && to <= this.#fileBytes)) return errors.invalid
      this.#position = to
      this.#view.setBigUint64(position, BigInt(to), true)
      return success
    },
    fd_write: (fd: number, vectors: number, count: number, written: number): number => {
      if (!isOpen(fd) || fd === root || fd === stdin) return errors.badFile
      let total = 0
      for (let index = 0; index < count; index++) {
        const at = this.#view.getUint32(vectors + 8 * index, true)
        const bytes = this.#bytes(at, this.#view.getUint32(vectors + 8 * index + 4, true))
        if (fd === file && !this.#write(bytes)) return errors.tooBig
        if (fd === stdout && !this.#print(bytes)) return errors.tooBig
        if (fd === stderr) this.#complain(bytes)
        total += bytes.length
      }
      this.#view.setUint32(written, total, true)
      return success
    },
    proc_exit: (code: number): never => {
      throw new ProgramExit(code)
    },
  } as const

  /** Asked for each time: it is replaced when the memory grows. */
  get #view(): DataView {
    return new DataView(this.#memory())
  }

  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory(), at, length)
  }

  #write(bytes: Uint8Array): boolean {
    const end = this.#position + bytes.length
    if (end > maxFileBytes) return false
    if (end > this.#file.length) {
      const larger = new Uint8Array(Math.min(maxFileBytes, Math.max(end, this.#file.length * 2, firstFileBytes)))
      larger.set(this.output)
      this.#file = larger
    }
    this.#file.set(bytes, this.#position)
    this.#position = end
    this.#fileBytes = Math.max(this.#fileBytes, end)
    return true
  }

  #print(bytes: Uint8Array): boolean {
    if (this.#printed.length + bytes.length > maxPrintedBytes) return false
    this.#printed += new TextDecoder().decode(bytes)
    return true
  }

  #complain(bytes: Uint8Array): void {
    this.#complaint = `${this.#complaint}${new TextDecoder().decode(bytes)}`.slice(0, maxComplaintBytes)
  }
}

const allRights = 0x1fffffffn
const slash = 0x2f
const firstFileBytes = 65_536

function isOpen(fd: number): boolean {
  return fd >= stdin && fd <= file
}
