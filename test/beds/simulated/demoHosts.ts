import type { Faults } from "./faults";
import { type Machine, disk, graphicsCard, machine, networkCard, rootPort } from "./machine";

export interface DemoHost {
  readonly machine: Machine;
  readonly faults: Faults;
  /** One line for whoever watches the demo. */
  readonly says: string;
}

type Slots = Parameters<typeof machine>[1]["functions"];
const server = (name: string, kernelArguments: string, slots: Slots): Machine =>
  machine(name, { kernelArguments, functions: [rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11), ...slots] });

const apart: Slots = [
  rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }),
  rootPort("0000:64:00.0", 14), graphicsCard("0000:65:00", "0000:64:00.0", 15),
];

/** Two functions of one root port that cannot keep their slots apart: card and network card end up in one group. */
const together: Slots = [
  rootPort("0000:64:00.0", 15, false), graphicsCard("0000:65:00", "0000:64:00.0", 15),
  rootPort("0000:64:00.1", 15, false), networkCard("0000:66:00", "0000:64:00.1", 15, { name: "eno1", address: "its own" }),
];

/** The hosts of `npm run demo`: each shows one thing an operator has to see coming. */
export const demoHosts: readonly DemoHost[] = [
  {
    machine: server("gpu-1", "quiet intel_iommu=off", apart),
    faults: {},
    says: "an RTX A5000 in a slot of its own; the IOMMU is switched off in the boot arguments, so it has to be rebooted",
  },
  {
    machine: server("gpu-2", "quiet", together),
    faults: {},
    says: "the same card, but the network card that the host is reached over sits in the card's IOMMU group",
  },
  { machine: server("gpu-3", "quiet", apart), faults: { unreachable: "closed" }, says: "refuses every connection" },
];
