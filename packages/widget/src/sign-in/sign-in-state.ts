/**
 * What the page shows. One thing at a time:
 *
 * /sign-in:   ask -> sent -> (code typed) -> choose -> done
 *             invited -^
 * /auth/link: link -> choose -> done       where it was asked for
 *             link -> code                 elsewhere
 * ended: a link, an invitation or a choice that is no good (any more)
 */
import type { LinkRequested, SignInAnswer } from '@hyponema/contract'

export type Workspaces = Extract<SignInAnswer, { status: 'choose' }>['workspaces']

export type SignInState =
  | { readonly step: 'ask' }
  | { readonly step: 'invited'; readonly invitation: string }
  | { readonly step: 'sent'; readonly email: string; readonly about: LinkRequested['invitation'] }
  | { readonly step: 'link'; readonly token: string }
  | { readonly step: 'code'; readonly code: string }
  | { readonly step: 'choose'; readonly choice: string; readonly workspaces: Workspaces }
  | { readonly step: 'done'; readonly workspace: string }
  | { readonly step: 'ended'; readonly title: string }

/** Refusals after which the same step cannot succeed any more. */
const final = ['sign_in.link_invalid', 'sign_in.request_ended', 'sign_in.invitation_invalid', 'sign_in.no_workspace']

export function isFinal(code: string): boolean {
  return final.includes(code)
}

/** What an answer of the server leads to. */
export function stateAfter(answer: SignInAnswer): SignInState {
  switch (answer.status) {
    case 'signed_in':
      return { step: 'done', workspace: answer.workspace.name }
    case 'choose':
      return { step: 'choose', choice: answer.choice, workspaces: answer.workspaces }
    case 'code':
      return { step: 'code', code: answer.code }
    default:
      return answer satisfies never
  }
}

/** Where the page begins: what its address is about, and what stands behind the `#` of it. */
export function stateOfAddress(address: { readonly pathname: string; readonly hash: string }): SignInState {
  const secret = address.hash.slice(1)
  if (address.pathname === '/auth/link') {
    if (/^[A-Za-z0-9_-]{43}$/.test(secret)) return { step: 'link', token: secret }
    return { step: 'ended', title: 'This link is not complete; copy all of it from the mail, or ask for a new one' }
  }
  const invitation = /^invitation=([A-Za-z0-9_-]{1,300})$/.exec(secret)?.[1]
  return invitation === undefined ? { step: 'ask' } : { step: 'invited', invitation }
}
