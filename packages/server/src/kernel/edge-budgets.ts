type Size = { readonly burst: number; readonly refillPerSecond: number; readonly of: string }

/** The budgets of the edge that are the same for everybody; docs/operations.md has them with their reasons, and a test compares. */
export const edgeBudgets = {
  // A backend sends everything from one address; one process answers about a thousand requests a second.
  address: { burst: 2_000, refillPerSecond: 1_000, of: 'network address' },
  // Three quarters of that, so that no workspace has a process for itself however many keys and addresses it uses.
  workspace: { burst: 1_500, refillPerSecond: 750, of: 'workspace' },
  // Half of it: a key that was stolen, or loops, leaves room for the others of its workspace.
  principal: { burst: 1_000, refillPerSecond: 500, of: 'API key or operator' },
  // A person says a few things a minute. What a test or a bot sends for one is far above that and still harmless.
  user: { burst: 100, refillPerSecond: 20, of: 'user' },
  // A person opens a few conversations a minute; a script on the machine does not need the talk page.
  talk: { burst: 30, refillPerSecond: 1, of: 'network address' },
  // A page refreshes every nine minutes; a person has a few of them open, behind an address that others share.
  refresh: { burst: 120, refillPerSecond: 2, of: 'network address' },
  // Twenty links in ten minutes: an office behind one address.
  'sign-in-links': { burst: 20, refillPerSecond: 20 / 600, of: 'network address' },
  // Somebody who mistypes or loses a mail; not a mailbox that is filled by whoever has a workspace.
  'invitation-mails': { burst: 5, refillPerSecond: 5 / 600, of: 'workspace and invited address' },
  // Each answer needs a secret of its own; this only keeps a flood from the database.
  'sign-in-answers': { burst: 60, refillPerSecond: 0.5, of: 'network address' },
  // A whole office behind one address opens its sockets one after the other.
  'voice-upgrades': { burst: 40, refillPerSecond: 20, of: 'network address' },
  // Refused sockets that still get their close code; beyond them a plain 429 is all there is.
  'voice-refusals': { burst: 50, refillPerSecond: 50, of: 'network address' },
  // A page opens one each ten minutes, and more while a network comes and goes; an office behind one address.
  'live-upgrades': { burst: 60, refillPerSecond: 2, of: 'network address' },
} as const satisfies Record<string, Size>
