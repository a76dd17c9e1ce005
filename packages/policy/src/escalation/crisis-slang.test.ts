/** What people type who are in danger, in slang and with slips, and what only sounds like it. */
import { describe, expect, it } from 'vitest'
import { findCrisis } from './find-crisis.ts'

describe('a crisis is heard', () => {
  it.each([
    'i wanna kms',
    'i dont want to live',
    'honestly I do not want to live',
    'i dont want to live. nobody would notice',
    'i dont want to live without her',
    "I don't want to live in this world",
    'i do not want to live with this pain any longer',
    'I want to jump off a bridge',
    'my husband hits me up against the wall',
    'im gonna kill myself',
    'i want to kil myself',
    'i want 2 die',
    'im going to unalive myself',
    'i dont wanna live anymore',
    'i feel like killing myself',
    'my life isnt worth living',
    'ive been cutting myself',
    'i just swallowed too many pills',
    'my boyfriend is hitting me',
    'my baby isnt breathing',
    'i cant breath',
    'ich will mich umbrigen',
    'ich will mir was antun',
    'ich hab mich geritzt',
    'mein freund hat mich geschlagen',
    'jveux mourir',
    'jarrive plus à respirer',
    'mon copain me tape',
    'kiero morir',
    'me voy a quitar la vida',
    'mi novio me pegó',
  ])('%s', (text) => {
    expect(findCrisis(text)).toBeDefined()
  })
})

describe('no crisis is heard', () => {
  it.each([
    "I don't want to live in Berlin anymore",
    'i dont want to live with my parents',
    'I want to jump off a bridge with a bungee',
    'my husband hits me up on whatsapp',
    'no quiero vivir en Madrid',
    'he has a knife collection',
    'the server is not breathing, haha',
    'the patient is unconscious in chapter two',
    'how do I call an ambulance company for a quote',
    'il a un couteau suisse',
    'mi coche no respira bien',
    'i want to end it, please cancel my contract',
    'how do i kill a process in linux',
    'je veux en finir avec ce contrat',
    'ich will nicht mehr warten',
    'I cut myself shaving',
    'ill call you back, im at work',
  ])('%s', (text) => {
    expect(findCrisis(text)).toBeUndefined()
  })
})
