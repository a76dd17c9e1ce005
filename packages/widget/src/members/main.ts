/** The page of members: its access token comes by the refresh cookie; who has none goes to sign in. */
import { MembersPage } from './members-page.ts'
import { OperatorSession } from './operator-session.ts'

const leave = (): void => location.assign('/sign-in')
const page = new MembersPage({ session: new OperatorSession(leave), leave })
document.body.append(...page.nodes)
void page.open()
