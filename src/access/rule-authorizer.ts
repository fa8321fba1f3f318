import type { Authorizer, Permissions, Principal } from "../auth/mod.ts";
import { type Clock, type Logger, WatchedFile } from "../base/mod.ts";
import { ClientPermissions, type RuleSource } from "./client-permissions.ts";
import type { Fallback } from "./client-rules.ts";
import { grantRules } from "./grant-rules.ts";
import type { BoundRule } from "./rule.ts";
import { differenceOf, logDifference } from "./rule-difference.ts";
import { readRuleFile, type RuleFormat } from "./rule-file.ts";
import { RuleSet } from "./rule-set.ts";
import { conditions, type Subject } from "./subject.ts";

/** Where the rules of a {@link RuleAuthorizer} come from. */
export interface RuleAuthorizerOptions {
  /** Null: there are none but those that come with clients. */
  readonly file: string | null;
  readonly format: RuleFormat;
  /** What holds where no rule speaks; null: deny, but for clients for whom there are no rules at all. */
  readonly fallback: Fallback | null;
}

const noRules = new RuleSet([]);

/**
 * Lets clients do what rules allow: those that came with a client's proof first, then those of a file. The file is
 * looked at once a second and read again when it changed; the log tells what changes before it does, and one that has
 * a bad line is reported while the old rules stay.
 */
export class RuleAuthorizer implements Authorizer {
  readonly #file: WatchedFile<RuleSet> | null;
  readonly #fallback: Fallback;
  /** Clients for whom there are no rules may do everything. */
  readonly #open: boolean;
  readonly #logger: Logger;
  readonly #source: RuleSource;

  private constructor(file: WatchedFile<RuleSet> | null, wanted: Fallback | null, logger: Logger) {
    const fallback = wanted ?? "deny";
    this.#file = file;
    this.#fallback = fallback;
    this.#open = file === null && wanted !== "deny";
    this.#logger = logger;
    this.#source = {
      get rules(): RuleSet {
        return file === null ? noRules : file.content;
      },
      fallback,
    };
  }

  /**
   * Reads the file, if there is one.
   *
   * @throws WorldError `file_missing`, `file_unreadable`, or `file_malformed` with the number of the bad line
   */
  static async open(
    { file, format, fallback }: RuleAuthorizerOptions,
    services: { readonly clock: Clock; readonly logger: Logger },
  ): Promise<RuleAuthorizer> {
    const { logger } = services;
    if (file === null) return new RuleAuthorizer(null, fallback, logger);
    let current: RuleSet | null = null;
    const read = (path: string): RuleSet => {
      const next = readRuleFile(path, format);
      if (current !== null) logDifference(logger, path, differenceOf(current, next));
      current = next;
      return next;
    };
    const fields = ({ rules }: RuleSet): { rules: number } => ({ rules: rules.length });
    const options = { path: file, name: "access file", read, fields, stays: "the rules from before" };
    return new RuleAuthorizer(await WatchedFile.open(options, services), fallback, logger);
  }

  permissionsOf(principal: Principal): Permissions | null {
    const { identity } = principal;
    const grants = identity.acl;
    if (this.#open && grants === undefined) return null;
    const subject: Subject = {
      clientId: principal.clientId,
      userName: identity.userName,
      groups: identity.groups ?? [],
      address: principal.peer.address,
      listener: principal.listener,
    };
    const own = grants === undefined ? [] : grantRules(grants, subject);
    if (typeof own !== "string") return new ClientPermissions(this.#source, { subject, own });
    // It proved more than we can read: letting it in with less than was meant would be as wrong as with more.
    this.#logger.warn("rules that come with a client cannot be read", { clientId: principal.clientId, problem: own });
    return new ClientPermissions({ rules: noRules, fallback: this.#fallback }, { subject, own: [nobodyEnters] });
  }

  /** Looks whether the file has changed, now instead of in its second, and reads it if so. */
  async reload(): Promise<void> {
    await this.#file?.reload();
  }

  close(): void {
    this.#file?.close();
  }
}

const nobodyEnters: BoundRule = {
  rule: {
    effect: "deny",
    actions: 15,
    topics: null,
    who: conditions({}),
    line: 0,
    text: "the rules that come with the client cannot be read",
  },
  pattern: null,
};
