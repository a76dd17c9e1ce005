import { evidenceErrors } from './evidence-errors.ts'

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
  ...evidenceErrors,
  'idempotency.in_progress': {
    status: 409,
    retryable: true,
    title: 'The first request with this key is still running',
  },
  'idempotency.mismatch': { status: 409, retryable: false, title: 'This key was used for a different request' },
  'api_key.missing': {
    status: 401,
    retryable: false,
    title: 'Send a workspace API key or an access token as Authorization: Bearer',
  },
  'api_key.invalid': { status: 401, retryable: false, title: 'The API key or the access token is not valid' },
  'api_key.used_in_browser': {
    status: 403,
    retryable: false,
    title:
      'A workspace API key was sent from a browser; create a session on your server and hand its token to the page',
  },
  'api_key.scope_missing': {
    status: 403,
    retryable: false,
    title: 'This API key has no scope for that, or your role no right',
  },
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
  'member.token_stale': {
    status: 401,
    retryable: false,
    title: 'Your role or your sign-in has changed; refresh the access token or sign in again',
  },
  'member.session_ended': { status: 401, retryable: false, title: 'This sign-in has ended; sign in again' },
  'member.origin_refused': { status: 403, retryable: false, title: 'Only the pages of this installation may do that' },
  'member.role_refused': {
    status: 403,
    retryable: false,
    title: 'You may give, change or remove only roles whose every right you have yourself',
  },
  'member.last_owner': {
    status: 409,
    retryable: false,
    title: 'The workspace would have no owner; make somebody else an owner first',
  },
  'member.already_member': { status: 409, retryable: false, title: 'Somebody with this address is a member already' },
  'member.already_invited': {
    status: 409,
    retryable: false,
    title: 'An invitation to this address is open; send it again or revoke it',
  },
  'member.invitation_closed': { status: 409, retryable: false, title: 'This invitation was accepted or revoked' },
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
  'sign_in.mail_failed': { status: 502, retryable: true, title: 'The mail server did not take the mail; try again' },
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
  'contact.settled': {
    status: 409,
    retryable: false,
    title: 'This attempt was not reserved, was cancelled, or has an outcome already',
  },
  'contact.outside_hours': {
    status: 403,
    retryable: false,
    title: 'This agent is not available at this hour; errors say from when it is',
  },
  'agent.not_published': { status: 409, retryable: false, title: 'The agent has no published version yet' },
  'agent.version_not_found': { status: 404, retryable: false, title: 'The agent has no such version' },
  'agent.launch_gate': {
    status: 409,
    retryable: false,
    title: 'A sensitive agent needs each safety control set or waived with a reason; errors name what is missing',
  },
  'knowledge.missing': {
    status: 409,
    retryable: false,
    title: 'The agent names a source of knowledge that does not exist, or that was deleted',
  },
  'knowledge.not_ready': {
    status: 409,
    retryable: true,
    title: 'The agent names a source of knowledge that is not ready; wait for it, or see why it failed',
  },
  'knowledge.in_progress': {
    status: 409,
    retryable: true,
    title: 'The source is waiting or being read; wait until it is ready or has failed',
  },
  'knowledge.too_many_sources': {
    status: 409,
    retryable: false,
    title: 'The workspace has as many sources of knowledge as it may; delete one, or have the limit raised',
  },
  'knowledge.too_many_bytes': {
    status: 409,
    retryable: false,
    title: 'The files of the workspace would be larger than they may be together; delete one, or have the limit raised',
  },
  'knowledge.too_many_chunks': {
    status: 409,
    retryable: false,
    title: 'The workspace would have more passages than it may; delete a source, or have the limit raised',
  },
  'knowledge.file_missing': {
    status: 409,
    retryable: false,
    title: 'The file of the source is not there or was altered; delete the source and send the file again',
  },
  'knowledge.interrupted': {
    status: 500,
    retryable: true,
    title: 'Reading the source was cut off three times; process it again, or send it in another form',
  },
  'policy.does_not_compile': { status: 422, retryable: false, title: 'The policy does not compile; see errors' },
  'policy.tests_failed': { status: 422, retryable: false, title: "The policy's own tests do not pass; see errors" },
  'policy.name_taken': { status: 409, retryable: false, title: 'The workspace has a policy of this name' },
  'policy.version_not_found': { status: 404, retryable: false, title: 'The policy has no version of this number' },
  'policy.busy': {
    status: 503,
    retryable: true,
    title: 'The server is compiling other policies, or this one took too long; try again',
  },
  'policy.too_many': {
    status: 409,
    retryable: false,
    title: 'The workspace has 100 policies; delete one that is not in force first',
  },
  'policy.in_force': {
    status: 409,
    retryable: false,
    title: 'The policy is in force or in shadow; roll back to version null and set its share to 0 first',
  },
  'tool.changed': {
    status: 409,
    retryable: false,
    title: 'A tool server describes its tools differently from what was approved; review them and send approved_tools',
  },
  'tool.unreachable': {
    status: 424,
    retryable: true,
    title: 'A tool server could not be asked for its tools; see errors',
  },
  'tool.unusable': { status: 422, retryable: false, title: 'A tool server lists what no agent can use; see errors' },
  'credential.rejected': { status: 424, retryable: false, title: 'The provider refused the credential' },
  'credential.missing': {
    status: 409,
    retryable: false,
    title: 'The agent names a credential that does not exist, or that was revoked or deleted',
  },
  'credential.kind_mismatch': {
    status: 422,
    retryable: false,
    title: 'The credential is of another kind than this use needs',
  },
  'credential.revoked': { status: 409, retryable: false, title: 'The credential or this version of it was revoked' },
  'credential.managed': {
    status: 409,
    retryable: false,
    title: 'The credential belongs to a webhook endpoint and changes with it only',
  },
  'credential.address_mismatch': {
    status: 422,
    retryable: false,
    title: 'The credential may be sent to another address only',
  },
  'credential.sealed_unreadable': { status: 500, retryable: false, title: 'A sealed value could not be opened' },
  'webhook.too_many': {
    status: 409,
    retryable: false,
    title: 'The workspace has 50 webhook endpoints; delete one first',
  },
  'webhook.too_many_secrets': {
    status: 409,
    retryable: false,
    title: 'Five secrets of the endpoint still sign; wait for an overlap to end, or rotate with overlap_seconds 0',
  },
  'webhook.not_verified': {
    status: 409,
    retryable: false,
    title: 'The endpoint has never echoed a challenge, or its URL has changed since; verify it',
  },
  'webhook.not_enabled': {
    status: 409,
    retryable: false,
    title: 'The endpoint is not enabled, so nothing is sent to it; verify it, or enable it again',
  },
  'escalation.claimed': {
    status: 409,
    retryable: false,
    title: 'Somebody else has taken this over; its claimed_by says who',
  },
  'escalation.not_claimed': {
    status: 409,
    retryable: false,
    title: 'Nobody has taken this over; claim it first',
  },
  'escalation.resolved': {
    status: 409,
    retryable: false,
    title: 'This is closed; nothing more can be done with it',
  },
  'topic_cooldown.too_many': {
    status: 409,
    retryable: false,
    title: 'The user has 500 topics; delete those that no longer rest first',
  },
  'escalation.too_many_messages': {
    status: 409,
    retryable: true,
    title: 'Too many messages wait to be said; wait until some of them are delivered',
  },
  'knowledge.type_unsupported': {
    status: 422,
    retryable: false,
    title: 'Files of this type are not read; send PDF, DOCX, HTML, Markdown, plain text or JSON',
  },
  'knowledge.type_mismatch': {
    status: 422,
    retryable: false,
    title: 'The file is of another type than its name or its media type says',
  },
  'knowledge.encrypted': {
    status: 422,
    retryable: false,
    title: 'The document asks for a password; save a copy without one and send that',
  },
  'knowledge.empty': {
    status: 422,
    retryable: false,
    title: 'The document has no text that could be read; pictures of text are not read',
  },
  'knowledge.too_large': {
    status: 422,
    retryable: false,
    title: 'The document is larger than 20 MiB or has too much text; split it',
  },
  'knowledge.too_many_pages': {
    status: 422,
    retryable: false,
    title: 'The document has more than 2,000 pages; split it',
  },
  'knowledge.bomb': {
    status: 422,
    retryable: false,
    title: 'The document unpacks to far more than a document needs; save it anew and send that',
  },
  'knowledge.unreadable': {
    status: 422,
    retryable: false,
    title: 'The document is damaged, or is not what it seems; save it anew and send that',
  },
  'knowledge.timeout': {
    status: 422,
    retryable: false,
    title: 'Reading the document took too long; split it, or save it in a simpler form',
  },
  'knowledge.memory': {
    status: 422,
    retryable: false,
    title: 'Reading the document took too much memory; split it, or save it in a simpler form',
  },
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
  'server.storage_full': {
    status: 507,
    retryable: true,
    title: 'The server has no room for files; its operator makes room',
  },
  'server.storage_unavailable': {
    status: 503,
    retryable: true,
    title: 'The server cannot reach its files; its operator finds out why in the log',
  },
  'server.database_unavailable': { status: 503, retryable: true, title: 'The database is not reachable' },
  'server.internal': {
    status: 500,
    retryable: true,
    title: 'Something went wrong on our side; the request id helps us find it',
  },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string }>

export type ErrorCode = keyof typeof errorCatalogue
