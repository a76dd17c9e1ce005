import { afterAll, describe } from 'vitest'
import { systemClock } from '../../kernel/clock.ts'
import { callOwnService } from '../outbound/call-own-service.ts'
import { closeLoopback } from '../outbound/test-harness/loopback.ts'
import { awsKmsKeyService } from './aws-kms-key-service.ts'
import { parseKmsKey } from './kms-key.ts'
import { Secret } from './secret.ts'
import { describeKeyService, type KeyServiceStage } from './test-harness/describe-key-service.ts'
import { fakeAccess, fakeRegion, startFakeAwsKms } from './test-harness/start-fake-aws-kms.ts'

/** What a stage rotates through: keys that are there already, because keys of AWS cost money and cannot simply be deleted. */
type Access = {
  readonly endpoint: URL
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
  readonly nextKey: () => string
  readonly onRetired: (name: string) => void
}

function stageOf(access: Access): KeyServiceStage {
  const settings = { credentials: [access.nextKey()], epoch: [access.nextKey()] }
  const { call, close } = callOwnService(access.endpoint)
  const serve = <Purpose extends 'credentials' | 'epoch'>(purpose: Purpose) =>
    awsKmsKeyService(
      purpose,
      settings[purpose].map(parseKmsKey).filter((key) => key !== undefined),
      {
        region: access.region,
        host: access.endpoint.host,
        credentials: {
          accessKeyId: access.accessKeyId,
          secretAccessKey: new Secret(Buffer.from(access.secretAccessKey)),
          sessionToken: access.sessionToken === undefined ? undefined : new Secret(Buffer.from(access.sessionToken)),
        },
        call,
        clock: systemClock,
      },
    )
  return {
    open: async () => ({ credentials: serve('credentials'), epoch: serve('epoch') }),
    rotate: async (purpose) => void settings[purpose].unshift(access.nextKey()),
    retire: async (keyId) => {
      for (const purpose of ['credentials', 'epoch'] as const) {
        const gone = settings[purpose].filter((name) => parseKmsKey(name)?.id === keyId)
        for (const name of gone) access.onRetired(name)
        settings[purpose] = settings[purpose].filter((name) => !gone.includes(name))
      }
    },
    close,
  }
}

afterAll(closeLoopback)

describeKeyService('of AWS KMS, by its request and response shapes', async () => {
  const kms = await startFakeAwsKms()
  return stageOf({
    ...fakeAccess,
    endpoint: kms.endpoint,
    region: fakeRegion,
    nextKey: kms.createKey,
    onRetired: (arn) => kms.changeKey(arn, 'PendingDeletion'),
  })
})

const live = process.env['HYPONEMA_TEST_KMS_KEYS']?.split(',') ?? []
describe.skipIf(live.length < 3)('with HYPONEMA_TEST_KMS_KEYS (three ARNs) and AWS_*', () => {
  describeKeyService('of AWS KMS itself', async () => {
    const left = [...live]
    const region = parseKmsKey(left[0] ?? '')?.region ?? ''
    return stageOf({
      endpoint: new URL(process.env['HYPONEMA_TEST_KMS_ENDPOINT'] ?? `https://kms.${region}.amazonaws.com`),
      region,
      accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? '',
      sessionToken: process.env['AWS_SESSION_TOKEN'],
      nextKey: () => left.shift() ?? '',
      onRetired: () => undefined,
    })
  })
})
