import { parseArgs } from 'node:util'
import { decodeId, encodeId, parseEmail, type Role, roles } from '@hyponema/contract'
import type { Config } from '../config.ts'
import { findMember, findMemberByEmail } from '../features/members/public.ts'
import { type AuditedTransaction, auditedTransaction } from '../guards/audited-transaction.ts'
import { issueOperatorToken } from '../guards/operator-token.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import type { Database } from '../platform/postgres/database.ts'
import { demoMember, type HostMember } from './demo-member.ts'
import { namedWorkspace } from './named-workspace.ts'
import { onHost } from './on-host.ts'

type Who = {
  readonly workspace?: string | undefined
  readonly member?: string | undefined
  readonly email?: string | undefined
}

/**
 * `hyponema operator-token create`: prints an access token of 10 minutes for a member, who is named by id or address. In the
 * demo's workspace, and only there, a role is enough: it is that of a member of the demo.
 */
export async function operatorTokenCommand(config: Config, args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      workspace: { type: 'string' },
      member: { type: 'string' },
      email: { type: 'string' },
      role: { type: 'string' },
    },
  })
  const role = roles.find((one) => one === (values.role ?? 'owner'))
  const isNamed = values.member !== undefined || values.email !== undefined
  // A named member has its own role; without a name there is no saying who of a workspace acts, but in the demo.
  const isContradicted = isNamed ? values.role !== undefined : values.workspace !== undefined
  if (positionals[0] !== 'create' || role === undefined || isContradicted) {
    const create = ownCommand('operator-token create')
    throw new StartupRefusal(
      `Write: ${create} --workspace wsp_... --member opr_... (or --email ada@example.com); for the demo: ${create} [--role ${roles.join('|')}].`,
    )
  }
  const workspaceId = await namedWorkspace(config, values.workspace)
  await onHost(config, async ({ installation, clock, newId, actIn }) => {
    const act = { ...actIn(workspaceId, 'hyponema operator-token create'), database: installation.database }
    const member = await theMember(act, values, role)
    const { id: operatorId, version } = member
    const keys = installation.signingKeys
    const { token } = await issueOperatorToken({ keys, clock, workspaceId, operatorId, version, jti: newId() })
    await auditedTransaction(act, (tx) =>
      tx.audit({
        action: 'operator_token.created',
        target: { kind: 'operator', id: operatorId },
        after: { role: member.role },
      }),
    )
    process.stdout.write(`${token}\n`)
  })
}

async function theMember(act: AuditedTransaction & { database: Database }, who: Who, role: Role): Promise<HostMember> {
  if (who.member === undefined && who.email === undefined) return demoMember(act, role)
  const id = decodeId('operator', who.member ?? '')
  const email = parseEmail(who.email ?? '')
  const member = await act.database.withWorkspace(act.scope, async (tx) => {
    if (id !== undefined) return findMember(tx, id)
    return email === undefined ? undefined : findMemberByEmail(tx, email)
  })
  if (member !== undefined) return member
  const place = encodeId('workspace', act.scope.workspaceId)
  throw new StartupRefusal(
    `${who.member ?? who.email ?? ''} is no member of ${place}; make one with \`${ownCommand('member add')} --workspace ${place} --email ...\`.`,
  )
}
