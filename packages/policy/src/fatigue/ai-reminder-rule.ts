/** The reminder that every session has: no layer can switch it off, rename it or take its place. */
export const aiReminderRule = { ruleId: 'builtin/ai_reminder', label: 'reminder that this is an AI' } as const
