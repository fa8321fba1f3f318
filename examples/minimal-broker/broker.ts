// A broker in a few lines: node broker.ts [port]
import { createBroker } from "akasa";

const port = process.argv[2] ?? "1883";
const broker = createBroker({ listeners: { mqtt: { addr: `127.0.0.1:${port}` } } });
await broker.start();
console.log(`listening on ${broker.listeners[0]?.address}`);

await broker.subscribe("#", ({ topic, payload }) => console.log(`${topic}: ${payload.toString()}`));
await broker.publish({ topic: "greetings/all", payload: "hello", retain: true });

process.once("SIGTERM", () => void broker.stop());
process.once("SIGINT", () => void broker.stop());
