import { type ProviderWatch, tellFailure } from './provider-watch.ts'
import type { SpeechToTextPort } from './speech-to-text-port.ts'

/** The same ears, whose provider is watched. */
export function watchSpeechToText(ears: SpeechToTextPort, watch: ProviderWatch): SpeechToTextPort {
  return {
    open: ({ onEvent, ...options }) =>
      ears.open({
        ...options,
        onEvent: (event) => {
          if (event.type === 'failed') tellFailure(watch, event.error)
          else watch.worked()
          onEvent(event)
        },
      }),
  }
}
