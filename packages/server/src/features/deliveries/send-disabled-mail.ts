import { encodeId, parseEmail } from '@hyponema/contract'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { SendMail } from '../../platform/email/mail.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { listManagerEmails } from '../members/public.ts'
import type { Disabled } from './record-results.ts'

const reasons: Readonly<Record<Disabled['reason'], string>> = {
  failing: 'It has failed for five days without one success.',
  gone: 'It answered with status 410, which says that it is gone.',
}

/**
 * Tells the owners and admins of a workspace that an endpoint was turned off. Nothing in the mail was chosen by anybody but
 * us: it names the endpoint by its id. Sent to each alone; rejects with the first failure after all were tried.
 */
export async function sendDisabledMail(
  parts: { readonly database: Pick<Database, 'withWorkspace'>; readonly sendMail: SendMail },
  scope: WorkspaceScope,
  disabled: Disabled,
): Promise<void> {
  // Addresses of members are the app's to read; the worker's login is not given them.
  const emails = await parts.database.withWorkspace(scope, listManagerEmails)
  const { subject, sentences } = render(disabled)
  const text = [...sentences, ''].join('\n\n')
  const html = `<!doctype html>\n<html lang="en"><body>\n${sentences.map((line) => `<p>${line}</p>`).join('\n')}\n</body></html>\n`
  const sent = await Promise.allSettled(
    emails.map(async (email) => {
      const to = parseEmail(email)
      if (to !== undefined) await parts.sendMail({ to, subject, text, html })
    }),
  )
  const failed = sent.find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

function render({ webhookId, reason }: Disabled): { subject: string; sentences: readonly string[] } {
  const id = encodeId('webhook', webhookId)
  return {
    subject: 'A webhook endpoint was turned off',
    sentences: [
      `The webhook endpoint ${id} of your workspace receives nothing any more. ${reasons[reason]}`,
      `What it has missed is kept for 30 days. When it works again, turn it on with POST /v1/webhooks/${id}/enable; what waited is sent then, and the rest can be replayed.`,
    ],
  }
}
