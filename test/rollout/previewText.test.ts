import fc from "fast-check";
import { expect, it } from "vitest";
import { PreviewText } from "../../provider/rollout/previewText";

const about = "Update plan written to '/tmp/x/plan.json'\nRun `pulumi up --plan='/tmp/x/plan.json'` to constrain the update to the operations planned by this preview\n";

it("shows what the engine says, in whatever pieces it comes, but for the lines about the file of the plan", () => {
  fc.assert(fc.property(fc.array(fc.string()), fc.array(fc.string()), fc.array(fc.nat(400)), (before, after, cuts) => {
    const [first, second] = [before, after].map((lines) => lines.map((line) => `${line}\n`).join(""));
    const whole = `${first}${about}${second}`;
    let shown = "";
    const text = new PreviewText((piece) => { shown += piece; });
    let at = 0;
    for (const cut of [...new Set(cuts)].sort((one, other) => one - other).filter((one) => one < whole.length)) {
      text.take(whole.slice(at, cut));
      at = cut;
    }
    text.take(whole.slice(at));
    text.end();
    expect(shown).toBe(`${first}${second}`);
  }));
});

it("leaves those lines out in colors, too", () => {
  let shown = "";
  const text = new PreviewText((piece) => { shown += piece; });
  text.take(`\u001b[1mResources:\u001b[0m\n${about.split("\n").map((line) => (line === "" ? "" : `\u001b[38;5;5m${line}\u001b[0m\n`)).join("")}`);
  text.end();
  expect(shown).toBe("\u001b[1mResources:\u001b[0m\n");
});

it("shows a last line that was not ended", () => {
  let shown = "";
  const text = new PreviewText((piece) => { shown += piece; });
  text.take("error: no");
  text.end();
  expect(shown).toBe("error: no\n");
});
