import { afterAll, describe } from 'vitest'
import { callOwnService } from '../outbound/call-own-service.ts'
import { closeLoopback } from '../outbound/test-harness/loopback.ts'
import { Secret } from './secret.ts'
import { describeKeyService, type KeyServiceStage } from './test-harness/describe-key-service.ts'
import { fakeNamespace, fakeToken, startFakeVault } from './test-harness/start-fake-vault.ts'
import { vaultKeyAdministration } from './vault-key-administration.ts'
import { parseVaultKeyId } from './vault-key-id.ts'
import { vaultKeyService } from './vault-key-service.ts'

async function stageOf(options: {
  endpoint: URL
  token: string
  namespace: string | undefined
  mount: string
  createKey: (name: string) => Promise<void>
}): Promise<KeyServiceStage> {
  const { call, close } = callOwnService(options.endpoint)
  const access = {
    mount: options.mount,
    namespace: options.namespace,
    readToken: async () => new Secret(Buffer.from(options.token)),
    call,
  }
  const mark = Math.random().toString(36).slice(2, 10)
  const names = { credentials: [`credentials-${mark}`], epoch: [`epoch-${mark}`] }
  await options.createKey(`credentials-${mark}`)
  await options.createKey(`epoch-${mark}`)
  return {
    open: async () => ({
      credentials: vaultKeyService('credentials', names.credentials, access),
      epoch: vaultKeyService('epoch', names.epoch, access),
    }),
    rotate: async (purpose) => void (await vaultKeyAdministration(`${purpose}-${mark}`, access).rotate()),
    retire: async (keyId) => {
      const name = parseVaultKeyId(keyId)?.name ?? ''
      const administration = vaultKeyAdministration(name, access)
      const [active] = await administration.list()
      if (active?.id !== keyId) return administration.retire(keyId, new Set())
      // The last version of a key ends with the key: it is taken out of the setting.
      names.credentials = names.credentials.filter((one) => one !== name)
      names.epoch = names.epoch.filter((one) => one !== name)
    },
    close,
  }
}

afterAll(closeLoopback)

describeKeyService('of Vault, by its request and response shapes', async () => {
  const vault = await startFakeVault()
  return stageOf({
    endpoint: vault.endpoint,
    token: fakeToken,
    namespace: fakeNamespace,
    mount: 'transit',
    createKey: async (name) => vault.createKey(name),
  })
})

const address = process.env['HYPONEMA_TEST_VAULT_ADDR']
describe.skipIf(address === undefined)('with HYPONEMA_TEST_VAULT_ADDR and HYPONEMA_TEST_VAULT_TOKEN', () => {
  describeKeyService('of Vault or OpenBao itself', async () => {
    const endpoint = new URL(address ?? '')
    const token = process.env['HYPONEMA_TEST_VAULT_TOKEN'] ?? ''
    const mount = process.env['HYPONEMA_TEST_VAULT_MOUNT'] ?? 'transit'
    return stageOf({
      endpoint,
      token,
      namespace: process.env['HYPONEMA_TEST_VAULT_NAMESPACE'],
      mount,
      createKey: async (name) => {
        const answer = await fetch(new URL(`/v1/${mount}/keys/${name}`, endpoint), {
          method: 'POST',
          headers: { 'x-vault-token': token },
          body: '{}',
        })
        if (!answer.ok) throw new Error(`Vault makes no key: ${answer.status}`)
      },
    })
  })
})
