/** Who gets this publication: filters, shared groups, and a cached route per topic. */
export { type OwnInterest, RemoteInterest } from "./remote-interest.ts";
export { emptyRoute, type RemoteRoute, type Route } from "./route.ts";
export { Router, type RouterOptions } from "./router.ts";
export {
  type MemberKind,
  type SharedChoice,
  SharedGroup,
  type SharedMessage,
  type SharedStrategy,
} from "./shared-group.ts";
export { type GroupMembers, type GroupPlace, SpreadGroup } from "./spread-group.ts";
export {
  type DeliveryTerms,
  type FilterNode,
  makeSubscription,
  type Subscriber,
  type Subscription,
  withoutNoLocal,
} from "./subscription.ts";
export { Topic, TopicTable } from "./topic-table.ts";
