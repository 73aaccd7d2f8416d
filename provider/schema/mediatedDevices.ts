import type { MediatedDevicesDesired } from "../plan/mdevWishes";
import { cloudSchema, computeHost, customTrait } from "./cloud";
import { connectionSchema } from "./connection";
import { fields, listOf, textLike, wholeNumber } from "./fields";
import { unitName } from "./novaPci";
import { parseWith } from "./report";
import type { ParseResult } from "./report";

/** A directory of /sys/class/mdev_bus; it goes into a file of Nova's and into a script. */
const parentName = textLike(/^[A-Za-z0-9][A-Za-z0-9:._-]{0,63}$/, 'a parent as /sys/class/mdev_bus names it, such as "0000:65:00.0" or "mtty"');
const typeName = textLike(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'a type as mdev_supported_types names it, such as "nvidia-35" or "i915-GVTg_V5_4"');
const uuid = textLike(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "a UUID in lower case, as `uuidgen` makes one");

const type = fields({
  type: typeName.describe("Type of mediated device."),
  parents: listOf(parentName, "parents").min(1, { error: "name at least one parent" }).describe("Devices that Nova makes it of; each has one type only."),
  resourceClass: textLike(/^(VGPU|CUSTOM_[A-Z0-9_]{1,248})$/, '"VGPU" or a class of your own such as "CUSTOM_VGPU_LARGE"').exactOptional().describe("mdev_class, the resource class in Placement. Default of Nova: VGPU. From Nova 24."),
  maxInstances: wholeNumber(1, 65_535, "a number of devices").exactOptional().describe("max_instances of the type on all its parents together; Nova leaves whole parents out that go beyond it. From Nova 29."),
  traits: listOf(customTrait, "custom traits").exactOptional().describe("Custom traits of each parent's provider in Placement. Needs `cloud`."),
});

const device = fields({
  uuid: uuid.describe("UUID it is known by."),
  type: typeName.describe("Type of mediated device."),
  parent: parentName.describe("Device that it is made of."),
});

const licenceServer = fields({
  host: textLike(/^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/, "a name or an address").describe("Name or address of the licence server."),
  port: wholeNumber(1, 65_535, "a TCP port").describe("Its TCP port."),
});

const schema = fields({
  connection: connectionSchema.exactOptional(),
  types: listOf(type, "types").default([]).describe("Types that Nova makes for guests."),
  devices: listOf(device, "devices").default([]).describe("Devices that are made now and at every boot, for guests that are not Nova's."),
  cloud: cloudSchema.exactOptional(),
  computeHost,
  licenceServer: licenceServer.exactOptional().describe("Tried once from the host when the program runs: a hint, since guests ask it over their own network."),
  unit: unitName.default("nova-compute.service").describe("systemd unit that is restarted."),
  deadlineSeconds: wholeNumber(30, 3600, "seconds").default(300).describe("Seconds that Nova has to be up again and Placement to show the parents."),
}).superRefine((of, context) => {
  const issue = (path: (string | number)[], message: string): void => context.addIssue({ code: "custom", path, message });
  if (of.types.length + of.devices.length === 0) issue(["types"], "name at least one type for Nova, or one device of your own");
  const given = new Map<string, string>();
  of.types.forEach((each, at) => {
    if (of.types.findIndex((one) => one.type === each.type) !== at) issue(["types", at, "type"], `${each.type} is named twice: give it all its parents in one entry`);
    if (each.traits !== undefined && each.traits.length > 0 && of.cloud === undefined) issue(["types", at, "traits"], "traits are given in Placement: name the cloud");
    each.parents.forEach((parent, index) => {
      if (given.has(parent)) issue(["types", at, "parents", index], `${parent} is named for ${given.get(parent) ?? ""} too: Nova uses one type of a parent, and does not start with two`);
      given.set(parent, each.type);
    });
  });
  of.devices.forEach((each, at) => {
    if (of.devices.findIndex((one) => one.uuid === each.uuid) !== at) issue(["devices", at, "uuid"], `${each.uuid} is named twice`);
    if (given.has(each.parent)) issue(["devices", at, "parent"], `Nova makes devices of ${each.parent}, and would give this one to a guest of its own`);
  });
});

/** Inputs of MediatedDevices; never throws. */
export function parseMediatedDevices(inputs: unknown): ParseResult<MediatedDevicesDesired> {
  return parseWith(schema, inputs);
}

export { schema as mediatedDevicesSchema };
