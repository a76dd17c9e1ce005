import { parseArgs } from 'node:util'
import { encodeId, roles } from '@hyponema/contract'
import type { Config } from '../config.ts'
import { findWorkspace } from '../features/workspaces/public.ts'
import { AppError } from '../kernel/app-error.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { addHostMember } from './add-host-member.ts'
import { namedWorkspace } from './named-workspace.ts'
import { onHost } from './on-host.ts'

/** `hyponema member add [--workspace ID] --email ADDRESS [--role ROLE]`: makes a member without an invitation and prints its id. */
export async function memberCommand(config: Config, args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { workspace: { type: 'string' }, email: { type: 'string' }, role: { type: 'string', default: 'owner' } },
  })
  const { email } = values
  const role = roles.find((one) => one === values.role)
  if (positionals[0] !== 'add' || email === undefined || role === undefined) {
    throw new StartupRefusal(
      `Write: ${ownCommand('member add')} --workspace wsp_... --email ada@example.com [--role ${roles.join('|')}].`,
    )
  }
  const workspaceId = await namedWorkspace(config, values.workspace)
  await onHost(config, async ({ installation: { database }, actIn }) => {
    const act = { ...actIn(workspaceId, 'hyponema member add'), database }
    if ((await database.withWorkspace(act.scope, findWorkspace)) === undefined)
      throw new StartupRefusal(`There is no workspace ${encodeId('workspace', workspaceId)}.`)
    try {
      process.stdout.write(`${await addHostMember(act, { email, role, addedBy: 'host' })}\n`)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'member.already_member') throw error
      throw new StartupRefusal(`${email} is a member of this workspace already; an owner changes roles under /members.`)
    }
  })
}
