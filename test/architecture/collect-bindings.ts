import type { Binding } from './source.ts'
import { literalText, type Node } from './syntax-tree.ts'

/** What comes in by name and what goes out by name, under which names. */
export function collectBindings(program: Node): readonly Binding[] {
  return program.type === 'Program' ? program.body.flatMap(bindingsOf) : []
}

function bindingsOf(node: Node): readonly Binding[] {
  switch (node.type) {
    case 'ImportDeclaration':
      return node.specifiers.map((specifier) => {
        const name = specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : specifier.type
        const whole = { ImportDefaultSpecifier: 'default', ImportNamespaceSpecifier: '*' }
        return {
          local: specifier.local.name,
          exported: undefined,
          from: node.source.value,
          name: specifier.type === 'ImportSpecifier' ? name : whole[specifier.type],
        }
      })
    case 'ExportNamedDeclaration':
      return node.specifiers.map((specifier) => ({
        local: undefined,
        exported: nameOf(specifier.exported),
        from: node.source?.value,
        name: nameOf(specifier.local),
      }))
    case 'ExportAllDeclaration': {
      const exported = node.exported === null ? '*' : nameOf(node.exported)
      return [{ local: undefined, exported, from: node.source.value, name: '*' }]
    }
    case 'TSImportEqualsDeclaration':
      return node.moduleReference.type === 'TSExternalModuleReference'
        ? [{ local: node.id.name, exported: undefined, from: node.moduleReference.expression.value, name: '*' }]
        : []
    default:
      return []
  }
}

function nameOf(node: Node): string {
  return node.type === 'Identifier' ? node.name : (literalText(node) ?? '*')
}
