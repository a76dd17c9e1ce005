import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { scriptedDocument } from '../api/agent-documents.ts'
import { askAsSuperuser } from './ask-as-superuser.ts'
import type { CanaryWorld } from './canary-world.ts'

/** Leaks on purpose, one secret for each place, so that the search of that place is seen to see. The heap and the log have theirs since the start. */
export async function plantLeaks(world: CanaryWorld): Promise<void> {
  const { home, plants } = world
  await world.call('POST', '/v1/agents', { name: plants.row, document: scriptedDocument() })
  await world.call('GET', '/v1/agents')
  await askAsSuperuser(
    home,
    `select graphile_worker.add_job('planted', json_build_object('key', $1::text), run_at => now() + interval '1 day')`,
    [plants.job],
  )
  // Nothing but the write-ahead log holds a message of this kind.
  await askAsSuperuser(home, `select pg_logical_emit_message(false, 'planted', $1::text)`, [plants.wal])
  const [setting] = await askAsSuperuser<{ folder: string }>(home, "select current_setting('data_directory') as folder")
  const temporary = join(setting?.folder ?? '', 'base', 'pgsql_tmp')
  await mkdir(temporary, { recursive: true })
  await chmod(temporary, 0o777)
  await writeFile(join(temporary, 'pgsql_tmp1.0'), plants['temporary file'])
  await mkdir(join(home, 'objects'), { recursive: true })
  await writeFile(join(home, 'objects', 'a recording'), Buffer.from(plants.home, 'utf16le'))
  await world.command(plants.command)
  await fetch(world.receiver.url, { method: 'POST', body: `{"planted":"${plants.webhook}"}` }).then((response) =>
    response.text(),
  )
  await fetch(`${world.wires.model.url}/${plants.wire}`).then((response) => response.text())
}
