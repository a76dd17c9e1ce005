import type { LinkRequested, Role, SignInAnswer } from '@hyponema/contract'
import { isRole } from '../is-role.ts'
import type { Workspaces } from './sign-in-state.ts'

type Fields = ReadonlyMap<string, unknown>

/** Reads what a link, a code or a choice came to; undefined when it is no answer of ours. */
export function readAnswer(body: unknown): SignInAnswer | undefined {
  const fields = fieldsOf(body)
  const code = textOf(fields, 'code')
  const choice = textOf(fields, 'choice')
  switch (fields.get('status')) {
    case 'code':
      return code === undefined ? undefined : { status: 'code', code }
    case 'choose':
      return choice === undefined ? undefined : { status: 'choose', choice, workspaces: workspacesOf(fields) }
    case 'signed_in':
      return signedIn(fields)
    default:
      return undefined
  }
}

/** Reads what asking for a link came to. */
export function readLinkRequested(body: unknown): LinkRequested | undefined {
  const fields = fieldsOf(body)
  const seconds = fields.get('expires_in_seconds')
  if (typeof seconds !== 'number') return undefined
  const about = fieldsOf(fields.get('invitation'))
  const [email, name, role] = [textOf(about, 'email'), textOf(about, 'workspace_name'), roleOf(about)]
  if (email === undefined || name === undefined || role === undefined) return { expires_in_seconds: seconds }
  return { expires_in_seconds: seconds, invitation: { email, workspace_name: name, role } }
}

function signedIn(fields: Fields): SignInAnswer | undefined {
  const workspace = fieldsOf(fields.get('workspace'))
  const [token, until] = [textOf(fields, 'access_token'), textOf(fields, 'expires_at')]
  const [id, name, role] = [textOf(workspace, 'id'), textOf(workspace, 'name'), roleOf(fields)]
  if (token === undefined || until === undefined || id === undefined || name === undefined || role === undefined) return
  return { status: 'signed_in', access_token: token, expires_at: until, workspace: { id, name }, role }
}

function workspacesOf(fields: Fields): Workspaces {
  const list: unknown = fields.get('workspaces')
  if (!Array.isArray(list)) return []
  return list.flatMap((entry: unknown) => {
    const one = fieldsOf(entry)
    const [id, name, role] = [textOf(one, 'id'), textOf(one, 'name'), roleOf(one)]
    return id === undefined || name === undefined || role === undefined ? [] : [{ id, name, role }]
  })
}

function roleOf(fields: Fields): Role | undefined {
  const role = fields.get('role')
  return isRole(role) ? role : undefined
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : new Map()
}

function textOf(fields: Fields, name: string): string | undefined {
  const value = fields.get(name)
  return typeof value === 'string' ? value : undefined
}
