import { type ProviderWatch, tellFailure } from './provider-watch.ts'
import type { SpokenAudio, TextToSpeechPort, Utterance } from './text-to-speech-port.ts'

/** The same voice, whose provider is watched. */
export function watchTextToSpeech(voice: TextToSpeechPort, watch: ProviderWatch): TextToSpeechPort {
  return {
    open: (signal) => watchedUtterance(voice.open(signal), watch),
    charactersUsed: () => voice.charactersUsed(),
    close: () => voice.close(),
  }
}

function watchedUtterance(utterance: Utterance, watch: ProviderWatch): Utterance {
  return { say: (unit) => utterance.say(unit), end: () => utterance.end(), audio: watchedAudio(utterance, watch) }
}

async function* watchedAudio(utterance: Utterance, watch: ProviderWatch): AsyncGenerator<SpokenAudio> {
  try {
    for await (const piece of utterance.audio) {
      watch.worked()
      yield piece
    }
  } catch (error) {
    tellFailure(watch, error)
    throw error
  }
}
