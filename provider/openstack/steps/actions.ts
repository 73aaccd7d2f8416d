import type { Part } from "../../facts/cloud/answer";
import type { ServerReference } from "../../plan/cloudStep";
import type { Cloud } from "../cloud";
import { novaGet, part } from "../read";

/** The first version whose events say why in a line for users. */
const withDetails = "2.84";

/** What Nova recorded of the last thing that was done to a server, as a sentence. Says so when that cannot be read either. */
export async function stoppedBecause(cloud: Cloud, of: ServerReference): Promise<string> {
  try {
    const path = `/servers/${of.id}/os-instance-actions`;
    const list = novaGet(`${path}?limit=1`, withDetails);
    const [last] = part(list, await cloud.call(list)).at("instanceActions").list();
    if (last === undefined) return "Nova recorded no action on it.";
    const one = novaGet(`${path}/${last.at("request_id").text()}`, withDetails);
    const events = part(one, await cloud.call(one)).at("instanceAction").at("events").orNull((found) => found.list()) ?? [];
    const failed = events.find((event) => event.at("result").orNull((result) => result.text()) === "Error");
    const what = last.at("action").text();
    if (failed === undefined) return `Nova's record of its ${what} holds no error: see the logs of nova-conductor and nova-compute.`;
    return `Nova's ${failed.at("event").text()} says: ${reasonOf(failed)}.`;
  } catch (cause) {
    return `Why, could not be read (${(cause as Error).message})`;
  }
}

/** `details` is the exception's own words. Nova's traceback ends with the line of code that raised it, and does not hold them. */
function reasonOf(event: Part): string {
  const details = event.at("details").orNull((of) => of.text());
  const traceback = event.at("traceback").orNull((of) => of.text())?.trim().split("\n").at(-1);
  return (details || traceback || "nothing").trim().replace(/\.$/, "").slice(0, 400);
}
