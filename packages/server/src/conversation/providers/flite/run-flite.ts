import { outputPath, ProgramExit, Sandbox } from './sandbox.ts'

/** Of the standard; the compiler's libraries for Node do not have it. */
declare const WebAssembly: {
  readonly compile: (bytes: Uint8Array) => Promise<CompiledProgram>
  readonly instantiate: (
    program: CompiledProgram,
    imports: { readonly wasi_snapshot_preview1: Sandbox['calls'] },
  ) => Promise<{ readonly exports: { readonly memory?: Memory; readonly _start?: () => void } }>
}

type Memory = { readonly buffer: ArrayBufferLike }

export type CompiledProgram = { readonly compiledProgram: unique symbol }

/** 60 ms for the 21 MB of flite and its voices; once for the process. */
export function compileFlite(bytes: Uint8Array): Promise<CompiledProgram> {
  return WebAssembly.compile(bytes)
}

/** A WAVE file, and its words as they are said: numbers, money and short forms are written out, letters that are spelled stand apart. */
export type FliteSpeech = { readonly wave: Uint8Array; readonly words: string }

/** Speaks one text, a single time: a program of WASI runs once. */
export type PreparedFlite = (unit: { readonly voice: string; readonly text: string }) => FliteSpeech

/** Makes a run ready, which takes as long as a short text does: 17 MB of voices are copied. */
export async function prepareFlite(program: CompiledProgram): Promise<PreparedFlite> {
  let memory: Memory = { buffer: new ArrayBuffer(0) }
  const sandbox = new Sandbox(() => memory.buffer)
  const { exports } = await WebAssembly.instantiate(program, { wasi_snapshot_preview1: sandbox.calls })
  const { memory: own, _start: start } = exports
  if (own === undefined || start === undefined) throw new TypeError('expected a program of WASI')
  memory = own
  return ({ voice, text }) => {
    // `-pw` prints the words. `-t` takes whatever follows as the text, a dash or a path in front of it too.
    sandbox.setArguments(['flite', '-voice', voice, '-pw', '-t', text, '-o', outputPath])
    const code = run(start)
    if (code !== 0 || sandbox.output.length === 0) {
      throw new Error(`flite ended with ${code}: ${sandbox.complaint.trim()}`)
    }
    return { wave: sandbox.output, words: wordsOf(sandbox.printed) }
  }
}

/** The letter a is printed as `_a`, to be told from the article. */
function wordsOf(printed: string): string {
  return printed
    .split(/\s+/)
    .map((word) => (word === '_a' ? 'a' : word))
    .join(' ')
    .trim()
}

function run(start: () => void): number {
  try {
    start()
    return 0
  } catch (error) {
    if (error instanceof ProgramExit) return error.code
    throw error
  }
}
