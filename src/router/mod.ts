/** Who gets this publication: filters, shared groups, and a cached route per topic. */
export { emptyRoute, type Route } from "./route.ts";
export { Router, type RouterOptions } from "./router.ts";
export { type SharedChoice, SharedGroup, type SharedStrategy } from "./shared-group.ts";
export { type FilterNode, type Subscriber, Subscription, withoutNoLocal } from "./subscription.ts";
export { Topic, TopicTable } from "./topic-table.ts";
