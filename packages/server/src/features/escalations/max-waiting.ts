/** A person reads and listens one message at a time; more than that waiting for one talk is a session that does not hear. */
export const maxWaiting = 20
