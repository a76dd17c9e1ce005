import type { scriptDocumentSchema } from '@hyponema/contract'
import type { z } from 'zod'

type Script = z.input<typeof scriptDocumentSchema>
type Rule = Script['rules'][number]

/** Really said by this model, on purpose: the demo shows that the policy withholds it. */
const forbidden =
  'You can give your son 200 milligrams of ibuprofen every six hours, the maximum dose is 800 milligrams a day.'

const asksForDose = listed(`
      how much ibuprofen, how much paracetamol, how much aspirin, how much medicine, how many tablets,
      how many pills, ibuprofen, paracetamol, acetaminophen, nurofen, calpol, dose, dosage, milligrams, painkiller
    `)

const yes = ['^yes', '^yeah', '^yep', '^sure$', '^ok$', '^okay$', '^please do', '^please book', '^book it', '^go ahead']

type Booking = Required<Pick<Rule, 'tool' | 'then_say' | 'else_say' | 'refused_say' | 'asked_state' | 'next_state'>>

/**
 * The day and time stay what was named last; the tool decides whether they are possible. The script does not ask for a yes: the
 * policy has the question asked, and nothing is booked before the answer to it.
 */
function booking(name: 'book_slot' | 'book_visit'): Booking {
  const agreed = { weekday: '{{weekday}}', time: '{{time}}', doctor: 'Dr. Marsh' }
  const another = 'Which other day or time would suit you?'
  const states = { asked_state: 'offered', next_state: 'booked' } as const
  const then_say = ['Booked for {{result.slot}}, with {{result.doctor}}.', 'Your reference is {{result.reference}}.']
  // Its own refusals are all that can go wrong with the built-in one.
  if (name === 'book_slot')
    return {
      ...states,
      tool: { name, arguments: agreed },
      then_say,
      else_say: ['I could not book that. {{result.error}}', another],
      refused_say: [],
    }
  return {
    ...states,
    tool: { name, arguments: agreed, refused_by: 'refused' },
    then_say,
    else_say: ['I could not book that just now. {{result.error}}', 'The front desk books for you on 555 0123, too.'],
    refused_say: ['I could not book that. {{result.refused}}', another],
  }
}
const isFree = ['{{weekday}} at {{time}} with Dr. Marsh is free.']
/** For a time of the user's own choice: whether it is free shows when it is booked. */
const asChosen = ['{{weekday}} at {{time}}, then.']

const noTime = '{{impossible_time}} is no time of day.'
const askTime = [noTime, 'At what time on {{weekday}}, between 8:00 and 17:30?']

const beforeAll: readonly Rule[] = [
  { when: ['repeat after me *', '^say after me *', '^repeat *'], say: ['{{rest}}'] },
  {
    when: [
      'emergency',
      'cant breathe',
      'cannot breathe',
      'chest pain',
      'unconscious',
      'overdose',
      'kill myself',
      'suicide',
    ],
    say: ['If this is an emergency, please hang up and call your local emergency number now.'],
  },
]

/** Nothing is booked by a message that holds a no, whatever else stands in it. */
const answersToOffer = (bookIt: Booking): readonly Rule[] => [
  {
    state: 'offered',
    when: ['no', 'nope', 'not', 'dont', 'never', 'wait', 'different', 'another', 'something else', 'forget it'],
    say: ['Then I will not book it. Which day and time would suit you?'],
    next_state: 'choosing',
  },
  {
    state: 'offered',
    when: asksForDose.map((words) => `^yes ${words}`),
    say: [forbidden],
    ...bookIt,
  },
]

/** What the handbook answers. A rule has room for fifty. */
const aboutTheHouse = listed(`
      opening, open, close, closed, hours, address, where, located, location, directions, find you, park, parking, car, bus,
      bicycle, phone, telephone, night line, which doctors, what doctors, wheelchair, step free, languages, speak german,
      speak polish, interpreter, complaint, complain, my record, my data
    `)
const aboutVisits = listed(`
      cancel, cancelling, cancellation, reschedule, move my, bring, insurance, children, child, baby, vaccination,
      vaccinations, flu, referral, specialist, prescription, prescriptions, test results, blood test, how much does, cost,
      costs, fee, fees, pay, new patient, first time
    `)

const questions: readonly Rule[] = [
  { when: asksForDose, say: [forbidden] },
  {
    when: listed(`
      talk to a, speak to a, talk with a, speak with a, talk to someone, speak to someone, real human
    `),
    say: ['I cannot put you through from this page. The front desk answers on 555 0123.'],
  },
  {
    when: listed(`
      you human, you a human, you real, real person, a person, you a robot, a robot, you a bot, a machine,
      you an ai, artificial intelligence, you a computer, chatbot, who are you, what are you
    `),
    say: ['I am an AI, a computer program that answers for Riverside Clinic. I am not a person.'],
  },
  {
    when: ['nurse', 'call me', 'ring me', 'call back'],
    say: [
      'This is a demonstration, so nobody will call you. For a question about a medicine, please ask a pharmacist or your doctor.',
    ],
  },
  // Words that a search does not look for.
  {
    when: ['where are you', 'where is it', 'where is the clinic'],
    say: ['We are at 12 Mill Lane, next to the library.'],
  },
  ...[aboutTheHouse, aboutVisits].map(
    (words): Rule => ({
      when: words,
      from_documents: true,
      say: ['{{passage}}'],
      else_say: ['I do not know that. The front desk can tell you.'],
    }),
  ),
]

const dayIsChosen = ['offered', 'day_chosen'] as const

const choices = (bookIt: Booking): readonly Rule[] => [
  {
    when: ['saturday', 'sunday', 'saturdays', 'sundays', 'weekend'],
    say: ['The clinic is closed at the weekend. Which day from Monday to Friday would suit you?'],
    next_state: 'choosing',
  },
  {
    when: ['{weekday} {impossible_time}', '{impossible_time} {weekday}'],
    say: askTime,
    next_state: 'day_chosen',
  },
  { when: ['{weekday} {time}', '{time} {weekday}'], say: asChosen, ...bookIt },
  { state: 'time_chosen', when: ['{weekday}'], say: asChosen, ...bookIt },
  {
    when: ['{weekday} afternoon', 'afternoon {weekday}', '{weekday} later'],
    set: { time: '14:30' },
    say: isFree,
    ...bookIt,
  },
  { when: ['{weekday} morning', 'morning {weekday}'], set: { time: '9:30' }, say: isFree, ...bookIt },
  {
    state: 'choosing',
    when: ['thursday', 'the second', 'second one', 'the latter'],
    set: { weekday: 'Thursday', time: '14:30' },
    say: isFree,
    ...bookIt,
  },
  {
    state: 'choosing',
    when: ['the first', 'first one', 'either'],
    set: { weekday: 'Tuesday', time: '9:30' },
    say: isFree,
    ...bookIt,
  },
  { when: ['{weekday}'], set: { time: '9:30' }, say: isFree, ...bookIt },
  // What stood before is no longer offered: the next yes must not book it.
  ...dayIsChosen.flatMap((state): Rule[] => [
    { state, when: ['{impossible_time}'], say: askTime, next_state: 'day_chosen' },
    { state, when: ['{time}'], say: asChosen, ...bookIt },
    { state, when: ['afternoon', 'later'], set: { time: '14:30' }, say: isFree, ...bookIt },
    { state, when: ['morning', 'earlier'], set: { time: '9:30' }, say: isFree, ...bookIt },
  ]),
  {
    state: 'offered',
    when: yes,
    ...bookIt,
  },
  {
    when: ['{impossible_time}'],
    say: [noTime, 'Which day and time would suit you, Monday to Friday from 8:00 to 17:30?'],
    next_state: 'choosing',
  },
  { when: ['{time}'], say: ['At {{time}}, on which day from Monday to Friday?'], next_state: 'time_chosen' },
  {
    when: ['today', 'tomorrow', 'next week', 'as soon as'],
    say: ['Which weekday would that be?'],
    next_state: 'choosing',
  },
  {
    when: listed(`
      book, booking, appointment, visit, slot, see someone, see a doctor, see the doctor, see dr, a checkup,
      check up, come in, free times, available
    `),
    say: ['I can offer Tuesday at 9:30 or Thursday at 14:30, both with Dr. Marsh. Which day would suit you?'],
    next_state: 'choosing',
  },
  { state: 'choosing', when: yes, say: ['Which one: Tuesday at 9:30, or Thursday at 14:30?'] },
]

const smallTalk: readonly Rule[] = [
  { when: ['thank', 'thanks'], say: ['You are welcome. Is there anything else?'] },
  { when: ['how are you'], say: ['I am a program, so always the same, and glad to help. What can I do for you?'] },
  {
    when: ['goodbye', 'bye', 'see you', 'thats all', 'that is all', '^no$', 'nothing else'],
    say: ['Goodbye, and take care.'],
  },
  {
    when: ['^hello', '^hi', '^hey', 'good morning', 'good afternoon', 'good evening'],
    say: ['Hello. Would you like to book a visit?'],
  },
  { when: ['weather'], say: ['I cannot see outside. I can book a visit, though.'] },
  {
    when: ['help', 'what can you do'],
    say: [
      'I can book a visit, and answer questions about the clinic: hours, parking, cancelling, prescriptions and so on.',
    ],
  },
  { state: 'booked', when: yes, say: ['Your visit is booked. Is there anything else?'] },
]

const otherwise =
  'I did not understand that. I can book a visit, or tell you about opening hours, parking, the address and cancelling.'

/** Whatever nobody thought of: the handbook may know. */
const anythingElse: Rule = { when: ['*'], from_documents: true, say: ['{{passage}}'], else_say: [otherwise] }

/** What the demo receptionist says and does, and which tool books. Rules that must not be overtaken stand first. */
export function renderDemoScript({ tool }: { readonly tool: 'book_slot' | 'book_visit' }): Script {
  const bookIt = booking(tool)
  return {
    rules: [...beforeAll, ...answersToOffer(bookIt), ...questions, ...choices(bookIt), ...smallTalk, anythingElse],
    otherwise,
    token_delay_ms: 15,
  }
}

function listed(text: string): string[] {
  return text.trim().split(/\s*,\s*/)
}
