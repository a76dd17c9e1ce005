/** The page of escalations: its access token comes by the refresh cookie; who has none goes to sign in. */
import { OperatorSession } from '../members/operator-session.ts'
import { EscalationsPage } from './escalations-page.ts'

const leave = (): void => location.assign('/sign-in')
const page = new EscalationsPage({ session: new OperatorSession(leave), leave })
document.body.append(...page.nodes)
void page.open()
