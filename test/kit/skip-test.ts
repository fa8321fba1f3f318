/** Thrown where a test cannot run here; the wrappers in statement.ts turn it into a skipped test with this reason. */
export class SkipTest extends Error {
  override readonly name = "SkipTest";
}
