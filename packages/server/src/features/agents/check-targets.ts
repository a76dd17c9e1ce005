/**
 * Threat: an agent is saved with an address that leads into our own network, and somebody calls it later.
 * Rule: every base URL of a document, and every URL of its tools and its resolver, is judged by the outbound door when it is
 * saved and when it is published, as it will be called: over a socket where the provider is, and a model without a key only
 * where the installation has opened it. This is asked before
 * the transaction, which would hold a connection while DNS is asked; `requireChecked` compares inside it.
 * On failure: outbound.address_refused with the place of each, whatever the reason. A name that does not resolve now is refused
 * too: to let it pass would tell unresolvable from private.
 */
import type { AgentDocument } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { OutboundDoor } from '../../platform/outbound/outbound-door.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { readToolOrigin } from '../tools/public.ts'
import { readOutboundHosts } from '../workspaces/public.ts'

/** The targets that were allowed a moment ago. */
export type CheckedTargets = ReadonlySet<string>

type AimedTarget = { readonly url: string; readonly withKey: boolean; readonly pointer: string }

export async function checkTargets(
  { database, door }: { database: Pick<Database, 'withWorkspace'>; door: Pick<OutboundDoor, 'judge'> },
  { scope, document, below }: { scope: WorkspaceScope; document: AgentDocument; below: string },
): Promise<CheckedTargets> {
  const targets = targetsOf(document)
  if (targets.length === 0) return new Set()
  const onlyHosts = await database.withWorkspace(scope, (tx) => readOutboundHosts(tx))
  const use = { workspaceId: scope.workspaceId, onlyHosts }
  const verdicts = await Promise.all(
    targets.map(({ url, withKey }) =>
      door.judge(url, { ...use, installationEntryOnly: !withKey }).then(
        () => 'allowed' as const,
        (error: unknown) => {
          if (error instanceof AppError && error.code === 'outbound.address_refused') return 'refused' as const
          throw error
        },
      ),
    ),
  )
  const refused = targets.filter((_, index) => verdicts[index] !== 'allowed')
  if (refused.length === 0) return new Set(targets.map(nameOf))
  throw new AppError('outbound.address_refused', `${refused.length} targets of an agent were refused`, {
    errors: refused.map(({ pointer }) => ({ pointer: `${below}${pointer}`, detail: 'that address may not be called' })),
  })
}

/** For the transaction that publishes: the draft may be another one by then. */
export function requireChecked(document: AgentDocument, judged: CheckedTargets): void {
  if (targetsOf(document).every((target) => judged.has(nameOf(target)))) return
  throw new AppError('request.conflict', 'the draft has got another target while it was being published')
}

function targetsOf(document: AgentDocument): readonly AimedTarget[] {
  return [...targetsOfProviders(document), ...targetsOfTools(document)]
}

/** Backends of the customer's own and public services, which may take calls without a key. Nothing of a path decides. */
function targetsOfTools({ tools, variable_resolver: resolver }: AgentDocument): readonly AimedTarget[] {
  const inTools = tools.flatMap((tool, index) => {
    if (typeof tool === 'string') return []
    const url = tool.kind === 'http' ? (readToolOrigin(tool.url) ?? tool.url) : tool.url
    return [{ url, withKey: true, pointer: `/tools/${index}/url` }]
  })
  return resolver === undefined
    ? inTools
    : [...inTools, { url: resolver.url, withKey: true, pointer: '/variable_resolver/url' }]
}

function targetsOfProviders({ model, voice }: AgentDocument): readonly AimedTarget[] {
  const targets: AimedTarget[] = []
  if (model.kind !== 'scripted' && model.base_url !== undefined) {
    targets.push({
      url: model.base_url,
      withKey: model.credential_id !== undefined,
      pointer: '/model/base_url',
    })
  }
  const ears = voice?.speech_to_text
  if (ears?.base_url !== undefined) {
    targets.push({ url: asSocket(ears.base_url), withKey: true, pointer: '/voice/speech_to_text/base_url' })
  }
  const mouth = voice?.text_to_speech
  if (mouth?.provider === 'elevenlabs' && mouth.base_url !== undefined) {
    targets.push({ url: asSocket(mouth.base_url), withKey: true, pointer: '/voice/text_to_speech/base_url' })
  }
  return targets
}

/** Speech and voice are called over sockets, and an installation entry names its scheme. */
function asSocket(baseUrl: string): string {
  return baseUrl.replace(/^http/i, 'ws')
}

function nameOf({ url, withKey }: AimedTarget): string {
  return `${withKey ? 'with' : 'without'} a key ${url}`
}
