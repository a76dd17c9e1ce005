/** Runs on the browser's audio thread: cuts the microphone into frames of 20 ms at 16 kHz and hands them to the page. */
import { MicrophoneFramer } from './microphone-framer.ts'

class MicrophoneProcessor extends AudioWorkletProcessor {
  // Muted until the page says otherwise: it may have been muted while this module was loading.
  readonly #framer = new MicrophoneFramer({ inputRate: sampleRate, muted: true })
  #isStopped = false

  constructor() {
    super()
    this.port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data === 'stop') this.#isStopped = true
      else this.#framer.setMuted(data !== 'open')
    })
    this.port.start()
  }

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    const channel = inputs[0]?.[0]
    if (channel !== undefined) {
      for (const frame of this.#framer.push(channel)) this.port.postMessage(frame, [frame.pcm])
    }
    return !this.#isStopped
  }
}

registerProcessor('hyponema-microphone', MicrophoneProcessor)
