/** The pages of sign-in: `/sign-in`, where one asks for a link, and `/auth/link`, where it leads. */

import { element } from '../talk/element.ts'
import { mark } from '../talk/icon.ts'
import { SignInPage } from './sign-in-page.ts'
import { stateOfAddress } from './sign-in-state.ts'

const first = stateOfAddress(location)
// The secret stays in this script: not in the address bar, the history or a bookmark.
history.replaceState(null, '', location.pathname)
const page = new SignInPage({ goOn: () => location.assign('/members'), start: () => location.assign('/sign-in') })
document.body.append(element('header', {}, mark(), element('span', { class: 'name' }, 'Hyponema')), page.node)
page.show(first)
