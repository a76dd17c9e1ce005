/** The pages of sign-in: `/sign-in`, where one asks for a link, and `/auth/link`, where it leads. */
import { element } from '../talk/element.ts'
import { mark } from '../talk/icon.ts'
import { SignInPage } from './sign-in-page.ts'
import { type SignInState, stateOfAddress } from './sign-in-state.ts'

const page = new SignInPage({ goOn: () => location.assign('/members'), start: () => location.assign('/sign-in') })
document.body.append(element('header', {}, mark(), element('span', { class: 'name' }, 'Hyponema')), page.node)
page.show(takeAddress())
// A second link that is opened in this tab changes the fragment only.
addEventListener('hashchange', () => page.show(takeAddress()))

/** Reads the secret and leaves it in this script alone: not in the address bar, the history or a bookmark. */
function takeAddress(): SignInState {
  const state = stateOfAddress(location)
  history.replaceState(null, '', location.pathname)
  return state
}
