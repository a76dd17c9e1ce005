import type { Uuid } from '@hyponema/contract'
import type { Hono } from 'hono'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { OperatorSocketLimits } from '../conversation/transports/operator/operator-socket-limits.ts'
import type { SignInPorts } from '../features/sign-in/public.ts'
import type { AppParts } from '../http/create-app.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { SendMail } from '../platform/email/mail.ts'
import type { OutboundDoor } from '../platform/outbound/outbound-door.ts'
import type { Installation } from './open-installation.ts'
import type { SpeechEngines } from './open-speech.ts'

/** What a server is composed of. */
export type ServerParts = {
  readonly config: Config
  readonly trustedProxies: AppParts['trustedProxies']
  readonly installation: Installation
  readonly clock: Clock
  readonly newId: NewId
  readonly bootId: Uuid
  readonly log: Logger
  readonly door: OutboundDoor
  readonly speech: SpeechEngines
  /** The pages that browsers open; undefined where only the API is asked. */
  readonly pages: Hono | undefined
  /** Undefined where no mail can be sent. */
  readonly sendMail: SendMail | undefined
  /** In place of what members answer to sign-in; undefined in a server. */
  readonly signInPorts: SignInPorts | undefined
  /** The embedded default only: the workspace of the demo. */
  readonly embedded: { readonly demoScope: WorkspaceScope } | undefined
  readonly isDraining: () => boolean
  /** How long a critical act waits for its seal; absent in a server, 0 where no sealer runs. */
  readonly sealWaitMs?: number | undefined
  /** Other times and bounds than those of the live socket of operators; absent in a server. */
  readonly operatorLimits?: Partial<OperatorSocketLimits> | undefined
}
