// Hooks that the configuration names: akasa start --config akasa.yaml. SIGHUP loads them anew.
import { defineHooks, drop, type Hooks, ReasonCode, refuse } from "akasa";

export const hooks: Hooks = defineHooks({
  beforePublish(message) {
    // Each client writes below its own name.
    if (message.topic.startsWith("clients/") && message.topic.split("/")[1] !== message.publisherId) {
      return refuse(ReasonCode.notAuthorized, "publish below clients/YOUR-CLIENT-ID");
    }
    if (message.topic === "nothing") return drop;
    message.properties = {
      ...message.properties,
      userProperties: [...(message.properties.userProperties ?? []), ["from", message.publisherId]],
    };
    return undefined;
  },
  disconnected({ client, reasonCode }, broker) {
    broker.logger.info("gone", { client: client.id, reasonCode });
  },
});
