import type { FabricOfCard, FabricState } from "./fabricFacts";

export const fabricNames: Readonly<Record<FabricOfCard["kind"], string>> = { nvswitch: "NVLink through NVSwitches", nvlink: "NVLink", xgmi: "XGMI" };

/** What was read of a fabric, as half a sentence. */
export const fabricStates: Readonly<Record<FabricState, string>> = {
  partitioned: "guests are kept apart by partitions",
  open: "the fabric manager is set to no partitions (FABRIC_MODE is 0, or not set)",
  stopped: "the fabric manager is set to partitions but does not run, so that none can be activated for a guest",
  unmanaged: "no fabric manager runs on this host, so that there are no partitions",
  elsewhere: "a guest has the NVSwitches: whether a fabric manager in it keeps partitions cannot be read from the host",
  wired: "their board joins them without switches, so that there are no partitions",
  joined: "the driver has them in one hive",
  bridged: "a bridge on top may join them, which nothing on a host shows",
  assumed: "nothing is known of this model, and the host has NVSwitches",
  unread: "whether partitions are used or links are blocked could not be read",
};
