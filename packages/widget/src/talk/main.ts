/** The talk page: the element stands in its HTML, and which agent it talks to stands in its address. */
import { TalkElement } from './talk-element.ts'

const agentId = location.pathname.split('/').at(2) ?? ''
for (const element of document.getElementsByTagName('hyponema-talk')) element.setAttribute('agent', agentId)
customElements.define('hyponema-talk', TalkElement)
