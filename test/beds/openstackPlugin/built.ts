import { openstackPlugin } from "../../run/openstackPlugin.mjs";

/** Before tests that register resources of @pulumi/openstack. */
export default async function built(): Promise<void> {
  await openstackPlugin();
}
