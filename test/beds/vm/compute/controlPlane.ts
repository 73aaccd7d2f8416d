/**
 * Ports of this machine's 127.0.0.1 that lead to the control plane of a test. The host reaches each at 10.0.2.100 under
 * a number that is always the same (nova.conf), through one socat per connection; nothing else leaves its network.
 */
export interface ControlPlanePorts {
  keystone: number;
  placement: number;
  rabbit: number;
  neutron: number;
}

/** Where a compute host looks for the control plane. */
export const guestAddress = "10.0.2.100";
export const guestPorts: ControlPlanePorts = { keystone: 15000, placement: 18778, rabbit: 25673, neutron: 19696 };

/** Nobody listens: what a host has that was started without a control plane. */
export const nowhere: ControlPlanePorts = { keystone: 1, placement: 1, rabbit: 1, neutron: 1 };

/** The part of QEMU's `-netdev user` argument that lets these ports through. */
export function forwards(ports: ControlPlanePorts): string {
  const names = Object.keys(guestPorts) as (keyof ControlPlanePorts)[];
  return names.map((name) => `,guestfwd=tcp:${guestAddress}:${guestPorts[name]}-cmd:socat -T 86400 - TCP:127.0.0.1:${ports[name]}`).join("");
}
