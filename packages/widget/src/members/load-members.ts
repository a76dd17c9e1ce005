import type { Refusal } from '../read-refusal.ts'
import { canManage } from './members-view.ts'
import type { OperatorSession } from './operator-session.ts'
import {
  type Me,
  type Page,
  readInvitations,
  readMe,
  readMembers,
  type ShownInvitation,
  type ShownMember,
} from './read-members.ts'

export type Shown = {
  readonly me: Me
  readonly members: readonly ShownMember[]
  readonly invitations: readonly ShownInvitation[]
}

type Refused = { readonly refusal: Refusal }

/** Two thousand members are more than a page can show; a workspace has dozens. */
const maxPages = 10

/** Who looks, and what its role lets it see: owners and admins everybody, others themselves. */
export async function loadMembers(session: OperatorSession): Promise<Shown | Refused> {
  const asked = await session.call('GET', '/v1/members/me')
  if ('refusal' in asked) return asked
  const me = readMe(asked.body)
  if (me === undefined) return { refusal: unknown }
  if (!canManage(me)) return { me, members: [me], invitations: [] }
  const [members, invitations] = await Promise.all([
    loadAll(session, '/v1/members', readMembers),
    loadAll(session, '/v1/invitations', readInvitations),
  ])
  if ('refusal' in members) return members
  if ('refusal' in invitations) return invitations
  return { me, members: members.items, invitations: invitations.items }
}

async function loadAll<Item>(
  session: OperatorSession,
  path: string,
  read: (body: unknown) => Page<Item> | undefined,
): Promise<{ readonly items: readonly Item[] } | Refused> {
  const items: Item[] = []
  let cursor: string | undefined
  for (let count = 0; count < maxPages; count += 1) {
    const asked = await session.call('GET', `${path}?limit=200${cursor === undefined ? '' : `&cursor=${cursor}`}`)
    if ('refusal' in asked) return asked
    const page = read(asked.body)
    if (page === undefined) return { refusal: unknown }
    items.push(...page.items)
    cursor = page.next
    if (cursor === undefined) break
  }
  return { items }
}

const unknown: Refusal = {
  code: 'unreadable',
  title: 'The server answered something that this page does not know; reload it',
  status: 0,
  retryable: true,
  requestId: undefined,
  retryAfterSeconds: undefined,
}
