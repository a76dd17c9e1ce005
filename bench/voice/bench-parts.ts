import type { MeasuredServer } from './measured-server.ts'
import type { Microphones } from './microphones.ts'
import type { PinnedProcess } from './pinned-process.ts'
import type { SentFinals } from './sent-finals.ts'
import type { VoiceAgents } from './voice-agents.ts'

/** What a measurement works with. */
export type Parts = {
  readonly agents: VoiceAgents
  readonly server: MeasuredServer
  readonly providers: PinnedProcess
  readonly finals: SentFinals
  readonly microphones: Microphones
}
