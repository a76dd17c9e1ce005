import type { PolicyDocument, Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { AgentDirectory } from './check-agents.ts'
import { takeLayerTurn } from './find-layers.ts'
import { readAgents } from './read-agents.ts'
import { countPolicies, insertPolicy } from './store.ts'

/** All that are in force are read for each session, and each is compiled beside the others. */
const maxPolicies = 100

/** Makes a policy with a draft and nothing in force. Returns its id. */
export async function createPolicy(
  tx: AuditedTx,
  input: {
    newId: NewId
    name: string
    document: PolicyDocument
    agents: readonly string[]
    directory: AgentDirectory
  },
): Promise<Uuid> {
  const agents = await readAgents(tx, input.agents, input.directory)
  // Of two that are made at once the second counts the first.
  await takeLayerTurn(tx)
  if ((await countPolicies(tx)) >= maxPolicies)
    throw new AppError('policy.too_many', `the workspace has ${maxPolicies} policies`)
  const id = input.newId()
  const made = await insertPolicy(tx, { id, name: input.name, draft: input.document, agents })
  if (!made) {
    throw new AppError('policy.name_taken', 'a policy has this name', {
      errors: [
        {
          pointer: '/name',
          detail: `there is already a policy ${input.name}; choose another name, or change that one`,
        },
      ],
    })
  }
  await tx.audit({
    action: 'policy.created',
    target: { kind: 'policy', id },
    after: { draft_revision: 1, name: input.name },
  })
  return id
}
