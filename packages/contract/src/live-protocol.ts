/** The sub-protocol of the live socket of operators; the ticket stands behind `tokenSubprotocolPrefix`, as on the voice socket. */
export const operatorSubprotocol = 'hyponema.operator.v1'

export const liveEscalationsPath = '/v1/escalations/live'
