import { fileURLToPath } from 'node:url'
import { type Config, readConfig } from './config.ts'
import { StartupRefusal } from './kernel/startup-refusal.ts'

const usage = `hyponema COMMAND

  start [--role all|api|worker]          serve; without DATABASE_URL on the embedded database
  migrate URL                            create logins and schema with an administrator's URL
  backup FILE|FOLDER                     copy the database into one file while the server runs
  restore FILE [URL]                     into an empty database: the embedded one, or an administrator's URL
  workspace create NAME                  make a workspace and print its id
  workspace limits [--workspace ID] ...  print the limits of a workspace, or change them
  api-key create --workspace ID ...      make a workspace API key and print it once
  api-key list|rotate|revoke ...         see keys by their hints, replace one, end one
  keys status [--json]                   every key that wraps others, its age, and what stands under it
  keys rotate [--purpose P] ...          add a key and move what older ones wrap under it; also peppers and token keys
  keys rewrap [--purpose P]              move what still stands under older keys
  keys retire ID                         take a key away under which nothing stands
  audit key|export|verify ...            the key of a log, all of it in a file, and whether that file is as it was signed
  retention run|status                   remove what is older than its rule, or compare rules with what is there
  policy check FILE                      lint, compile and test a policy document; needs no database
  policy replay --policy FILE ...        what it would have done in past sessions, or in an export of them
  policy explain DECISION                why something was decided, and whether it still would be
  floors set FILE|show|clear             rules above all workspaces; live sessions follow within a second
  member add --workspace ID --email E ... make a member, such as the first owner, and print its id
  operator-token create ...              print a member's access token (10 minutes)
  prove [--static] [--json]              try to leave a workspace on this installation; exit 1 when something is found

Settings are environment variables: HYPONEMA_HOME, HYPONEMA_OBJECTS, HYPONEMA_HOST, HYPONEMA_PORT, HYPONEMA_PUBLIC_ORIGIN,
HYPONEMA_TRUSTED_PROXIES, HYPONEMA_OUTBOUND_ALLOW, HYPONEMA_OUTBOUND_OWN, HYPONEMA_OUTBOUND_PROXY, HYPONEMA_SMTP_URL,
HYPONEMA_MAIL_FROM, HYPONEMA_LOG_LEVEL, DATABASE_URL; for key-encryption keys in a service HYPONEMA_KEY_SERVICE, HYPONEMA_KMS_KEYS, HYPONEMA_KMS_REGION,
HYPONEMA_KMS_ENDPOINT, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, HYPONEMA_VAULT_ADDR,
HYPONEMA_VAULT_TOKEN_FILE, HYPONEMA_VAULT_TOKEN, HYPONEMA_VAULT_TRANSIT_KEY, HYPONEMA_VAULT_MOUNT and
HYPONEMA_VAULT_NAMESPACE.
`

/** Each command loads its own part: a start begins with its database, and a migrate loads nothing that serves. */
const hostCommands: Readonly<
  Record<string, () => Promise<(config: Config, args: readonly string[]) => Promise<void>>>
> = {
  migrate: async () => (await import('./commands/migrate-database.ts')).migrateDatabase,
  backup: async () => (await import('./commands/backup-command.ts')).backupCommand,
  restore: async () => (await import('./commands/restore-command.ts')).restoreCommand,
  workspace: async () => (await import('./commands/workspace-command.ts')).workspaceCommand,
  'api-key': async () => (await import('./commands/api-key-command.ts')).apiKeyCommand,
  keys: async () => (await import('./commands/keys-command.ts')).keysCommand,
  audit: async () => (await import('./commands/audit-command.ts')).auditCommand,
  retention: async () => (await import('./commands/retention-command.ts')).retentionCommand,
  policy: async () => (await import('./commands/policy-command.ts')).policyCommand,
  floors: async () => (await import('./commands/floors-command.ts')).floorsCommand,
  member: async () => (await import('./commands/member-command.ts')).memberCommand,
  'operator-token': async () => (await import('./commands/operator-token-command.ts')).operatorTokenCommand,
  'signing-key': async () => (await import('./commands/signing-key-command.ts')).signingKeyCommand,
  prove: async () => (await import('./commands/prove-command.ts')).proveCommand,
}

async function run(): Promise<void> {
  const [command = 'help', ...args] = process.argv.slice(2)
  if (command === 'help' || command === '--help') {
    process.stdout.write(usage)
    return
  }
  const config = readConfig()
  if (command === 'start') {
    const { startServer } = await import('./commands/start-server.ts')
    return startServer({ config, mainPath: fileURLToPath(import.meta.url), role: readRole(args) })
  }
  const load = Object.hasOwn(hostCommands, command) ? hostCommands[command] : undefined
  if (load === undefined) throw new StartupRefusal(`There is no command "${command}"; run hyponema help.`)
  return (await load())(config, args)
}

function readRole(args: readonly string[]): 'all' | 'api' | 'worker' {
  const [flag, role, ...rest] = args
  if (flag === undefined) return 'all'
  if (flag === '--role' && rest.length === 0 && (role === 'all' || role === 'api' || role === 'worker')) return role
  throw new StartupRefusal('start takes --role all, --role api or --role worker, and nothing else.')
}

try {
  await run()
  if (process.argv[2] !== 'start') process.disconnect?.()
} catch (error) {
  const isOurs = error instanceof StartupRefusal || (error instanceof TypeError && 'code' in error)
  process.stderr.write(
    isOurs ? `${error.message}\n` : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  process.exit(1)
}
