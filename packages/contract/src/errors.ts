/**
 * The closed catalogue of problem codes (RFC 9457). Clients see `title`; the detail of an error goes to logs only.
 * `retryable` says whether the same request may succeed later without being changed.
 */
export const errorCatalogue = {
  'request.malformed': { status: 400, retryable: false, title: 'The request could not be read' },
  'request.invalid': { status: 422, retryable: false, title: 'Some fields are missing or wrong; see errors' },
  'request.too_large': { status: 413, retryable: false, title: 'The body is larger than this route accepts' },
  'request.timeout': { status: 408, retryable: true, title: 'The body took too long to arrive' },
  'request.media_type': { status: 415, retryable: false, title: 'Send JSON with Content-Type: application/json' },
  'request.host_refused': { status: 421, retryable: false, title: 'This installation answers local host names only' },
  'request.not_found': { status: 404, retryable: false, title: 'Not found' },
  'request.method_not_allowed': { status: 405, retryable: false, title: 'This path does not take that method' },
  'request.rate_limited': {
    status: 429,
    retryable: true,
    title: 'Too many requests; wait as long as Retry-After says',
  },
  'request.conflict': {
    status: 409,
    retryable: true,
    title: 'Something else changed this at the same moment; read it again',
  },
  'idempotency.in_progress': {
    status: 409,
    retryable: true,
    title: 'The first request with this key is still running',
  },
  'idempotency.mismatch': { status: 409, retryable: false, title: 'This key was used for a different request' },
  'api_key.missing': { status: 401, retryable: false, title: 'Send a workspace API key as Authorization: Bearer' },
  'api_key.invalid': { status: 401, retryable: false, title: 'The API key is not valid' },
  'api_key.used_in_browser': {
    status: 403,
    retryable: false,
    title:
      'A workspace API key was sent from a browser; create a session on your server and hand its token to the page',
  },
  'api_key.scope_missing': { status: 403, retryable: false, title: 'This API key does not have the scope for that' },
  'api_key.address_refused': { status: 403, retryable: false, title: 'This API key may not be used from this address' },
  'api_key.agent_refused': { status: 403, retryable: false, title: 'This API key may not use this agent' },
  'api_key.not_live': {
    status: 409,
    retryable: false,
    title: 'The API key was revoked or has expired; make a new one',
  },
  'api_key.already_rotated': {
    status: 409,
    retryable: false,
    title: 'The API key has a live successor; rotate or revoke that one first',
  },
  'api_key.beyond_role': {
    status: 403,
    retryable: false,
    title: 'The API key holds scopes that your role does not; ask somebody whose role does',
  },
  'sign_in.origin_refused': {
    status: 403,
    retryable: false,
    title: 'Only the sign-in page of this server may ask that',
  },
  'sign_in.link_invalid': {
    status: 410,
    retryable: false,
    title: 'This link was used or has expired; ask for a new one',
  },
  'sign_in.code_wrong': { status: 403, retryable: false, title: 'That is not the code; look again' },
  'sign_in.request_ended': {
    status: 410,
    retryable: false,
    title: 'This browser asked for no link that is still open; ask for a new one here',
  },
  'sign_in.invitation_invalid': {
    status: 410,
    retryable: false,
    title: 'This invitation was used, revoked or has expired; ask for a new one',
  },
  'sign_in.no_workspace': {
    status: 403,
    retryable: false,
    title: 'You belong to no workspace here; ask one of its owners to invite you',
  },
  'sign_in.mail_not_configured': {
    status: 503,
    retryable: true,
    title: 'This server cannot send mail yet; its operator sets HYPONEMA_SMTP_URL',
  },
  'session.token_invalid': { status: 401, retryable: false, title: 'The session token is not valid for this session' },
  'session.origin_refused': { status: 403, retryable: false, title: 'This page may not use the session' },
  'session.not_live': { status: 409, retryable: false, title: 'The session has ended' },
  'session.turn_in_progress': { status: 409, retryable: true, title: 'The agent is still answering the last message' },
  'session.owned_elsewhere': { status: 409, retryable: true, title: 'Another server process holds this session' },
  'session.modality_unavailable': {
    status: 422,
    retryable: false,
    title: 'The agent or this server cannot do that modality',
  },
  'session.turn_limit': { status: 429, retryable: false, title: 'This session has reached its limit of turns' },
  'session.live_limit': {
    status: 429,
    retryable: true,
    title: 'The workspace or this user has reached the limit of live sessions',
  },
  'workspace.day_limit': {
    status: 429,
    retryable: true,
    title: 'The workspace has used up what it may use in a day; it begins anew at midnight UTC',
  },
  'session.variable_unknown': {
    status: 422,
    retryable: false,
    title: 'The agent does not declare one of these variables',
  },
  'session.override_refused': {
    status: 422,
    retryable: false,
    title: 'The agent version does not allow this field to be overridden',
  },
  'agent.not_published': { status: 409, retryable: false, title: 'The agent has no published version yet' },
  'agent.version_not_found': { status: 404, retryable: false, title: 'The agent has no such version' },
  'agent.launch_gate': {
    status: 409,
    retryable: false,
    title: 'A sensitive agent needs each safety control set or waived with a reason before it is published',
  },
  'policy.does_not_compile': { status: 422, retryable: false, title: 'The policy does not compile; see errors' },
  'policy.tests_failed': { status: 422, retryable: false, title: "The policy's own tests do not pass; see errors" },
  'credential.rejected': { status: 424, retryable: false, title: 'The provider refused the credential' },
  'credential.missing': {
    status: 409,
    retryable: false,
    title: 'The agent names a credential that does not exist or was deleted',
  },
  'credential.kind_mismatch': {
    status: 422,
    retryable: false,
    title: 'The credential is of another kind than this use needs',
  },
  'credential.sealed_unreadable': { status: 500, retryable: false, title: 'A sealed value could not be opened' },
  'keyring.key_missing': { status: 503, retryable: true, title: 'A key that seals this data is not in the keyring' },
  'provider.unavailable': { status: 502, retryable: true, title: 'The provider did not answer' },
  'provider.rate_limited': { status: 502, retryable: true, title: 'The provider is limiting requests' },
  'provider.quota': { status: 502, retryable: false, title: "The provider's quota is used up" },
  'provider.timeout': { status: 504, retryable: true, title: 'The provider took too long' },
  'provider.answer_withheld': { status: 502, retryable: false, title: 'The provider withheld its answer' },
  'provider.bad_request': { status: 502, retryable: false, title: 'The provider did not accept the request' },
  'outbound.address_refused': { status: 422, retryable: false, title: 'That address may not be called' },
  'outbound.too_large': { status: 502, retryable: false, title: 'The other side answered more than is accepted' },
  'outbound.timeout': { status: 504, retryable: true, title: 'The other side took too long' },
  'outbound.failed': { status: 502, retryable: true, title: 'The connection to the other side failed' },
  'outbound.budget_exceeded': {
    status: 429,
    retryable: true,
    title: 'This workspace calls that address too often; wait as long as Retry-After says',
  },
  'server.draining': { status: 503, retryable: true, title: 'The server is stopping; try again' },
  'server.database_unavailable': { status: 503, retryable: true, title: 'The database is not reachable' },
  'server.internal': {
    status: 500,
    retryable: true,
    title: 'Something went wrong on our side; the request id helps us find it',
  },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string }>

export type ErrorCode = keyof typeof errorCatalogue
