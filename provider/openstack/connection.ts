export type { CloudConnection } from "../facts/cloud/cloudConnection";
