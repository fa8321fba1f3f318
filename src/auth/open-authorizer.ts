import type { Authorizer } from "./authorizer.ts";

/** Everybody may do everything: what holds where no rules are configured. Costs nothing per message. */
export class OpenAuthorizer implements Authorizer {
  permissionsOf(): null {
    return null;
  }

  close(): void {
    // Holds nothing.
  }
}
