import { contractSuite } from "./suite";
import { simulatedBed } from "./simulatedBed";
import { virtualContract } from "./virtual";

// On a real kernel: test/vm/virtualFunctions.test.ts, on a machine that has such a card.
contractSuite("a simulated one", simulatedBed, (subject) => virtualContract(subject, () => subject().bed.physical ?? subject().bed.card[0]!));
