import type { Invitation, Member, OwnMembership, RefreshedSession } from '@hyponema/contract'
import { isRole } from '../is-role.ts'
import { fieldOf } from '../voice/field-of.ts'

export type SignedIn = { readonly accessToken: string; readonly family: string; readonly lifeMs: number }
export type ShownMember = Pick<Member, 'id' | 'email' | 'role' | 'created_at'>
export type ShownInvitation = Pick<Invitation, 'id' | 'email' | 'role' | 'state' | 'expires_at'>
export type Me = Pick<OwnMembership, 'id' | 'email' | 'role' | 'created_at' | 'workspace' | 'grantable_roles'>
export type Page<Item> = { readonly items: readonly Item[]; readonly next: string | undefined }

/** Written out, so that a page does not carry the schemas of the whole contract; a new state breaks the build here. */
const states: Readonly<Record<Invitation['state'], true>> = { open: true, expired: true, accepted: true, revoked: true }

export function readSession(body: unknown): SignedIn | undefined {
  const field = (name: keyof RefreshedSession) => fieldOf(body, name)
  const [accessToken, family, expiresAt] = [field('access_token'), field('family'), field('expires_at')]
  if (typeof accessToken !== 'string' || typeof family !== 'string' || typeof expiresAt !== 'string') return undefined
  return { accessToken, family, lifeMs: Date.parse(expiresAt) - Date.now() }
}

export function readMe(body: unknown): Me | undefined {
  const member = readMember(body)
  const workspace = fieldOf(body, 'workspace')
  const [id, name] = [fieldOf(workspace, 'id'), fieldOf(workspace, 'name')]
  const grantable = fieldOf(body, 'grantable_roles')
  if (member === undefined || typeof id !== 'string' || typeof name !== 'string' || !Array.isArray(grantable))
    return undefined
  return { ...member, workspace: { id, name }, grantable_roles: grantable.filter(isRole) }
}

export function readMembers(body: unknown): Page<ShownMember> | undefined {
  return readPage(body, readMember)
}

export function readInvitations(body: unknown): Page<ShownInvitation> | undefined {
  return readPage(body, readInvitation)
}

function readPage<Item>(body: unknown, readItem: (item: unknown) => Item | undefined): Page<Item> | undefined {
  const [data, next] = [fieldOf(body, 'data'), fieldOf(body, 'next_cursor')]
  if (!Array.isArray(data)) return undefined
  const items = data.flatMap((item: unknown) => readItem(item) ?? [])
  if (items.length !== data.length) return undefined
  return { items, next: typeof next === 'string' ? next : undefined }
}

function readMember(body: unknown): ShownMember | undefined {
  const [id, email, role, createdAt] = ['id', 'email', 'role', 'created_at'].map((name) => fieldOf(body, name))
  if (typeof id !== 'string' || typeof email !== 'string' || typeof createdAt !== 'string' || !isRole(role))
    return undefined
  return { id, email, role, created_at: createdAt }
}

function readInvitation(body: unknown): ShownInvitation | undefined {
  const [id, email, role] = ['id', 'email', 'role'].map((name) => fieldOf(body, name))
  const [state, expiresAt] = [fieldOf(body, 'state'), fieldOf(body, 'expires_at')]
  if (typeof id !== 'string' || typeof email !== 'string' || typeof expiresAt !== 'string') return undefined
  return isRole(role) && isState(state) ? { id, email, role, state, expires_at: expiresAt } : undefined
}

function isState(text: unknown): text is Invitation['state'] {
  return typeof text === 'string' && Object.hasOwn(states, text)
}
