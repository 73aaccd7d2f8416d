import type { HostFacts } from "../facts/hostFacts";
import { cloudView, computeHostOf } from "./cloudHost";
import type { CloudStep } from "./cloudStep";
import { novaCompute, novaDropInHash, novaDropInNow, novaDropInPath, novaDropInText, restartIsDue, restartStep } from "./novaDropIn";
import { providerOf } from "./novaExposure";
import { stillInUse } from "./novaPciFindings";
import { quarantined, quarantineReason, QUARANTINE_PATH } from "./novaQuarantine";
import { addressOf, type NovaPciDesired } from "./novaWishes";
import type { Plan } from "./plan";
import * as target from "./target";

/** Takes our drop-in away and restarts nova-compute, unless a guest holds one of the cards. A person's own entries stay. */
export function undoNovaPci(facts: HostFacts, desired: NovaPciDesired): Plan {
  const service = novaCompute(facts);
  const journalled = facts.journal.files.filter(({ owner }) => owner === "NovaPci").map(({ path }) => path);
  const path = journalled.find((one) => one !== QUARANTINE_PATH) ?? novaDropInPath(service, "nova-compute");
  const now = novaDropInNow(facts, path);
  const view = cloudView(facts, computeHostOf(facts, desired.computeHost));
  const seen = "finding" in view ? undefined : view;
  const addresses = (now ?? []).filter(({ key }) => key === "device_spec").map(({ value }) => addressOf(value)).filter((address): address is string => address !== undefined);
  const findings = [
    // What a guest holds is not known from a cloud that does not answer.
    ..."finding" in view && view.finding.rule === "cloud-not-read" && addresses.length > 0 ? [view.finding] : [],
    ...stillInUse(facts, seen, addresses),
  ];
  const observed = now === undefined ? "no drop-in" : `${addresses.length} device_spec`;
  if (findings.length > 0) return { steps: [], lines: {}, observed, findings };
  const stays = (now ?? []).filter(({ key }) => key === "report_in_placement");
  const cloud: CloudStep[] = [];
  const lines: Record<string, string> = {};
  const held = quarantined(facts);
  if (now !== undefined) {
    lines[target.file(path)] = stays.length === 0 ? "removed, or put back as it was before us"
      : "keeps report_in_placement = true and nothing else: Nova does not start on this host with it off again";
    lines[`service ${desired.unit}`] = "restarted, so that Nova no longer offers the cards; running guests go on";
    for (const address of addresses) lines[target.device(facts, address)] = "no longer offered by Nova";
    const gone = seen === undefined ? [] : addresses.filter((address) => providerOf(seen, address) !== undefined && !offeredElsewhere(facts, path, address));
    if (seen !== undefined && gone.length > 0) cloud.push({ kind: "waitForInventory", hypervisor: seen.root.name, devices: gone.map((address) => ({ address, inventory: null })), deadlineSeconds: desired.deadlineSeconds });
  }
  if (seen?.service.status === "disabled" && seen.service.disabledReason === quarantineReason) {
    cloud.push({ kind: "enableComputeService", host: seen.service.host, reason: quarantineReason });
    lines[`service nova-compute on ${seen.service.host}`] = "enabled again: the cards in quarantine are no longer offered";
  }
  const stands = now === undefined || now.length === stays.length;
  const cutOff = stands && restartIsDue(facts, "NovaPci");
  if (cutOff) lines[`service ${desired.unit}`] = "restarted: an earlier run was cut off before that, and Nova may still offer what is no longer in its files";
  return {
    steps: [
      ...(cutOff ? [restartStep(desired.unit, stays.length === 0 ? "ends" : "starts")] : []),
      ...(now === undefined ? [] : stays.length === 0
        ? [{ kind: "restoreFile", path } as const, restartStep(desired.unit, "ends")]
        : now.length === stays.length ? [] : [{ kind: "writeFile", path, text: novaDropInText(stays), mode: "0644", before: novaDropInHash(facts, path) } as const, restartStep(desired.unit, "starts")]),
      ...(held.length > 0 ? [{ kind: "restoreFile", path: QUARANTINE_PATH } as const] : []),
    ],
    cloud, lines, observed, findings,
  };
}

function offeredElsewhere(facts: HostFacts, path: string, address: string): boolean {
  return [...facts.nova.files].some(([file, text]) => file !== path && text.includes(address));
}
