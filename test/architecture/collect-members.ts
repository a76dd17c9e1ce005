import type { Member } from './source.ts'
import { keyOf, literalText, type Node, unwrap, walk } from './syntax-tree.ts'

const memberName = /^[\w$]+$/

/** Every mention of a member by name, so that a wall sees a method that is read, bound or taken apart, not only one that is called. */
export function collectMembers(program: Node, text: string, lineOf: (offset: number) => number): readonly Member[] {
  const members: Member[] = []
  const calls = new Map<Node, readonly Node[]>()
  const argumentsOf = new Map<Node, string>()
  /** Names of modules and keys of objects are no mentions of a member. */
  const silent = new Set<Node>()
  const written = (node: Node): string => text.slice(node.start, node.end)
  const push = (node: Node, member: Omit<Member, 'line'>): void => {
    members.push({ ...member, line: lineOf(node.start) })
  }
  walk(program, (node) => {
    switch (node.type) {
      case 'CallExpression': {
        const callee = unwrap(node.callee)
        calls.set(callee, node.arguments)
        for (const argument of node.arguments) argumentsOf.set(argument, calledName(callee))
        return
      }
      case 'MemberExpression': {
        const given = calls.get(node)
        const form = given === undefined ? 'read' : 'call'
        silent.add(node.property)
        const name = keyOf(node.property, node.computed)
        return push(node.property, { name, form, receiver: written(node.object), given: (given ?? []).map(written) })
      }
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type !== 'Property') continue
          silent.add(property.key)
          push(property, { name: keyOf(property.key, property.computed), form: 'taken', receiver: '', given: [] })
        }
        return
      case 'Property':
        silent.add(node.key)
        return
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        if (node.source !== null) silent.add(node.source)
        return
      default: {
        const name = silent.has(node) ? undefined : literalText(node)
        if (name === undefined || !memberName.test(name)) return
        push(node, { name, form: 'text', receiver: argumentsOf.get(node) ?? '', given: [] })
      }
    }
  })
  return members
}

function calledName(callee: Node): string {
  if (callee.type === 'Identifier') return callee.name
  return callee.type === 'MemberExpression' ? keyOf(callee.property, callee.computed) : ''
}
