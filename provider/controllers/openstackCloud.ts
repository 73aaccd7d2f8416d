import type { CloudConnection } from "../facts/cloud/cloudConnection";
import { carryOutCloudSteps } from "../openstack/carryOut";
import { observeCloudHost } from "../openstack/observeCloudHost";
import { openCloud } from "../openstack/openCloud";
import type { CloudPort } from "./cloudPort";

/** A cloud behind its REST services. */
export async function openstackCloud(connection: CloudConnection): Promise<CloudPort> {
  const cloud = openCloud(connection);
  return {
    observe: (host) => observeCloudHost(cloud, { serviceHost: host }),
    carryOut: async (steps, progress) => void (await carryOutCloudSteps(cloud, steps, progress)),
  };
}
