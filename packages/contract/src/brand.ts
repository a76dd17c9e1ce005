declare const brand: unique symbol

/** A value that has passed exactly one parser. The brand exists in the type system only; a value may bear several. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: { readonly [Key in Name]: true } }
