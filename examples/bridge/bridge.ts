// Brings messages of one broker to another: node bridge.ts FROM TO FILTER, as
//   node bridge.ts mqtt://site:1883 mqtt://headquarters:1883 'sensors/#'
import mqtt from "mqtt";

const [from, to, filter = "#"] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  console.error("node bridge.ts FROM TO [FILTER]");
  process.exit(64);
}

// A lasting session on both sides: what is published while the bridge is away waits for it.
const lasting = { protocolVersion: 5, clean: false, properties: { sessionExpiryInterval: 86_400 } } as const;
const target = await mqtt.connectAsync(to, { ...lasting, clientId: "bridge-out" });
// The connection comes up with messages already: the listener must be there before it.
const source = mqtt.connect(from, { ...lasting, clientId: "bridge-in", manualConnect: true });
source.handleMessage = ({ topic, payload, qos, retain, properties }, done) => {
  // A loop of bridges would go on for ever: what has crossed one does not cross a second.
  if (properties?.userProperties?.["bridged"] !== undefined) {
    done();
    return;
  }
  const { subscriptionIdentifier: _, topicAlias: __, ...rest } = properties ?? {};
  const marked = { ...rest, userProperties: { ...rest.userProperties, bridged: "yes" } };
  // Acknowledged to the source when the target has it: nothing is lost between them.
  target.publish(topic, payload, { qos, retain, properties: marked }, (error) => done(error ?? undefined));
};
source.connect();
await source.subscribeAsync(filter, { qos: 1, nl: true, rap: true });
console.log(`bridging ${filter} from ${from} to ${to}`);

process.once("SIGTERM", () => void Promise.all([source.endAsync(), target.endAsync()]));
process.once("SIGINT", () => void Promise.all([source.endAsync(), target.endAsync()]));
