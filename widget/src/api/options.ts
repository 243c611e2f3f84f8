// The options of the protos under names that TypeScript takes.
export { permission, public$ as isPublic } from "../gen/sigma/v1/options_pb";
