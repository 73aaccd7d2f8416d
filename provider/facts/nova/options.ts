import type { OsloOption } from "../oslo/options";

/** The options of Nova that decide which PCI devices guests may get, with the names of earlier releases (nova/conf/pci.py, nova/conf/scheduler.py). */
export const novaOptions = {
  deviceSpec: {
    group: "pci", name: "device_spec",
    deprecated: [{ group: "pci", name: "passthrough_whitelist" }, { group: "DEFAULT", name: "pci_passthrough_whitelist" }],
  },
  alias: { group: "pci", name: "alias", deprecated: [{ group: "DEFAULT", name: "pci_alias" }] },
  reportInPlacement: { group: "pci", name: "report_in_placement", deprecated: [] },
  pciInPlacement: { group: "filter_scheduler", name: "pci_in_placement", deprecated: [] },
  enabledFilters: { group: "filter_scheduler", name: "enabled_filters", deprecated: [] },
} as const satisfies Record<string, OsloOption>;
