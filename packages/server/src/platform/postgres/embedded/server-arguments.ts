/** Only the name of the socket file: nothing listens on a port. */
export const socketPort = 5432

/** PostgreSQL's own limit is 107 bytes on Linux and 103 on macOS; the smaller one holds for both. */
const longestSocketPath = 103

export function fitsSocketPath(folder: string): boolean {
  return Buffer.byteLength(`${folder}/.s.PGSQL.${socketPort}`) <= longestSocketPath
}

export type ServerSettings = Readonly<Record<string, string>>

/**
 * All that differs from PostgreSQL's defaults. It is given as arguments and not in a file, so that a running server can be
 * compared with what we would start.
 */
export function serverArguments(options: {
  dataFolder: string
  runFolder: string
  settings?: ServerSettings
}): readonly string[] {
  const settings: ServerSettings = {
    listen_addresses: '',
    port: String(socketPort),
    // The value is a list; quoted, a comma in the path stays part of it.
    unix_socket_directories: `"${options.runFolder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    password_encryption: 'scram-sha-256',
    cluster_name: 'hyponema',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Our statements are short; compiling them costs more than it gives.
    jit: 'off',
    // Messages of failed statements can quote what users said, so they stay out of the server's log. Start, stop,
    // recovery and fatal errors are above this threshold.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    ...options.settings,
  }
  return ['-D', options.dataFolder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}
