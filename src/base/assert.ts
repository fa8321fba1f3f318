/** A mistake of ours, not of a peer and not of the world: state that the code says cannot be. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** States what must hold. A false condition is a bug in Akasa. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** For the branch that the types exclude. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
