/** The dynamic variables that are ours: every session has them, and nobody declares, sends or resolves one (voice-runtime 7). */
export const systemVariableNames = [
  'system__time_utc',
  'system__time',
  'system__date',
  'system__weekday',
  'system__time_zone',
  'system__language',
  'system__session_id',
  'system__agent_id',
  'system__agent_version',
  'system__user_id',
  'system__modality',
] as const
export type SystemVariableName = (typeof systemVariableNames)[number]
