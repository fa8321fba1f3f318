// The rules of retained messages, wills and expiry once more, with brokers that keep everything in a store.
process.env["TEST_DURABILITY"] = "local";
for (const suite of [
  "../v3.1.1/retain.test.ts",
  "../v3.1.1/will.test.ts",
  "../v5.0/expiry.test.ts",
  "../v5.0/publish-properties.test.ts",
  "../v5.0/retain-as-published.test.ts",
  "../v5.0/retain-handling.test.ts",
  "../v5.0/retain-store.test.ts",
  "../v5.0/subscription-id.test.ts",
  "../v5.0/will-message.test.ts",
  "../v5.0/will-trigger.test.ts",
]) {
  await import(suite);
}
