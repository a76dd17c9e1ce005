/** Who talks to the person: somebody was called and has not come, a person does, or the agent. */
export const handOverStates = ['waiting', 'with_person', 'with_agent'] as const
export type HandOverState = (typeof handOverStates)[number]
