import type { Hosts } from "./hosts";
import { connectionLanes } from "./onConnections";
import { rowKey, type Row } from "./report";
import type { Setting } from "./rows";
import { firstPreview } from "./stacks";

/** Rows b and c first at one size. Fewer rounds than elsewhere: a thousand hosts take minutes. */
export async function grownRows(hosts: Hosts, setting: Setting, rounds: number): Promise<Row[]> {
  const reading = connectionLanes(hosts, setting, ["b"]).lanes.slice(0, 1);
  const { lane, dispose } = await firstPreview(hosts, setting);
  try {
    const rows: Row[] = [];
    for (const { row, name, take } of [...reading, lane]) {
      const seconds: number[] = [];
      for (let round = 0; round < rounds; round++) seconds.push(await take(round));
      rows.push({ row: rowKey(row, true), name, hosts: setting.addresses.length, rounds: seconds });
    }
    return rows;
  } finally {
    dispose();
  }
}
