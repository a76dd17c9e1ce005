/** What the routes of an OpenAPI document take at a path: `GET, POST`, or nothing where no route has that path. */
export type AllowedMethods = (path: string) => readonly string[]

/** Reads the templates once. A parameter is one segment, as the router has it. */
export function allowedMethods(paths: Readonly<Record<string, object>>): AllowedMethods {
  const routes = Object.entries(paths).map(([template, operations]) => ({
    pattern: new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`),
    methods: Object.keys(operations).map((method) => method.toUpperCase()),
  }))
  return (path) => routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods)
}
