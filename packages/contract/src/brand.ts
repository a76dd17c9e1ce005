declare const brand: unique symbol

/** A value that has passed exactly one parser. The brand exists in the type system only. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name }
