/** A User Property: name and value, in the order the peer sent them. */
export type UserProperty = readonly [name: string, value: string];

/**
 * The properties of MQTT 5.0 (section 2.2.2.2) by their standard names. One shape for all packets; which of them a
 * packet may carry is checked by the codec. A property that is absent is absent here (never a default), so that
 * `decode(encode(p))` is `p`.
 */
export interface Properties {
  payloadFormatIndicator?: 0 | 1;
  /** Seconds. */
  messageExpiryInterval?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Uint8Array;
  /** One in SUBSCRIBE, any number in a PUBLISH from the server. 1 to 268,435,455. */
  subscriptionIdentifiers?: readonly number[];
  /** Seconds; 0xFFFFFFFF means that the session does not expire. */
  sessionExpiryInterval?: number;
  assignedClientIdentifier?: string;
  /** Seconds. */
  serverKeepAlive?: number;
  authenticationMethod?: string;
  authenticationData?: Uint8Array;
  requestProblemInformation?: boolean;
  /** Seconds. */
  willDelayInterval?: number;
  requestResponseInformation?: boolean;
  responseInformation?: string;
  serverReference?: string;
  reasonString?: string;
  /** 1 to 65,535. */
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAlias?: number;
  maximumQos?: 0 | 1;
  retainAvailable?: boolean;
  userProperties?: readonly UserProperty[];
  /** Bytes of the whole packet, fixed header included. 1 to 4,294,967,295. */
  maximumPacketSize?: number;
  wildcardSubscriptionAvailable?: boolean;
  subscriptionIdentifierAvailable?: boolean;
  sharedSubscriptionAvailable?: boolean;
}

/** The property set of a packet that has none; shared, so that an empty set costs nothing. */
export const noProperties: Readonly<Properties> = Object.freeze({});
