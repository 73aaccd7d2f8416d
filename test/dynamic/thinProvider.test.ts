import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { providerText } from "../../provider/dynamic/thinProvider";

/** One text for each form there was, oldest first. */
const golden = join(__dirname, "golden");
const forms = readdirSync(golden).toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));

describe("what stands in state as the provider", () => {
  it("is the newest golden text, to the letter", () => {
    expect(providerText("KernelArguments"), "a change here is a new wire format: add a golden text, never edit one")
      .toBe(readFileSync(join(golden, forms.at(-1) ?? ""), "utf8"));
  });

  it("is small: it is in the state of every resource twice", () => {
    expect(Buffer.byteLength(providerText("IommuVerification"))).toBeLessThan(300);
  });

  it.each(forms)("reaches for nothing but the package's runtime, and knows nothing but the kind (%s)", (form) => {
    const text = readFileSync(join(golden, form), "utf8");
    expect(text.match(/import\("[^"]*"\)|require\("[^"]*"\)/g)?.filter((one) => one !== 'import("pulumi-gpuhost/runtime")')).toEqual([]);
    expect(text).toContain('"KernelArguments"');
  });
});
