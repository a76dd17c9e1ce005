/** How long a message of a person may be, typed or said. */
export const maxMessageCharacters = 8000
