import { isProduct, placeOf } from '../place-of.ts'
import { plant } from '../plant.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** Turn text into markup; what an agent or a visitor said would become elements of the customer's page. */
const markup =
  /^(innerHTML|outerHTML|insertAdjacentHTML|srcdoc|createContextualFragment|parseFromString|setHTMLUnsafe|parseHTMLUnsafe|writeln)$/
/** Elements and attributes whose content runs, by the method that makes them. */
const running = new Map([
  ['createElement', /^(script|iframe|frame|object|embed|base|meta)$/i],
  ['setAttribute', /^(on[a-z]+|srcdoc)$/i],
])
/** Outlive the session, and are read by every script of the page. */
const memory =
  /^(localStorage|sessionStorage|indexedDB|caches|cookieStore|document\.(cookie|write|domain)|navigator\.(serviceWorker|sendBeacon))(\.|$)/

export const widgetPage: Wall = {
  name: 'the widget writes text, not markup, and keeps nothing in the browser',
  check: (sources) =>
    sources.filter(({ path }) => isProduct(path) && placeOf(path).area === 'widget').flatMap(checkOne),
  planted: [
    planted('markup', `line.innerHTML = text`),
    planted('markup by text', `line['inner' + 'HTML'] = text`),
    planted('markup beside', `line.insertAdjacentHTML('beforeend', text)`),
    planted('a document', `document.write(text)`),
    planted('a parser', `new DOMParser().parseFromString(text, 'text/html')`),
    planted('a document in a frame', `frame.srcdoc = text`),
    planted('a script', `document.createElement('script')`),
    planted('a frame', `document.createElement('iframe')`),
    planted('an attribute that is code', `line.setAttribute('onclick', text)`),
    planted('an address that is code', `link.href = 'javascript:' + text`),
    planted('a token that stays', `localStorage.setItem('token', token)`),
    planted('a token that stays a while', `window.sessionStorage.token = token`),
    planted('a cookie', `document.cookie = token`),
    planted('a store, taken apart', `const { localStorage: keep } = globalThis`),
    planted('a beacon', `navigator.sendBeacon(url, text)`),
  ],
  innocent: [
    {
      name: 'text, elements, a variable of that name, a test',
      files: {
        'packages/widget/src/talk.ts': `line.textContent = text; document.createElement('p').append(text); stream.write(x); const f = (localStorage) => localStorage.x`,
        'packages/widget/src/talk.test.ts': `document.body.innerHTML = ''`,
      },
    },
  ],
}

function planted(name: string, text: string) {
  return plant(name, 'packages/widget/src/talk.ts', text)
}

function checkOne({ path, members, references, strings }: Source): readonly Violation[] {
  return [
    ...members
      .filter(({ name, form }) => form !== 'text' && markup.test(name))
      .map(({ name, line }) => ({ name, line })),
    ...members.filter(({ name, form, receiver }) => form === 'text' && running.get(receiver)?.test(name) === true),
    ...strings.filter(({ value }) => /^\s*javascript:/i.test(value)).map(({ line }) => ({ name: 'javascript:', line })),
    ...references.filter((one) => memory.test(one.path)).map((one) => ({ name: one.path, line: one.line })),
  ].map(({ name, line }) => ({ path, line, found: `uses ${name}` }))
}
