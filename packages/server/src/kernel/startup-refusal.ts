/** Starting is not possible and the operator can do something about it. The message is one clear sentence that says what. */
export class StartupRefusal extends Error {
  override readonly name = 'StartupRefusal'
}
