import { contractSuite } from "./suite";
import { vmBed } from "./vmBed";

contractSuite("a real kernel", vmBed);
