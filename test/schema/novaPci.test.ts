import { describe, expect, it } from "vitest";
import { parseNovaPci } from "../../provider/schema/novaPci";

const card = { address: "0000:65:00.0", id: "10de:20b5" };
const of = (spec: object): object => ({ deviceSpecs: [{ address: card.address, ...spec }], verification: { cards: [card] } });

describe("a card that Nova is to offer", () => {
  it.each([{ resourceClass: "CUSTOM_GPU_A100" }, { resourceClass: "PGPU" }, { traits: ["CUSTOM_NVLINK", "HW_GPU_API_VULKAN"] }])("has a class and traits that Placement takes: %j", (spec) => {
    expect(parseNovaPci(of(spec))).not.toHaveProperty("errors");
  });

  it.each([
    [{ resourceClass: "GPU_A100" }, "deviceSpecs[0].resourceClass", /begins with CUSTOM_: "CUSTOM_GPU_A100"/],
    [{ resourceClass: `CUSTOM_${"A".repeat(249)}` }, "deviceSpecs[0].resourceClass", /255 characters at most/],
    [{ traits: ["CUSTOM_NVLINK", "NVLINK"] }, "deviceSpecs[0].traits[1]", /begins with CUSTOM_: "CUSTOM_NVLINK"/],
    [{ traits: ["HW_GPU_API_VULCAN"] }, "deviceSpecs[0].traits[0]", /did you mean "HW_GPU_API_VULKAN"/],
  ])("is not given names that Nova would silently change: %j", (spec, path, reason) => {
    expect(parseNovaPci(of(spec))).toEqual({ errors: [{ path, reason: expect.stringMatching(reason) as string }] });
  });
});
