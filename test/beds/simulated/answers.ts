import type { Files } from "./files";
import type { Machine } from "./machine";

/**
 * What the reading script asks of a running host instead of reading it in a file. On a file tree it takes these answers
 * (provider/host/probes/00-prelude.sh), so that nothing of the machine that the simulation runs on gets into the facts.
 */
export function writeAnswers(files: Files, machine: Machine): void {
  const addressed = machine.functions.flatMap((of) => (of.netdev?.address ? [of.netdev.name] : []));
  const reached = addressed[0] ?? "";
  const answers: Record<string, string> = {
    "user-id": "0",
    architecture: "x86_64",
    "boot-free": "Filesystem     1024-blocks    Used Available Capacity Mounted on\n/dev/nvme0n1p1   460432624 9203112 427768052       3% /",
    "addressed-interfaces": addressed.join("\n"),
    "default-route-interfaces": reached,
    "ssh-interface": reached,
    "zfs-devices": "",
    holders: "",
    guests: "",
    "nova-services": "",
  };
  for (const [name, text] of Object.entries(answers)) files.write(`/gpuhost/answers/${name}`, text);
}
