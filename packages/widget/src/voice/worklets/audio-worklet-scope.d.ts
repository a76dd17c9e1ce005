/** What the browser's AudioWorkletGlobalScope has and lib.dom does not: only files of this folder run in it. */
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void
declare const sampleRate: number
