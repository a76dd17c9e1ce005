/** Every route that names no permission of the matrix, and what stands in its place. A new one is a decision. */
export const openRoutes: Readonly<Record<string, string>> = {
  'GET /healthz': 'balancers ask; it says whether the server works and nothing else',
  'GET /v1/openapi.json': 'describes the API; the same for everybody',
  'POST /v1/sessions/{id}/messages': 'bears the token of that one session',
  'OPTIONS /v1/sessions/{id}/messages': 'a preflight bears no token and opens nothing; the POST decides',
  'GET /v1/sessions/{id}/events': 'bears the token of that one session',
  'OPTIONS /v1/sessions/{id}/events': 'a preflight bears no token and opens nothing; the GET decides',
  'GET /sign-in': 'a page that is the same for everybody',
  'GET /auth/link': 'a page that is the same for everybody; the secret of a link stands behind its #',
  'GET /members': 'a page that is the same for everybody; what it shows it asks the workspace API for',
  'GET /escalations': 'a page that is the same for everybody; what it shows it asks the workspace API for',
  'POST /auth/sign-in': 'asks for a link by mail; the same answer for every address',
  'POST /auth/confirm': 'bears the secret of a link, and the cookie of the browser that asked for it',
  'POST /auth/code': 'bears a code, and the cookie of the browser that asked for it',
  'POST /auth/choose': 'bears the secret of the answer before, and the cookie of the browser that asked',
  'POST /auth/refresh': 'bears a refresh cookie of one family, and comes from our own page',
  'POST /auth/refresh/sign-out': 'bears a refresh cookie of one family, and comes from our own page',
}
