/** What a speech-to-text provider may do to us. A peer of the conformance suite lists those that it can produce. */
export const speechToTextSituations = [
  'listens',
  'lets_us_in_late',
  'ignores_finalize',
  'sends_unknown_messages',
  'is_cut_once',
  'is_cut_off',
  'goes_silent',
  'refuses_the_key',
  'has_no_quota',
  'limits_the_rate',
  'refuses_the_request',
  'breaks',
  'redirects',
  'never_answers',
  'cannot_read_the_audio',
  'sends_garbage',
  'sends_a_huge_message',
  'floods',
] as const

export type SpeechToTextSituation = (typeof speechToTextSituations)[number]
