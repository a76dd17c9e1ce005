/**
 * Threat: a document made to break its reader: to run code, to take the memory or the time of a server on which people talk, to
 * read files, to leave processes behind.
 * Rule: each document is read in a process of its own, with no environment, no right to write, to start processes or to load code,
 * under caps of time, processor, heap and memory; it is believed in nothing but well-formed chunks and reasons of a closed list; it
 * is killed and collected before this function comes back, whatever happens, and ends by itself when this server is gone.
 * On failure: refused with a `knowledge.` code; a process that did not even start, which is no fault of the document, is
 * server.internal. Nothing that was read is kept.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { dirname } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { AppError } from '../../kernel/app-error.ts'
import type { DocumentLimits } from './document-limits.ts'
import { documentRefusal } from './document-refusal.ts'
import type { DocumentType } from './document-type.ts'
import type { ParsedDocument } from './parsed-document.ts'
import { parserCommand } from './parser-command.ts'
import { ParserOutput } from './parser-output.ts'
import { readingLimits } from './reading-limits.ts'
import { watchMemory } from './watch-memory.ts'

const isSource = import.meta.url.endsWith('.ts')
const parserProcess = new URL(isSource ? './parser-process.ts' : './parser-process.js', import.meta.url)

type Child = ChildProcessByStdio<Writable, Readable, Readable>

export type RunParserOptions = {
  readonly type: DocumentType
  readonly bytes: Uint8Array
  readonly limits: DocumentLimits
  readonly signal: AbortSignal
  readonly onProgress: (done: number, total: number | null) => void
}

/**
 * Reads the bytes as the type, in a process of its own that has ended when this returns.
 * @throws AppError of a `knowledge.` code, server.internal, or the reason of the signal
 */
export async function runParser(options: RunParserOptions): Promise<ParsedDocument> {
  const { type, limits, signal } = options
  signal.throwIfAborted()
  const child = start(options)
  const state: { stoppedFor?: { readonly error: unknown } } = {}
  /** The first reason counts: what follows from a kill is no reason. */
  const stop = (error: unknown): void => {
    state.stoppedFor ??= { error }
    child.kill('SIGKILL')
  }
  const output = new ParserOutput({
    limits,
    onReady: () => send(child, options.bytes),
    onProgress: options.onProgress,
    onFinal: () => child.kill('SIGKILL'),
    onBroken: stop,
  })
  const onAbort = (): void => stop(signal.reason)
  const timer = setTimeout(() => stop(documentRefusal('took_too_long')), limits.wallMs)
  const unwatch = watchMemory(child.pid, limits.residentMb, () => stop(documentRefusal('took_too_much_memory')))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const end = await endOf(child, output)
    if (state.stoppedFor !== undefined) throw state.stoppedFor.error
    const { final } = output
    if (final?.kind === 'refused') throw documentRefusal(final.reason)
    if (final === undefined) throw deathOf(end, output.isReady)
    return { type, pages: final.pages, chunks: output.chunks }
  } finally {
    clearTimeout(timer)
    unwatch()
    signal.removeEventListener('abort', onAbort)
  }
}

function start({ type, limits }: RunParserOptions): Child {
  const args = [type, ...readingLimits.write(limits)]
  const command = parserCommand({ script: parserProcess, args, limits })
  try {
    return spawn(command.file, command.args, {
      cwd: dirname(process.execPath),
      env: {},
      // A session of its own: Ctrl-C in the terminal reaches us, and we decide.
      detached: process.platform !== 'win32',
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    })
  } catch (cause) {
    throw new AppError('server.internal', 'the process that reads documents could not be started', { cause })
  }
}

/** It stays open behind the bytes: its end tells the process that we are gone. */
function send({ stdin }: Child, bytes: Uint8Array): void {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.byteLength)
  stdin.write(length)
  stdin.write(bytes)
}

type End = { readonly signal: NodeJS.Signals | null; readonly words: string }

async function endOf(child: Child, output: ParserOutput): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>()
  let words = ''
  // A process that dies takes its pipe with it; why it died is told by its end.
  child.stdin.on('error', () => undefined)
  child.stdout.on('data', (piece: Buffer) => output.take(piece))
  child.stderr.on('data', (piece: Buffer) => {
    // Later its words could be those of the document.
    if (!output.isReady && words.length < 2_000) words += piece.toString('utf8')
  })
  child.once('error', (error) => {
    words += error.message
    if (child.pid === undefined) resolve({ signal: null, words })
  })
  child.once('close', (_code, signal) => resolve({ signal, words }))
  return promise
}

function deathOf({ signal, words }: End, wasReady: boolean): AppError {
  if (!wasReady) return new AppError('server.internal', `the process that reads documents did not start: ${words}`)
  switch (signal) {
    case 'SIGXCPU':
      return documentRefusal('took_too_long')
    case 'SIGABRT':
    case 'SIGTRAP':
    case 'SIGILL':
    case 'SIGKILL':
      // V8 ends so where its heap is full, the kernel where the machine's memory is.
      return documentRefusal('took_too_much_memory')
    default:
      return documentRefusal('reader_failed')
  }
}
