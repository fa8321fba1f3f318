/**
 * Statements without a test, each with the reason why there is none. A statement that has a test must not stand here.
 */
export const notYet: readonly { readonly version: string; readonly id: string; readonly reason: string }[] = [
  ...["MQTT-6.0.0-1", "MQTT-6.0.0-2", "MQTT-6.0.0-4"].flatMap((id) => [
    { version: "3.1.1", id, reason: "comes with the WebSocket listener" },
    { version: "5.0", id, reason: "comes with the WebSocket listener" },
  ]),
  { version: "3.1.1", id: "MQTT-7.0.0-1", reason: "not applicable: Akasa does not connect out to other servers" },
];
