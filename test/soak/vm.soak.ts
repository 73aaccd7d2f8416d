import { matrix } from "./matrix";
import { vmBed } from "./vm";

matrix(vmBed());
