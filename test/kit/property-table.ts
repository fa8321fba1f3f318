/** How a property's value is laid out on the wire (MQTT 5.0 section 2.2.2.2). */
export type PropertyLayout = "byte" | "u16" | "u32" | "varint" | "string" | "binary" | "pair";

/** A property's value: numbers for the integer layouts, text, bytes, or a user property's name and value. */
export type PropertyValue = number | string | Buffer | readonly [name: string, value: string];

/** One property as it stood, or shall stand, in a packet. Lists keep their order and may repeat an id. */
export type Property = readonly [id: number, value: PropertyValue];

/** The ids of all properties by the standard's names. */
export const prop = {
  payloadFormatIndicator: 0x01,
  messageExpiryInterval: 0x02,
  contentType: 0x03,
  responseTopic: 0x08,
  correlationData: 0x09,
  subscriptionIdentifier: 0x0b,
  sessionExpiryInterval: 0x11,
  assignedClientIdentifier: 0x12,
  serverKeepAlive: 0x13,
  authenticationMethod: 0x15,
  authenticationData: 0x16,
  requestProblemInformation: 0x17,
  willDelayInterval: 0x18,
  requestResponseInformation: 0x19,
  responseInformation: 0x1a,
  serverReference: 0x1c,
  reasonString: 0x1f,
  receiveMaximum: 0x21,
  topicAliasMaximum: 0x22,
  topicAlias: 0x23,
  maximumQos: 0x24,
  retainAvailable: 0x25,
  userProperty: 0x26,
  maximumPacketSize: 0x27,
  wildcardSubscriptionAvailable: 0x28,
  subscriptionIdentifierAvailable: 0x29,
  sharedSubscriptionAvailable: 0x2a,
} as const;

/** The layout of every property; an id that is not in here does not exist. */
export const propertyLayouts: ReadonlyMap<number, PropertyLayout> = new Map<number, PropertyLayout>([
  [0x01, "byte"],
  [0x02, "u32"],
  [0x03, "string"],
  [0x08, "string"],
  [0x09, "binary"],
  [0x0b, "varint"],
  [0x11, "u32"],
  [0x12, "string"],
  [0x13, "u16"],
  [0x15, "string"],
  [0x16, "binary"],
  [0x17, "byte"],
  [0x18, "u32"],
  [0x19, "byte"],
  [0x1a, "string"],
  [0x1c, "string"],
  [0x1f, "string"],
  [0x21, "u16"],
  [0x22, "u16"],
  [0x23, "u16"],
  [0x24, "byte"],
  [0x25, "byte"],
  [0x26, "pair"],
  [0x27, "u32"],
  [0x28, "byte"],
  [0x29, "byte"],
  [0x2a, "byte"],
]);
