import { after, describe } from "node:test";
import { TestAuthority } from "../../test/kit/test-certificates.ts";
import { endsProperly } from "../transport/contract/closing.ts";
import { keepsOrder } from "../transport/contract/order.ts";
import { bearsSlowPeers } from "../transport/contract/slow-peer.ts";
import { doorKinds } from "./contract/door-wire.ts";

const authority = new TestAuthority();
after(() => authority[Symbol.dispose]());

for (const kind of doorKinds(authority)) {
  describe(`a channel over ${kind.name}`, () => {
    keepsOrder(kind);
    endsProperly(kind);
    bearsSlowPeers(kind);
  });
}
