import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { OpusMachine, type OpusProgram } from './opus-machine.ts'

export type LoadOpus = () => Promise<OpusMachine>

/** Of the standard; the compiler's libraries for Node do not have it. */
declare const WebAssembly: {
  readonly compile: (bytes: Uint8Array) => Promise<CompiledProgram>
  readonly Instance: new (program: CompiledProgram, imports: Imports) => { readonly exports: StartableProgram }
}

type StartableProgram = OpusProgram & { readonly _initialize: () => void }

/** What libopus is linked against: the files and the exit of a C library, of which it needs none. */
type Imports = {
  readonly wasi_snapshot_preview1: Readonly<
    Record<'fd_close' | 'fd_seek' | 'fd_write' | 'proc_exit', (code: number) => number>
  >
  readonly env: { readonly emscripten_notify_memory_growth: () => void }
}

type CompiledProgram = { readonly compiledProgram: unique symbol }

/**
 * Loads the codec with the first client that asks for it, once for the process: 20 ms, and 16 MiB of address space of which
 * some 200 KiB are used. Only the bytes of libopus are taken from the package: its entry would run a native add-on, which a
 * packet that was made for it could break out of.
 */
export function opusLoader(): LoadOpus {
  let loading: Promise<OpusMachine> | undefined
  return () => {
    loading ??= load()
    return loading
  }
}

async function load(): Promise<OpusMachine> {
  const bytes = await readFile(createRequire(import.meta.url).resolve('@evan/opus/wasm/simd.wasm'))
  const program = await WebAssembly.compile(bytes)
  return new OpusMachine(() => {
    const { exports } = new WebAssembly.Instance(program, nothingOfOurs)
    const { _initialize: initialize } = exports
    initialize()
    return exports
  })
}

const badFile = 8

const nothingOfOurs: Imports = {
  wasi_snapshot_preview1: {
    fd_close: () => badFile,
    fd_seek: () => badFile,
    fd_write: () => badFile,
    proc_exit: (code) => {
      throw new Error(`the codec ended with ${code}`)
    },
  },
  env: { emscripten_notify_memory_growth: () => undefined },
}
