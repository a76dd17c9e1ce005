import { type CreateListening, listenWith } from '../conversation/pipeline/voice/listening.ts'
import { createPlayClock, type PlayClock } from '../conversation/pipeline/voice/play-clock.ts'
import { type CreateResampler, loadResampler } from '../conversation/pipeline/voice/resample.ts'
import { loadVoiceActivity } from '../conversation/pipeline/voice/voice-activity.ts'
import { createFliteVoices, type FliteVoices } from '../conversation/providers/flite/create-flite-voices.ts'

/** What all voice sessions of a process share. */
export type SpeechEngines = {
  readonly fliteVoices: FliteVoices
  readonly createListening: CreateListening
  readonly createResampler: CreateResampler
  readonly playClock: PlayClock
}

/** Loads the voice activity detector and the resampler; the thread of the built-in voice starts with its first use. */
export async function openSpeech(log: (message: string, error: unknown) => void): Promise<SpeechEngines> {
  const [makeVoiceActivity, createResampler] = await Promise.all([loadVoiceActivity(), loadResampler()])
  return {
    fliteVoices: createFliteVoices(),
    createListening: listenWith({ makeVoiceActivity, log }),
    createResampler,
    playClock: createPlayClock(),
  }
}
