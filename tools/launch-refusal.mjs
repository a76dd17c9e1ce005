/** The command cannot be carried out and the user can do something about it. The message is one clear sentence that says what. */
export class LaunchRefusal extends Error {
  name = 'LaunchRefusal'
}
