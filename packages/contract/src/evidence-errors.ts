/** The codes of the audit log, of retention and of requests about personal data; part of `errorCatalogue`. */
export const evidenceErrors = {
  'audit.history_differs': {
    status: 500,
    retryable: false,
    title: 'The audit log in the database and its published checkpoint do not belong together',
  },
  'audit.not_sealed': {
    status: 409,
    retryable: true,
    title: 'It has no number in the tree yet; that takes about a second',
  },
  'audit.checkpoint_unknown': {
    status: 422,
    retryable: false,
    title: 'The log has no tree of that size; sizes are 1 to that of the newest checkpoint',
  },
  'retention.hold_released': {
    status: 409,
    retryable: false,
    title: 'The hold was released before, or its time is over',
  },
} as const
