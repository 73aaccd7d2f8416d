import { matrix } from "./matrix";
import { simulatedBed } from "./simulated";

matrix(simulatedBed());
