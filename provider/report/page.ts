import { hostSection, overview, type Drawn } from "./hostSection";
import { markup, Markup } from "./markup";
import type { HostModel } from "./model";
import { pageStyle } from "./pageStyle";
import { pictureStyle } from "./pictureStyle";
import { counted } from "./words";

export interface PageHost {
  readonly model: HostModel;
  /** null where there is nothing to draw. */
  readonly drawn: Drawn | null;
}

/** The whole page, without scripts and without anything to fetch; its own policy forbids both. */
export function page(hosts: readonly PageHost[], version: string): Markup {
  const models = hosts.map(({ model }) => model);
  const unread = models.filter((host) => "unread" in host).length;
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>GPUs of ${hosts.length === 1 ? models[0]?.name ?? "" : counted(hosts.length, "host")}</title>
<style>
${new Markup(pictureStyle)}${new Markup(pageStyle)}</style>
</head>
<body>
<a class="skip" href="#main">To the hosts</a>
<header><h1>GPUs of ${hosts.length === 1 ? models[0]?.name ?? "" : counted(hosts.length, "host")}</h1>
<p>Which cards can be given to guests, and why the others cannot${unread === 0 ? "" : `; ${unread} of ${counted(hosts.length, "host")} could not be read`}.</p></header>
${hosts.length < 2 ? "" : markup`<nav aria-label="Hosts">${overview(models)}</nav>
`}<main id="main">
${hosts.map(({ model, drawn }, index) => hostSection(model, drawn, `host-${index + 1}`))}</main>
<footer><p>Made by gpuhost ${version} from a reading of the hosts; it changed nothing. Serial numbers, hardware and network addresses, UUIDs and guests' names are left out.</p></footer>
</body>
</html>
`;
}
