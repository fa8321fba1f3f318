// A broker in a process of its own that waits, with everything loaded, until it is told its data folder.
import { startBroker } from "../../../src/broker/mod.ts";
import { createConfig } from "../../../src/config/mod.ts";
import { transportUnderTest } from "../../kit/transport-under-test.ts";

process.once("message", ({ folder, shards }: { readonly folder: string; readonly shards: number }) => {
  const listeners = { mqtt: { addr: "127.0.0.1:0" } };
  const config = createConfig({ ...transportUnderTest(), listeners, durability: "local", data_dir: folder, shards });
  startBroker(config).then(
    (broker) => process.send?.({ port: broker.listeners[0]?.port }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.once("disconnect", () => process.exit());
