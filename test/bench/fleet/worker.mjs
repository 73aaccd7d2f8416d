// A process that some of the fleet's simulated hosts live in; what it is told and says is in serve.ts.
import { allowTypescript } from "../../run/typescript.mjs";

allowTypescript();
const { serve } = await import(new URL("serve.ts", import.meta.url));
serve();
