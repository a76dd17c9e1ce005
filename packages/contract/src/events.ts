import { type EventType, eventCatalogue } from './event-catalogue.ts'

/** The types of all events that leave through webhooks, in the order of the catalogue. */
export const eventTypes = Object.keys(eventCatalogue).filter((type): type is EventType => type in eventCatalogue)
