import type { HostFacts } from "../../provider/facts/hostFacts";
import type { Connection } from "../../provider/host/connection";
import { sshHost } from "../../provider/host/sshHost";
import type { LabHost } from "../beds/vm/lab";
import { connectionTo } from "../vm/labStack";

/** The facts of a lab host, read as the provider reads them. */
export async function observed(host: LabHost): Promise<HostFacts> {
  const opened = await sshHost(connectionTo(host) as unknown as Connection);
  try {
    return await opened.observe();
  } finally {
    await opened.close();
  }
}
