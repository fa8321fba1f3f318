// The rules of sessions and of QoS 1 and 2 once more, with brokers that keep everything in a store.
process.env["TEST_DURABILITY"] = "local";
for (const suite of [
  "../v3.1.1/qos.test.ts",
  "../v3.1.1/session.test.ts",
  "../v3.1.1/ordering.test.ts",
  "../v3.1.1/packet-identifier.test.ts",
  "../v5.0/qos1.test.ts",
  "../v5.0/qos2.test.ts",
  "../v5.0/redelivery.test.ts",
  "../v5.0/flow-control.test.ts",
  "../v5.0/ordering.test.ts",
  "../v5.0/session-expiry.test.ts",
  "../v5.0/session-start.test.ts",
  "../v5.0/shared-delivery.test.ts",
  "../v5.0/subscribe-answer.test.ts",
  "../v5.0/unsubscribe.test.ts",
  "../traps/connecting.test.ts",
]) {
  await import(suite);
}
