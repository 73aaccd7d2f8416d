import { withoutColors } from "./colors";

/** Where the plan of this preview was kept, which is nobody else's business: the file goes when the rollout ends. */
const ours = /^(Update plan written to '|Run `pulumi up --plan=')/;

/** The engine's text of a preview, which comes in pieces, passed on by whole lines, and word for word but for those about the file of the plan. */
export class PreviewText {
  private rest = "";

  constructor(private readonly shows: (text: string) => void) {}

  take(piece: string): void {
    const lines = (this.rest + piece).split("\n");
    this.rest = lines.pop() ?? "";
    const text = lines.filter((line) => !ours.test(withoutColors(line))).map((line) => `${line}\n`).join("");
    if (text !== "") this.shows(text);
  }

  end(): void {
    if (this.rest !== "") this.take("\n");
  }
}
