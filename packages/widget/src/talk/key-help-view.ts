import { element } from './element.ts'
import { icon } from './icon.ts'

/**
 * How the operator makes the agent hear: the exact calls, for this server and this agent. A dialog of the page's own, so that
 * nobody loses the conversation over it.
 */
export function createKeyHelpView(options: { origin: string; agentId: string }) {
  const close = element('button', { type: 'button', class: 'plain close', 'aria-label': 'Close' }, icon('cross'))
  const heading = element('h2', { id: 'key-help-heading', tabindex: '-1' }, 'Let the agent hear you')
  const node = element(
    'dialog',
    { class: 'key-help', 'aria-labelledby': 'key-help-heading' },
    element('div', { class: 'key-help-head' }, heading, close),
    element(
      'p',
      {},
      'Speech is turned into text by Deepgram, with a key of your own. Make one at deepgram.com, then run these in the folder of this installation.',
    ),
    element('ol', {}, ...steps(options).map(([title, command]) => step(title, command))),
    element('p', { class: 'quiet' }, 'Then reload this page. The key is sealed at once; no route returns it.'),
  )
  close.addEventListener('click', () => node.close())
  // A click on the dialog itself is one beside its content.
  node.addEventListener('click', (event) => {
    if (event.target === node) node.close()
  })
  function open(): void {
    node.showModal()
    heading.focus()
  }
  return { node, open }
}

function step(title: string, command: string): HTMLLIElement {
  const code = element('pre', { tabindex: '0', role: 'region', 'aria-label': title }, element('code', {}, command))
  return element('li', {}, element('h3', {}, title), code)
}

function steps({ origin, agentId }: { origin: string; agentId: string }): ReadonlyArray<readonly [string, string]> {
  const json = `-H 'Content-Type: application/json'`
  return [
    [
      'Seal the key',
      [
        `URL=${origin}`,
        'OPERATOR=$(npm run --silent hyponema -- operator-token create)',
        `curl -sS "$URL/v1/credentials" -H "Authorization: Bearer $OPERATOR" ${json} \\`,
        `  -d '{ "kind": "speech", "provider": "deepgram", "label": "Deepgram", "secret": "YOUR_KEY" }'`,
      ].join('\n'),
    ],
    [
      'Name it in the agent, with the id of that answer in place of CREDENTIAL_ID',
      [
        `AGENT=${agentId}`,
        `KEY=$(node -p "JSON.parse(require('fs').readFileSync('.hyponema/demo.json')).api_key")`,
        `curl -sS "$URL/v1/agents/$AGENT" -H "Authorization: Bearer $KEY" |`,
        `  node -p "const agent = JSON.parse(require('fs').readFileSync(0));`,
        `    const speech_to_text = { provider: 'deepgram', credential_id: 'CREDENTIAL_ID' };`,
        `    JSON.stringify({ document: { ...agent.draft, voice: { ...agent.draft.voice, speech_to_text } } })" |`,
        `  curl -sS -X PATCH "$URL/v1/agents/$AGENT" -H "Authorization: Bearer $KEY" ${json} -d @-`,
      ].join('\n'),
    ],
    ['Publish it', `curl -sS "$URL/v1/agents/$AGENT/publish" -H "Authorization: Bearer $KEY" ${json} -d '{}'`],
  ]
}
