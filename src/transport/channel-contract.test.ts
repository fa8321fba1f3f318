import { describe } from "node:test";
import { endsProperly } from "./contract/closing.ts";
import { keepsOrder } from "./contract/order.ts";
import { nativeWireKinds } from "./contract/native-wire.ts";
import { bearsSlowPeers } from "./contract/slow-peer.ts";
import { wireKinds } from "./contract/wire.ts";

// What every transport promises, whatever carries the bytes. A new one is added to these lists and has to pass.
for (const kind of [...wireKinds, ...nativeWireKinds]) {
  describe(`a channel over ${kind.name}`, { skip: kind.skip ?? false }, () => {
    keepsOrder(kind);
    endsProperly(kind);
    bearsSlowPeers(kind);
  });
}
