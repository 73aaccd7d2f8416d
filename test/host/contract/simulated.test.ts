import { contractSuite } from "./suite";
import { simulatedBed } from "./simulatedBed";

contractSuite("a simulated one", simulatedBed);
