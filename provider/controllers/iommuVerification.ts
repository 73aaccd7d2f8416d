import { planIommuVerification, undoIommuVerification, type IommuVerificationDesired } from "../plan/iommuVerification";
import { parseIommuVerification } from "../schema/iommuVerification";
import type { Aspect } from "./aspect";

export const iommuVerification: Aspect<IommuVerificationDesired> = {
  kind: "IommuVerification",
  outputs: ["ready", "fingerprint", "groups", "verdicts"],
  unread: { ready: false, fingerprint: "", groups: {}, verdicts: {} },
  leavesNothing: () => true,
  judgesBoot: true,
  parse: parseIommuVerification,
  plan: planIommuVerification,
  undo: undoIommuVerification,
  status: ({ outputs }) => (outputs?.["ready"] === true ? "ready" : "not-ready"),
};
